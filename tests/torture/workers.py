#!/usr/bin/env python3
"""workers.py AORTA [--workers 2|3] [--level received|durable|delivered] [--buffer memory|disk] [--kills N] [--rolling N] [--seed S]

Runs a pipeline that is cut into workers, its links over lines that can be cut, and kills (SIGKILL), stops (SIGSTOP) and
continues workers and cuts lines at random while messages come in; with --rolling it restarts one worker after the other in
good order (SIGTERM) instead. Then lets all be delivered and compares the ledgers. With --expect-loss (the negative
control: a level that promises nothing) messages must have been lost. 1: a promise was broken."""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import checker
import sender
from line import Line

PIPELINE = """
aorta: 1
pipeline: torture
shutdown_grace: 20s
storage: {{ path: storage, key: !secret file:storage.key }}
key: !secret file:storage.key
nodes:
  intake: {{ source: mllp, ack: {{ level: {level} }}, with: {{ listen: "127.0.0.1:0", port_file: port }} }}
  decode: {{ process: decode_hl7v2, from: intake }}
  pick: {{ process: filter, from: decode, lanes: 2, with: {{ keep_if: "MSH-9.1 == 'ADT'" }} }}
  out: {{ sink: file, from: pick, with: {{ path: stored.hl7 }} }}
workers:
{workers}links:
{links}"""
CUTS = {2: {"edge": "intake, decode", "core": "pick, out"}, 3: {"edge": "intake", "core": "decode", "far": "pick, out"}}
PATIENCE = 60
STILL = 3  # seconds without an answer after which the next disturbance comes all the same
CONNECTIONS, WINDOW = 3, 4


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Worker:
    def __init__(self, aorta, folder, name):
        self.command = [aorta, "run", "pipeline.yaml", "--worker", name, "--json", "--log-format", "json"]
        self.folder, self.name, self.process = folder, name, None

    def start(self):
        with open(self.folder / f"{self.name}.log", "ab") as errors, open(self.folder / "engine.jsonl", "ab") as output:
            self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=output, stderr=errors)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def send(self, number):
        self.process.send_signal(number)

    def stop(self):
        """The exit code; None when it had to be killed."""
        self.send(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def is_empty(self):
        """Its storage holds nothing."""
        seen = subprocess.run([self.command[0], "spool", "inspect", "pipeline.yaml", "--json", "--worker", self.name],
                              cwd=self.folder, capture_output=True, text=True)
        return seen.returncode == 0 and not any(stream["held"] for stream in json.loads(seen.stdout)["streams"])


class Bench:
    def __init__(self, arguments, folder, seed):
        self.arguments, self.folder = arguments, folder
        self.chance = random.Random(seed)
        names = list(CUTS[arguments.workers])
        self.lines, links = [], ""
        for number, (near, far) in enumerate(zip(names, names[1:])):
            to_port = free_port()
            self.lines.append(Line(to_port))
            # The second one is dialled by its receiver: both ways of a hospital.
            dial = near if number == 0 else far
            buffer = f", buffer: {arguments.buffer}" if number == 0 else ""
            links += (f'  - {{ from: {near}, to: {far}, dial: {dial}, address: "tcp://127.0.0.1:{self.lines[-1].port}", '
                      f'listen: "tcp://127.0.0.1:{to_port}", heartbeat: 500ms{buffer} }}\n')
        workers = "".join(f"  {name}: {{ nodes: [ {nodes} ] }}\n" for name, nodes in CUTS[arguments.workers].items())
        (folder / "pipeline.yaml").write_text(PIPELINE.format(level=arguments.level, workers=workers, links=links))
        key = folder / "storage.key"
        key.write_text(f"{seed:064x}")
        key.chmod(0o600)
        subprocess.run([arguments.aorta, "keygen", *names], cwd=folder, check=True, capture_output=True)
        self.workers = [Worker(arguments.aorta, folder, name) for name in names]

    def wait_port(self):
        deadline = time.monotonic() + PATIENCE
        port = self.folder / "port"
        while not (port.exists() and port.read_text().strip()):
            if time.monotonic() > deadline or self.workers[0].process.poll() is not None:
                sys.exit(f"the edge does not listen; see {self.folder}/edge.log")
            time.sleep(0.002)  # waits for another process

    @staticmethod
    def wait_answers(source):
        """Some messages get through between two kills, however slow the machine is; but not all disturbances at rest."""
        deadline, wanted = time.monotonic() + STILL, source.answers + CONNECTIONS
        while source.answers < wanted and time.monotonic() < deadline:
            time.sleep(0.002)  # waits for other processes

    def disturb(self):
        worker = self.chance.choice(self.workers)
        what = self.chance.random()
        if what < 0.15:
            worker.send(signal.SIGSTOP)
            time.sleep(self.chance.uniform(0, 0.3))  # the time of the standstill
            worker.send(signal.SIGCONT)
        elif what < 0.3:
            line = self.chance.choice(self.lines)
            line.cut()
            time.sleep(self.chance.uniform(0, 0.2))  # the time of the cut
            line.mend()
        worker = self.chance.choice(self.workers)
        worker.kill()
        worker.start()

    def roll(self):
        """One worker after the other, in good order; gives what went wrong."""
        for worker in self.workers:
            code = worker.stop()
            if code != 0:
                return [f"{worker.name} ended with {code} at a rolling restart"]
            worker.start()
            time.sleep(self.chance.uniform(0, self.arguments.longest))  # the time between two
        return []

    def work_off(self):
        deadline = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < deadline:
            if self.workers[0].is_empty():
                return True
            time.sleep(0.2)  # waits for another process
        return False


def torture(arguments, folder, seed):
    bench = Bench(arguments, folder, seed)
    for worker in bench.workers:
        worker.start()
    problems = []
    try:
        bench.wait_port()
        source = sender.Sender(folder / "sender.jsonl", folder / "port", seed, CONNECTIONS, window=WINDOW)
        for _ in range(arguments.kills):
            bench.wait_answers(source)
            time.sleep(bench.chance.uniform(0, arguments.longest))  # the time of the kill
            bench.disturb()
        for _ in range(arguments.rolling):
            problems += bench.roll()
        if not source.finish(PATIENCE):
            problems.append("not every message was answered in the end")
        if arguments.level == "durable" and not bench.work_off():
            problems.append("the edge holds records in the end")
        for worker in bench.workers:
            if (code := worker.stop()) != 0:
                problems.append(f"{worker.name} ended with {code}")
    finally:
        for worker in bench.workers:
            worker.process.kill()
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("aorta", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--workers", type=int, choices=CUTS, default=2)
    parser.add_argument("--level", choices=("received", "durable", "delivered"), default="durable")
    parser.add_argument("--buffer", choices=("memory", "disk"), default="memory")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--rolling", type=int, default=0, help="restarts of all workers, one after the other")
    parser.add_argument("--longest", type=float, default=0.2, help="seconds between two kills at most")
    parser.add_argument("--expect-loss", action="store_true")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    arguments = parser.parse_args()
    print(f"{arguments.workers} workers, level {arguments.level}, buffer {arguments.buffer}, {arguments.kills} kills, "
          f"{arguments.rolling} rolling restarts, seed {arguments.seed}", flush=True)
    begin = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-workers-"))
    problems = torture(arguments, folder, arguments.seed)
    found, zeros = checker.check(folder, arguments.kills)
    problems += [f"{name}: {found[name]}" for name in zeros if found[name]]
    print(checker.table(found, () if arguments.expect_loss else zeros))
    print(f"  {time.monotonic() - begin:.1f} s")
    if arguments.expect_loss:
        problems = [] if found["lost"] else ["nothing was lost, though nothing was promised: the checker sees nothing"]
    if problems:
        print(f"FAILED, seed {arguments.seed} ({', '.join(problems)}), kept in {folder}")
    else:
        shutil.rmtree(folder)
    return bool(problems)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
