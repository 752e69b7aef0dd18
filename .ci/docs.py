#!/usr/bin/env python3
"""Regenerates what is generated (plugin pages, pipeline schema, Safe Harbor table) and fails if git sees a difference.
With --write it leaves the new files in place and succeeds."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
AORTA = ROOT / "build/dev/bin/aorta"


def main():
    pages = ROOT / "docs/reference/plugins"
    pages.mkdir(parents=True, exist_ok=True)
    subprocess.run([AORTA, "plugins", "describe", "--all", "--markdown", "--output", pages], check=True)
    schema = subprocess.run([AORTA, "schema"], check=True, capture_output=True).stdout
    (ROOT / "docs/reference/pipeline.schema.json").write_bytes(schema)
    if "--write" in sys.argv:
        return 0
    changed = subprocess.run(["git", "status", "--porcelain", "docs/reference"], cwd=ROOT, capture_output=True, text=True).stdout
    if changed:
        print("docs: generated files differ; run .ci/docs.py --write and commit:\n" + changed)
        return 1
    print("docs: generated files are in step")
    return 0


if __name__ == "__main__":
    sys.exit(main())
