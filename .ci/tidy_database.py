#!/usr/bin/env python3
"""tidy_database.py COMPILE_COMMANDS FOLDER: a copy without what only g++ knows: a flag, and the
precompiled headers."""
import json
import pathlib
import re
import sys

source, folder = sys.argv[1], pathlib.Path(sys.argv[2])
entries = [entry for entry in json.loads(pathlib.Path(source).read_text()) if "cmake_pch" not in entry["file"]]
for entry in entries:
    command = entry["command"].replace(" -fno-gnu-unique", "").replace(" -fpch-preprocess", "")
    entry["command"] = re.sub(r" -Winvalid-pch -include \S+", "", command) + " -Wno-unknown-warning-option"
folder.mkdir(parents=True, exist_ok=True)
(folder / "compile_commands.json").write_text(json.dumps(entries))
