#!/usr/bin/env python3
"""tidy_database.py COMPILE_COMMANDS FOLDER: a copy without the flags that only g++ knows."""
import json
import pathlib
import sys

source, folder = sys.argv[1], pathlib.Path(sys.argv[2])
entries = json.loads(pathlib.Path(source).read_text())
for entry in entries:
    entry["command"] = entry["command"].replace(" -fno-gnu-unique", "").replace(" -Winvalid-pch", "")
folder.mkdir(parents=True, exist_ok=True)
(folder / "compile_commands.json").write_text(json.dumps(entries))
