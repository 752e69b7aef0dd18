#!/usr/bin/env python3
"""sinks_test.py AORTA

Sinks in trouble, by raw sockets: a peer that stalls, hangs up, is half-open, answers wrongly or refuses. While it does, memory
is flat and the other pipeline of the process answers as fast as in a process of its own; once it is well, everything has
arrived, in order, and the ledger balances."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from mllp_frames import frames  # noqa: E402

AORTA = sys.argv.pop(1)
PATIENCE = 120
RECORDS = 6000  # about eight times what the budget holds
ATTEMPTS = 10  # that fail while memory and the other pipeline are looked at
GROWTH_BYTES = 1 << 20
if os.environ.get("AORTA_SANITIZED"):
    GROWTH_BYTES = 1 << 30  # freed memory is kept back: growth says nothing

MESSAGE = "MSH|^~\\&|WARD|A|EHR|B|20240101||ADT^A08|{id}|P|2.5.1\rPID|1\r"
ANSWER = "MSH|^~\\&|EHR|B|WARD|A|20240101||ACK|77|P|2.5.1\rMSA|{code}|{id}\r"

SICK = """
aorta: 1
pipeline: sick
budget: 1MiB
shutdown_grace: 60s
nodes:
  in: {{ source: generate, with: {{ count: {count} }} }}
  peer:
    sink: mllp
    from: in
    retry: {{ first: 10ms, longest: 100ms, {retry} }}
    with: {{ connect: "127.0.0.1:{port}", timeout: 100ms, connect_timeout: 100ms }}
"""
BREAKER = "breaker: { after: 4, pause: 100ms }"
WELL = """
aorta: 1
pipeline: well
nodes:
  intake: {{ source: mllp, ack: {{ level: delivered }}, with: {{ listen: "127.0.0.1:0", port_file: {port_file} }} }}
  out: {{ sink: discard, from: intake }}
"""
SAME_SOURCE = """
aorta: 1
pipeline: sick
budget: 1MiB
shutdown_grace: 1s
storage: {{ path: {folder}/outbox, plaintext: true }}
nodes:
  in: {{ source: generate, with: {{ count: {count} }} }}
  peer: {{ sink: mllp, from: in, {buffer}with: {{ connect: "127.0.0.1:{port}", timeout: 100ms }} }}
  out: {{ sink: discard, from: in }}
"""


def frame(message):
    return b"\x0b" + message.encode() + b"\x1c\r"


def control_id(message):
    return message.split("\r", 1)[0].split("|")[9]


class Peer:
    """Does what `mode` says, message by message, and keeps the control ids that it got and those that it acknowledged."""

    def __init__(self, mode):
        self.mode, self.seen, self.taken = mode, [], []
        self.is_well = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            if self.mode == "half-open":
                self.is_well.wait()  # the kernel answers, and nobody is behind it
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                if self.mode == "hangs up":
                    return
                for number, message in enumerate(frames(connection)):
                    if self.mode == "flaps" and number == 20:
                        return
                    self.seen.append(control_id(message))
                    self.answer(connection, control_id(message))
            except OSError:
                pass

    def answer(self, connection, received):
        if self.mode == "stalls":
            return
        if self.mode == "answers wrongly":
            answers = [ANSWER.format(code="AA", id="another"), "no acknowledgement", ANSWER.format(code="??", id=received)]
            connection.sendall(frame(answers[len(self.seen) % len(answers)]))
            return
        if self.mode != "refuses":
            self.taken.append(received)
        connection.sendall(frame(ANSWER.format(code="AE" if self.mode == "refuses" else "AA", id=received)))

    def heal(self):
        self.mode = "well"
        self.is_well.set()


class Engine:
    """A run of some pipelines, with its status."""

    def __init__(self, folder, pipelines):
        self.folder = folder
        folder.mkdir(parents=True)
        files = []
        for name, text in pipelines.items():
            files.append(folder / f"{name}.yaml")
            files[-1].write_text(text)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.admin = f"127.0.0.1:{free.getsockname()[1]}"
        self.errors = open(folder / "stderr", "w+")
        self.process = subprocess.Popen([AORTA, "run", *files, "--json", "--admin", self.admin, "--state", folder / "state"],
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.wait(lambda: self.get("/status") is not None, "the admin port")

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=PATIENCE) as page:
                return page.read().decode()
        except OSError:
            return None

    def status(self, name="sick"):
        return next((one for one in json.loads(self.get("/status"))["pipelines"] if one["name"] == name), None)

    def has_metric(self, line):
        return line in self.get("/metrics").splitlines()

    def attempts(self):
        """While the breaker is open each is one record."""
        line = 'aorta_node_records_total{pipeline="sick",node="peer",outcome="in"} '
        return next(int(one[len(line):]) for one in self.get("/metrics").splitlines() if one.startswith(line))

    def sink(self):
        return self.status()["sinks"][0]

    def wait(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"no sign of {what}:\n{self.log()[-3000:]}")
            time.sleep(0.02)  # waits for another process

    def rss(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def log(self):
        return (self.folder / "stderr").read_text(errors="replace")

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output

    def close(self):
        self.process.kill()
        self.process.communicate()
        self.errors.close()


class Sender:
    """Sends one message after the other to the pipeline `well` of an engine."""

    def __init__(self, engine):
        file = engine.folder / "port"
        engine.wait(file.exists, "the listener")
        self.connection = socket.create_connection(("127.0.0.1", int(file.read_text())), PATIENCE)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = frames(self.connection)
        self.sent = 0

    def round_trip(self):
        self.sent = (self.sent + 1) % 10  # the source remembers control ids, and that is not what is measured
        begin = time.perf_counter()
        self.connection.sendall(frame(MESSAGE.format(id=self.sent)))
        answer = next(self.answers)
        taken = time.perf_counter() - begin
        assert f"MSA|AA|{self.sent}\r" in answer, answer
        return taken


def p99s(senders, is_over, least=300):
    """Of each sender; they take turns, so that what else the machine does hits all of them."""
    times = []
    while len(times) < least or not is_over():
        times += [[sender.round_trip() for sender in senders] for _ in range(100)]
    return [sorted(column)[len(times) * 99 // 100] for column in zip(*times)]


class Sinks(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def start(self, name, pipelines):
        engine = Engine(self.folder / name, pipelines)
        self.addCleanup(engine.close)
        return engine

    def well(self, name):
        return WELL.format(port_file=self.folder / name / "port")

    def start_sick(self, peer, retry=BREAKER, count=RECORDS):
        return self.start("sick", {"sick": SICK.format(port=peer.port, retry=retry, count=count), "well": self.well("sick")})

    def finish(self, engine, peer):
        """Everything arrives, in order, and the ledger says so."""
        peer.heal()
        engine.wait(lambda: engine.status()["ledger"]["delivered"] == RECORDS, f"all {RECORDS} records")
        ledger = engine.status()["ledger"]
        self.assertEqual((ledger["in"], ledger["held"], ledger["failed"], ledger["dead_lettered"]), (RECORDS, 0, 0, 0))
        self.assertTrue(engine.sink()["up"])
        self.assertFalse(engine.sink()["breaker_open"])
        first = list(dict.fromkeys(peer.taken))
        self.assertEqual(len(first), RECORDS)
        self.assertEqual(first, sorted(first))
        code, _ = engine.end()
        self.assertEqual(code, 0, engine.log()[-3000:])
        for word in ("MSH|", "PID|"):
            self.assertNotIn(word, engine.log())

    def check_outage(self, mode, reason):
        peer = Peer(mode)
        engine = self.start_sick(peer)
        engine.wait(lambda: engine.sink()["breaker_open"], "an open breaker")
        engine.wait(lambda: not self.is_growing(engine), "a full budget")
        before, sink = engine.rss(), engine.sink()
        self.assertEqual((sink["up"], sink["reason"]), (False, reason))
        self.assertLess(engine.status()["ledger"]["in"], RECORDS, "the budget holds the source back")
        self.assertTrue(engine.has_metric('aorta_sink_breaker_open{pipeline="sick",node="peer"} 1'))

        alone = self.start("alone", {"well": self.well("alone")})
        senders = [self.sender(alone), self.sender(engine)]
        for _ in range(5):  # a busy machine may spoil one
            until = engine.attempts() + ATTEMPTS
            p99_alone, p99_beside = p99s(senders, lambda: engine.attempts() >= until)
            print(f"{mode}: p99 {p99_alone * 1e6:.0f} us alone, {p99_beside * 1e6:.0f} us beside it", flush=True)
            if p99_beside <= 2 * p99_alone:
                break
        else:
            self.fail("the other pipeline takes more than twice as long")
        growth = engine.rss() - before
        print(f"{mode}: {before >> 10} KiB resident, {growth >> 10:+} KiB later", flush=True)
        self.assertLess(growth, GROWTH_BYTES)
        self.assertFalse(peer.taken)
        self.assertLessEqual(len(set(peer.seen)), 1, "an open breaker lets one record try, the first")
        self.assertIn("sink_breaker_open", engine.log())
        self.finish(engine, peer)
        self.assertIn("sink_breaker_closed", engine.log())

    def sender(self, engine):
        sender = Sender(engine)
        self.addCleanup(sender.connection.close)
        return sender

    @staticmethod
    def is_growing(engine):
        before = engine.status()["ledger"]["in"]
        time.sleep(0.1)  # what has not come by then is held back
        return before != engine.status()["ledger"]["in"]

    def test_a_peer_that_never_answers(self):
        self.check_outage("stalls", "mllp.no_answer")

    def test_a_peer_whose_kernel_alone_is_there(self):
        self.check_outage("half-open", "mllp.no_answer")

    def test_a_peer_that_answers_wrongly(self):
        self.check_outage("answers wrongly", "mllp.wrong_answer")

    def test_a_peer_that_hangs_up(self):
        self.check_outage("hangs up", "mllp.connection_lost")

    def test_a_peer_that_flaps(self):
        peer = Peer("flaps")
        engine = self.start_sick(peer)
        engine.wait(lambda: len(peer.taken) > 500, "500 records through a flapping peer")
        before = engine.rss()
        engine.wait(lambda: len(peer.taken) > 1500, "more")
        self.assertLess(engine.rss() - before, GROWTH_BYTES)
        self.finish(engine, peer)

    def test_refusals_count_and_end_in_the_dead_letters(self):
        peer = Peer("refuses")
        engine = self.start_sick(peer, "attempts: { invalid_data: 3 }", 5)
        engine.wait(lambda: engine.status()["ledger"]["dead_lettered"] == 5, "five dead letters")
        self.assertEqual([peer.seen.count(one) for one in dict.fromkeys(peer.seen)], [3] * 5)
        code, _ = engine.end()
        self.assertEqual(code, 0)
        letters = self.dead_letters("list")
        self.assertEqual([(one["node"], one["code"], one["reason"]) for one in letters],
                         [("peer", "invalid_data", "mllp.ae")] * 5)
        letter = self.dead_letters("show", "1", "--phi", "--reason", "test")
        self.assertEqual(letter["attributes"], {"attempts": "3"})

    def dead_letters(self, *arguments):
        file = self.folder / "sick/state/sick/dead_letters.db"
        return json.loads(subprocess.run([AORTA, "dead-letters", *arguments, "--file", file, "--json"], check=True,
                                         capture_output=True, text=True).stdout)

    def test_another_sink_of_the_same_source_keeps_its_pace(self):
        peer, engine = self.start_same_source("buffer: disk, ")
        engine.wait(lambda: self.has_all(engine), "all records at the other sink")
        self.assertFalse(peer.taken)
        self.finish(engine, peer)

    def test_control_without_an_outbox_the_other_sink_is_held_up(self):
        peer, engine = self.start_same_source("")
        engine.wait(lambda: not engine.sink()["up"], "a sink that is down")
        engine.wait(lambda: not self.is_growing(engine), "a full budget")
        self.assertFalse(self.has_all(engine))
        self.finish(engine, peer)

    def start_same_source(self, buffer):
        peer = Peer("stalls")
        pipeline = SAME_SOURCE.format(folder=self.folder, port=peer.port, count=RECORDS, buffer=buffer)
        return peer, self.start("sick", {"sick": pipeline, "well": self.well("sick")})

    @staticmethod
    def has_all(engine):
        return engine.has_metric(f'aorta_node_records_total{{pipeline="sick",node="out",outcome="passed"}} {RECORDS}')


if __name__ == "__main__":
    unittest.main(verbosity=2)
