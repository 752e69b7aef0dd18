#!/usr/bin/env python3
"""kill.py AORTA [--level received|durable|delivered] [--out file|mllp] [--kills N] [--runs N] [--jobs N] [--trouble] [--seed S]

Runs a pipeline, kills it (SIGKILL) at random times while messages come in, starts it again, and so on; then lets all be
delivered and compares the ledgers. With --trouble the receiver misbehaves meanwhile. With --expect-loss (the negative
control: a level that promises nothing) messages must have been lost. 1: a promise was broken."""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import checker
import receiver
import sender

PIPELINE = """
aorta: 1
pipeline: torture
shutdown_grace: 20s
{storage}nodes:
  intake: {{ source: mllp, ack: {{ level: {level} }}, with: {{ listen: "127.0.0.1:0", port_file: port }} }}
  decode: {{ process: decode_hl7v2, from: intake }}
  out: {{ sink: {sink}, from: decode, {lanes}with: {options} }}
"""
SINKS = {
    "file": ("file", "", "{{ path: stored.hl7 }}"),
    "mllp": ("mllp", "lanes: 2, ", '{{ connect: "127.0.0.1:{peer}", timeout: 300ms }}'),
}
STORAGE = "storage: { path: storage, key: !secret file:storage.key }\n"
PATIENCE = 60
# LeakSanitizer can itself crash where threads have come and gone; the other tests look for leaks.
NO_LEAK_CHECK = {"ASAN_OPTIONS": "detect_leaks=0"}
CONNECTIONS, WINDOW = 4, 8
UNDER_WAY = CONNECTIONS * WINDOW  # what a kill may make the engine deliver again


class Engine:
    def __init__(self, aorta, folder):
        self.command = [aorta, "run", "pipeline.yaml", "--json", "--log-format", "json", "--state", "state"]
        self.folder = folder
        self.process = None

    def launch(self, crash_at=""):
        (self.folder / "port").unlink(missing_ok=True)
        with open(self.folder / "stderr", "ab") as errors, open(self.folder / "engine.jsonl", "ab") as output:
            self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=output, stderr=errors,
                                            env={**os.environ, "AORTA_CRASH_AT": crash_at, **NO_LEAK_CHECK})

    def start(self):
        self.launch()
        port = self.folder / "port"
        deadline = time.monotonic() + PATIENCE
        while not (port.exists() and port.read_text().strip()):
            if self.process.poll() is not None:
                sys.exit(f"aorta ended with {self.process.returncode} at a start; see {self.folder}/stderr")
            if time.monotonic() > deadline:
                self.kill()
                sys.exit(f"aorta did not listen within {PATIENCE} s; see {self.folder}/stderr")
            time.sleep(0.002)  # waits for another process

    def kill(self):
        self.process.kill()
        self.process.wait()

    def work_off(self):
        """Waits until the storage holds nothing: a stop would leave it for the next start."""
        deadline = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < deadline:
            seen = subprocess.run([self.command[0], "spool", "inspect", "pipeline.yaml", "--json"],
                                  cwd=self.folder, capture_output=True, text=True)
            if seen.returncode == 0 and not any(stream["held"] for stream in json.loads(seen.stdout)["streams"]):
                return True
            time.sleep(0.2)  # waits for another process
        return False

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


def torture(arguments, folder, seed):
    chance = random.Random(seed)
    peer = receiver.Receiver(folder / "receiver.jsonl")
    sink, lanes, options = SINKS[arguments.out]
    (folder / "pipeline.yaml").write_text(PIPELINE.format(
        level=arguments.level, sink=sink, lanes=lanes, options=options.format(peer=peer.port),
        storage=STORAGE if arguments.level == "durable" else ""))
    key = folder / "storage.key"
    key.write_text(f"{seed:064x}")
    key.chmod(0o600)
    engine = Engine(arguments.aorta, folder)
    slowest = 0.0
    engine.start()
    source = sender.Sender(folder / "sender.jsonl", folder / "port", seed, CONNECTIONS, window=WINDOW)
    for _ in range(arguments.kills):
        if arguments.trouble and chance.random() < 0.2:
            peer.behave(chance.choice(receiver.MODES))
        time.sleep(chance.uniform(0, arguments.longest))  # the time of the kill
        engine.kill()
        begin = time.monotonic()
        engine.start()
        slowest = max(slowest, time.monotonic() - begin)
    peer.behave("good")
    done = source.finish(PATIENCE)
    if arguments.level == "durable":
        done = engine.work_off() and done
    code = engine.end()
    return done, code, slowest


def export_dead_letters(aorta, folder):
    """dead.jsonl: the control id of each."""
    exported = folder / "exported.ndjson"
    subprocess.run([aorta, "dead-letters", "export", "--all", folder / "pipeline.yaml", "--output", exported, "--phi", "--reason", "torture"],
                   capture_output=True, cwd=folder)
    letters = [json.loads(line) for line in exported.read_text().splitlines()] if exported.exists() else []
    with open(folder / "dead.jsonl", "w", encoding="ascii") as out:
        for letter in letters:
            out.write(json.dumps({"id": letter["payload"].split("|")[9]}) + "\n")


def run(arguments, seed):
    """One engine's life: what was found, the slowest start in seconds, and what is wrong."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-torture-"))
    done, code, slowest = torture(arguments, folder, seed)
    export_dead_letters(arguments.aorta, folder)
    found, zeros = checker.check(folder, arguments.kills)
    problems = [f"{name}: {found[name]}" for name in zeros if found[name]]
    if arguments.level == "delivered" and not arguments.trouble and found["duplicates"] > arguments.kills * UNDER_WAY:
        problems.append("more was repeated than was under way")
    if not done:
        problems.append("not every message was answered in the end")
    if code != 0:
        problems.append(f"aorta ended with {code}")
    if arguments.expect_loss:
        problems = [] if found["lost"] else ["nothing was lost, though nothing was promised: the checker sees nothing"]
    if problems:
        problems = [f"FAILED, seed {seed} ({', '.join(problems)}), kept in {folder}"]
    else:
        shutil.rmtree(folder)
    return collections.Counter(found), zeros, slowest, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("aorta", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--level", choices=("received", "durable", "delivered"), default="durable")
    parser.add_argument("--out", choices=SINKS, default="file")
    parser.add_argument("--kills", type=int, default=200, help="of each run")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="so many runs at a time")
    parser.add_argument("--longest", type=float, default=0.2, help="seconds that a life lasts at most")
    parser.add_argument("--trouble", action="store_true")
    parser.add_argument("--expect-loss", action="store_true")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30), help="of the first run")
    arguments = parser.parse_args()
    print(f"level {arguments.level}, out {arguments.out}, {arguments.runs} x {arguments.kills} kills, "
          f"seed {arguments.seed}", flush=True)
    begin = time.monotonic()
    seeds = range(arguments.seed, arguments.seed + arguments.runs)
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        runs = list(pool.map(run, [arguments] * arguments.runs, seeds))
    found, zeros = collections.Counter(), ()
    for each, zeros, _, _ in runs:
        found.update(each)
    print(checker.table(found, () if arguments.expect_loss else zeros))
    print(f"  {time.monotonic() - begin:.1f} s, slowest start {max(run[2] for run in runs) * 1000:.0f} ms")
    problems = [problem for run in runs for problem in run[3]]
    print(*problems, sep="\n", end="\n" if problems else "")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
