"""The rows parse_*: CPU time to parse a message by another library, divided by ours, in turns in one run."""
import contextlib
import json
import pathlib
import statistics
import subprocess
import tempfile

from messages import oru
from rows import ROOT, Failed, Row, Skipped, node, system_python

ROUNDS = 7
WARM_UP = 3  # rounds of the peer that are not counted: V8 compiles meanwhile
OURS_PER_ROUND = 100_000


class Program:
    """Parses as many messages as a line says, and answers with the CPU time of one."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def run(self, count):
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Failed(f"{self._process.args[0]} ended")
        return json.loads(line)


def python3_hl7():
    python = system_python()
    if subprocess.run([python, "-c", "import hl7"], capture_output=True, check=False).returncode != 0:
        raise Skipped("python3-hl7 is not installed")
    return [python, str(ROOT / "bench/peers/parse.py")]


def npm(parser):
    return lambda: [node(), str(ROOT / "bench/peers/parse.mjs"), parser]


def measure(row, options):
    peer = row.peer()
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        file = pathlib.Path(scratch) / "oru.hl7"
        file.write_bytes(oru("MSG00042", 2048))
        ours = stack.enter_context(Program([str(options.bin / "hl7_parse_bench"), str(file)]))
        theirs = stack.enter_context(Program([*peer, str(file)]))
        pairs = []
        for number in range(WARM_UP + ROUNDS):
            fast, slow = ours.run(OURS_PER_ROUND), theirs.run(row.per_round)
            if fast["texts"] != slow["texts"]:
                raise Failed(f"{row.name}: the fields that were read differ")
            if number >= WARM_UP:
                pairs.append((slow["ns"], fast["ns"]))
    return row.result(statistics.median(slow / fast for slow, fast in pairs),
                      measured=round(1e9 / statistics.median(fast for _, fast in pairs)),
                      floor=round(1e9 / statistics.median(slow for slow, _ in pairs)),
                      our_ns=round(statistics.median(fast for _, fast in pairs)))


def parse_row(name, bar, peer, per_round, what):
    row = Row(name=name, bar=bar, better="higher", unit="messages/s", targets=["hl7_parse_bench"], measure=measure,
              what=f"bytes of an ORU of 2 KiB to five fields, against {what}")
    row.peer, row.per_round = peer, per_round
    return row


ROWS = [
    parse_row("parse_medplum_lazy", 10, npm("medplum_lazy"), 10_000, "@medplum/core, which splits only what is read"),
    parse_row("parse_medplum_tree", 50, npm("medplum_tree"), 3_000, "@medplum/core when all fields are split"),
    parse_row("parse_simple_hl7", None, npm("simple_hl7"), 3_000, "simple-hl7"),
    parse_row("parse_python_hl7", 300, python3_hl7, 200, "python3-hl7"),
]
