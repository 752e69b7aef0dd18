"""A pipeline with a journal and an outbox, its sender and its peer, for the tests of durable delivery."""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from mllp_frames import frames  # noqa: E402

AORTA = sys.argv.pop(1)
PATIENCE = 60

MESSAGE = "MSH|^~\\&|WARD|A|EHR|B|20240101||ADT^A08^ADT_A01|{id}|P|2.5.1\rEVN|A08|20240101\rPID|1||{patient}||DOE^JANE\rPV1|1|I\r"
ANSWER = "MSH|^~\\&|EHR|B|WARD|A|20240101||ACK|77|P|2.5.1\rMSA|{code}|{id}\r"

PIPELINE = """
aorta: 1
pipeline: relay
budget: {budget}
{secret}
shutdown_grace: {grace}
storage: {{ path: state, {seal} }}
nodes:
  intake: {{ source: mllp, ack: {ack}, with: {{ listen: "127.0.0.1:0", port_file: {folder}/port }} }}
  {sink}: {{ sink: mllp, from: intake, {buffer}with: {{ connect: "127.0.0.1:{peer}"{on} }} }}
  keep: {{ sink: file, from: intake, with: {{ path: "all.hl7", root: {folder}/out }} }}
"""


def control_id(message):
    return message.split("\r")[0].split("|")[9]


class Receiver:
    """A peer that answers AA, or another code; it can be down (nobody listens) and come up later on the same port."""

    def __init__(self):
        self.code = "AA"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.seen = []
        self.changed = threading.Condition()

    def come_up(self):
        listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=[listener], daemon=True).start()

    def accept(self, listener):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        try:
            for message in frames(connection):
                connection.sendall(b"\x0b" + ANSWER.format(code=self.code, id=control_id(message)).encode() + b"\x1c\r")
                with self.changed:
                    self.seen.append(control_id(message))
                    self.changed.notify_all()
        except OSError:
            pass  # the engine was killed

    def wait_for(self, count):
        """Waits for so many different messages."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(set(self.seen)) >= count, PATIENCE):
                raise AssertionError(f"{len(set(self.seen))} of {count} came")

    def wait_times(self, count):
        """Waits for so many messages, the same one or another."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.seen) >= count, PATIENCE):
                raise AssertionError(f"{len(self.seen)} of {count} came")


class DurableTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "out").mkdir()
        self.peer = Receiver()
        self.key("a" * 64)
        self.write()

    def enterContext(self, context):  # until Python 3.11 is everywhere
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def key(self, text, name="storage.key"):
        file = self.folder / name
        file.write_text(text)
        file.chmod(0o600)

    def write(self, sink="ehr", buffer="buffer: disk, ", seal="key: !secret file:storage.key", ack="durable", budget="64MiB", grace="2s",
              secret="", on=""):
        (self.folder / "p.yaml").write_text(
            PIPELINE.format(folder=self.folder, peer=self.peer.port, sink=sink, buffer=buffer, seal=seal, ack=ack, budget=budget,
                            grace=grace, secret=secret, on=on))

    def start(self, *more):
        """A running worker, and a connection to its intake."""
        (self.folder / "port").unlink(missing_ok=True)
        run = subprocess.Popen([AORTA, "run", self.folder / "p.yaml", "--json", *more],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.stdout.close)
        self.addCleanup(run.stderr.close)
        self.addCleanup(run.wait, PATIENCE)
        self.addCleanup(run.kill)
        log = []
        for line in run.stderr:
            log.append(line)
            if (self.folder / "port").exists():
                threading.Thread(target=run.stderr.read, daemon=True).start()
                port = int((self.folder / "port").read_text())
                connection = self.enterContext(socket.create_connection(("127.0.0.1", port), PATIENCE))
                return run, connection
        raise AssertionError("aorta did not start: " + "".join(log))

    def refused(self, *more):
        """What a worker says that does not start."""
        run = subprocess.run([AORTA, "run", self.folder / "p.yaml", *more], capture_output=True, text=True, timeout=PATIENCE)
        self.assertNotEqual(run.returncode, 0, run.stderr)
        return run.stderr

    def send(self, connection, first, last, padding=0):
        """Sends and waits for each AA."""
        answers = frames(connection)
        for number in range(first, last):
            message = MESSAGE.format(id=f"M{number}", patient=f"P{number % 7}") + "NTE|1||" + "x" * padding + "\r"
            connection.sendall(b"\x0b" + message.encode() + b"\x1c\r")
            self.assertIn(f"MSA|AA|M{number}\r", next(answers))

    def stop(self, run):
        """Ends it in peace; gives its ledger."""
        run.terminate()
        return self.ended(run)

    def ended(self, run):
        out, _ = run.stdout.read(), run.wait(PATIENCE)
        return json.loads(out.splitlines()[-1])["ledger"]

    def kept(self):
        """The control ids in the file, in order."""
        file = self.folder / "out" / "all.hl7"
        text = file.read_bytes().decode().replace("\n", "\r") if file.exists() else ""
        return [line.split("|")[9] for line in text.split("\r") if line.startswith("MSH")]

    def numbers(self, count):
        return [f"M{number}" for number in range(count)]

    def held(self):
        """What the storage holds, read beside the worker."""
        streams = json.loads(self.spool("inspect", self.folder / "p.yaml", "--json").stdout)["streams"]
        return sum(stream["held"] for stream in streams)

    def wait_kept(self, count):
        deadline = time.monotonic() + PATIENCE
        while len(self.kept()) < count and time.monotonic() < deadline:
            os.sched_yield()
        self.assertEqual(len(self.kept()), count)

    def leave_20(self):
        run, connection = self.start()
        self.send(connection, 0, 20)
        self.wait_kept(20)
        self.stop(run)

    def letters(self):
        return json.loads(subprocess.run([AORTA, "dead-letters", "list", self.folder / "p.yaml", "--json"],
                                         capture_output=True, text=True).stdout or "[]")

    def wait_letters(self, count):
        deadline = time.monotonic() + PATIENCE
        letters = []
        while len(letters) < count and time.monotonic() < deadline:
            letters = self.letters()
        self.assertEqual(len(letters), count)
        return letters

    def spool(self, *arguments):
        return subprocess.run([AORTA, "spool", *arguments], capture_output=True, text=True, timeout=PATIENCE)

    def damage(self):
        """Flips a bit in the body of an entry of the outbox."""
        for segment in sorted((self.folder / "state" / "spool").glob("*.seg")):
            bytes_of = bytearray(segment.read_bytes())
            at = 4096 + 128  # behind the two headers
            entries = 0
            while bytes_of[at:at + 4] == b"AITM":
                length = int.from_bytes(bytes_of[at + 16:at + 20], "little")
                is_outbox = int.from_bytes(bytes_of[at + 48:at + 52], "little") != 0
                entries += bytes_of[at + 24] == 4 and is_outbox
                if entries == 5:
                    bytes_of[at + 56 + length // 2] ^= 1
                    segment.write_bytes(bytes_of)
                    return
                at += (56 + length + 7) // 8 * 8
        raise AssertionError("no entry of the outbox found")
