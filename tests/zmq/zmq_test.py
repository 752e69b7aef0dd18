#!/usr/bin/env python3
"""zmq_test.py AORTA

The zmq source and sink talk with python3-zmq: every pattern, CURVE with its own certificates, strangers, peers that are not there."""
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

try:
    import zmq
    import zmq.auth
except ImportError:
    # Debian's module belongs to Debian's interpreter.
    if sys.executable != "/usr/bin/python3" and pathlib.Path("/usr/lib/python3/dist-packages/zmq").exists():
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print("python3-zmq is not installed")
    sys.exit(77)

AORTA = sys.argv.pop(1)
PATIENCE = 30

SOURCE = """
aorta: 1
pipeline: foreign
shutdown_grace: 1s
nodes:
  intake: {{ source: zmq, ack: {{ level: {ack} }}, with: {{ listen: "{listen}", address_file: {folder}/address, {options} }} }}
  store: {{ sink: file, from: intake, with: {{ path: "{folder}/out.txt" }} }}
"""
SINK = """
aorta: 1
pipeline: foreign
shutdown_grace: 1s
nodes:
  intake: {{ source: stdin, with: {{ format: lines }} }}
  send: {{ sink: zmq, from: intake, with: {{ connect: "{address}", {options} }} }}
"""


def eventually(claim):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = claim()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, linger=0)

    def socket(self, kind, **options):
        socket = self.context.socket(kind)
        self.addCleanup(socket.close)
        socket.linger = 0
        socket.rcvtimeo = socket.sndtimeo = PATIENCE * 1000
        for name, value in options.items():
            setattr(socket, name, value)
        return socket

    def run_pipeline(self, text, stdin=None):
        (self.folder / "p.yaml").write_text(text)
        log = (self.folder / "log").open("w")
        self.addCleanup(log.close)
        run = subprocess.Popen([AORTA, "run", self.folder / "p.yaml", "--state", self.folder / "state"], stdin=subprocess.PIPE,
                               stdout=log, stderr=log, text=True)
        self.addCleanup(run.stdin.close)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        if stdin is not None:
            run.stdin.write(stdin)
            run.stdin.flush()
        return run

    def start_source(self, options, ack="received", listen="tcp://127.0.0.1:*"):
        self.run_pipeline(SOURCE.format(options=options, folder=self.folder, ack=ack, listen=listen))
        address = self.folder / "address"
        return eventually(lambda: address.exists() and address.read_text().strip())

    def start_sink(self, options, kind, lines, **socket_options):
        peer = self.socket(kind, **socket_options)
        port = peer.bind_to_random_port("tcp://127.0.0.1")
        run = self.run_pipeline(SINK.format(address=f"tcp://127.0.0.1:{port}", options=options), "".join(line + "\n" for line in lines))
        return peer, run

    def stored(self, count):
        out = self.folder / "out.txt"
        return eventually(lambda: out.exists() and len(lines := out.read_text().splitlines()) >= count and lines)


class Source(Case):
    def test_pull_takes_every_part_in_order(self):
        push = self.socket(zmq.PUSH)
        push.connect(self.start_source("pattern: pull"))
        for number in range(100):
            push.send(f"record {number}".encode())
        push.send_multipart([b"part 1", b"part 2"])
        self.assertEqual(self.stored(102), [f"record {number}" for number in range(100)] + ["part 1", "part 2"])

    def test_sub_takes_what_it_subscribes_to(self):
        address = self.start_source("pattern: sub, parts: topic, subscribe: [vitals.]")
        publisher = self.socket(zmq.PUB)
        publisher.connect(address)

        def publish():
            publisher.send_multipart([b"labs.a", b"not this"])
            publisher.send_multipart([b"vitals.icu", b"this"])
            out = self.folder / "out.txt"
            return out.exists() and out.read_text()

        self.assertEqual(set(eventually(publish).splitlines()), {"this"})

    def test_rep_answers_when_the_record_is_delivered(self):
        address = self.start_source("pattern: rep", ack="delivered")
        for number in range(3):
            request = self.socket(zmq.REQ)
            request.connect(address)
            request.send(f"ask {number}".encode())
            self.assertEqual(request.recv(), b"OK")
            self.assertIn(f"ask {number}", (self.folder / "out.txt").read_text())

    def test_rep_refuses_requests_of_several_parts(self):
        request = self.socket(zmq.REQ)
        request.connect(self.start_source("pattern: rep"))
        request.send_multipart([b"one", b"two"])
        self.assertTrue(request.recv().startswith(b"REFUSED"))

    def test_works_over_ipc(self):
        push = self.socket(zmq.PUSH)
        push.connect(self.start_source("pattern: pull", listen=f"ipc://{self.folder}/socket"))
        push.send(b"near")
        self.assertEqual(self.stored(1), ["near"])
        self.assertEqual((self.folder / "socket").stat().st_mode & 0o777, 0o600)

    def test_curve_takes_listed_keys_only(self):
        for name in ("server", "client", "stranger"):
            zmq.auth.create_certificates(self.folder, name)
            (self.folder / f"{name}.key_secret").chmod(0o600)
        address = self.start_source(f"pattern: pull, curve: {{ key: {self.folder}/server.key_secret, peers: [ {self.folder}/client.key ] }}")
        server, _ = zmq.auth.load_certificate(self.folder / "server.key")
        for name in ("stranger", "client"):
            public, secret = zmq.auth.load_certificate(self.folder / f"{name}.key_secret")
            push = self.socket(zmq.PUSH, curve_publickey=public, curve_secretkey=secret, curve_serverkey=server)
            push.connect(address)
            push.send(name.encode())
        plain = self.socket(zmq.PUSH)
        plain.connect(address)
        plain.send(b"plain")
        self.assertEqual(self.stored(1), ["client"])
        eventually(lambda: "peers_refused" in (self.folder / "log").read_text())
        self.assertEqual(self.stored(1), ["client"])

    def test_a_message_that_is_too_large_does_not_end_it(self):
        address = self.start_source("pattern: pull, max_message: 1KiB")
        large = self.socket(zmq.PUSH)
        large.connect(address)
        large.send(b"x" * 5000)
        push = self.socket(zmq.PUSH)
        push.connect(address)
        push.send(b"small")
        self.assertEqual(self.stored(1), ["small"])


class Sink(Case):
    def test_push_sends_in_order(self):
        pull, _ = self.start_sink("pattern: push", zmq.PULL, [f"record {number}" for number in range(50)])
        self.assertEqual([pull.recv().decode() for _ in range(50)], [f"record {number}" for number in range(50)])

    def test_push_waits_for_a_peer(self):
        port = self.socket(zmq.PULL)
        number = port.bind_to_random_port("tcp://127.0.0.1")
        port.close()
        self.run_pipeline(SINK.format(address=f"tcp://127.0.0.1:{number}", options="pattern: push, timeout: 50ms"), "patience\n")
        pull = self.socket(zmq.PULL)
        eventually(lambda: self.bind(pull, number))
        self.assertEqual(pull.recv(), b"patience")

    def bind(self, socket, port):
        try:
            socket.bind(f"tcp://127.0.0.1:{port}")
            return True
        except zmq.ZMQError:
            return False

    def test_pub_puts_the_topic_in_front(self):
        subscriber, run = self.start_sink("pattern: pub, topic: vitals.icu", zmq.SUB, [])
        subscriber.subscribe(b"vitals.")
        stop = threading.Event()

        def feed():  # a publisher does not wait for subscribers
            while not stop.wait(0.05):
                run.stdin.write("beat\n")
                run.stdin.flush()

        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            self.assertEqual(subscriber.recv_multipart(), [b"vitals.icu", b"beat"])
        finally:
            stop.set()
            feeder.join()

    def test_req_is_done_by_the_answer_and_asks_again_without_one(self):
        answers, run = self.start_sink("pattern: req, expect: OK, timeout: 300ms", zmq.ROUTER, ["one", "two"])
        first = answers.recv_multipart()
        self.assertEqual(first[1:], [b"", b"one"])
        again = answers.recv_multipart()  # no answer came in time
        self.assertEqual(again[1:], [b"", b"one"])
        answers.send_multipart([again[0], b"", b"OK"])
        second = answers.recv_multipart()
        self.assertEqual(second[1:], [b"", b"two"])
        answers.send_multipart([second[0], b"", b"OK thanks"])
        run.stdin.close()
        self.assertEqual(run.wait(PATIENCE), 0)

    def test_a_wrong_answer_is_a_dead_letter(self):
        answers, run = self.start_sink("pattern: req, expect: OK", zmq.REP, ["one"])
        self.assertEqual(answers.recv(), b"one")
        answers.send(b"NO")
        run.stdin.close()
        run.wait(PATIENCE)
        self.assertIn("zmq.wrong_answer", (self.folder / "log").read_text())


class Check(Case):
    def validate(self, text):
        (self.folder / "p.yaml").write_text(text)
        done = subprocess.run([AORTA, "validate", self.folder / "p.yaml"], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def test_plain_text_off_this_machine_needs_permission(self):
        code, said = self.validate(SOURCE.format(options="pattern: pull", folder=self.folder, ack="received", listen="tcp://0.0.0.0:5555"))
        self.assertNotEqual(code, 0)
        self.assertIn("unencrypted", said)
        code, said = self.validate(SINK.format(address="tcp://peer.example:5555", options="pattern: push"))
        self.assertNotEqual(code, 0)
        code, said = self.validate(SOURCE.format(options='pattern: pull, plaintext: { from: [10.1.2.0/24], reason: "a cable" }',
                                                 folder=self.folder, ack="received", listen="tcp://0.0.0.0:5555"))
        self.assertEqual(code, 0, said)
        self.assertIn("a cable", said)

    def test_options_that_do_not_go_together_are_refused(self):
        for options in ("pattern: pull, subscribe: [a]", "pattern: rep, parts: topic", "pattern: pull, connect: \"tcp://127.0.0.1:1\""):
            code, said = self.validate(SOURCE.format(options=options, folder=self.folder, ack="received", listen="tcp://127.0.0.1:5555"))
            self.assertNotEqual(code, 0, options)


if __name__ == "__main__":
    unittest.main()
