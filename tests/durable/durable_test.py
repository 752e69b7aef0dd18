#!/usr/bin/env python3
"""durable_test.py AORTA

What was acknowledged as durable outlives the process; a sink that is down holds up nobody; what the storage holds meets
a changed pipeline: over real sockets, through the real command."""
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

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from mllp_frames import frames  # noqa: E402

AORTA = sys.argv.pop(1)
PATIENCE = 60

MESSAGE = "MSH|^~\\&|WARD|A|EHR|B|20240101||ADT^A08^ADT_A01|{id}|P|2.5.1\rEVN|A08|20240101\rPID|1||{patient}||DOE^JANE\rPV1|1|I\r"
ANSWER = "MSH|^~\\&|EHR|B|WARD|A|20240101||ACK|77|P|2.5.1\rMSA|AA|{id}\r"

PIPELINE = """
aorta: 1
pipeline: relay
budget: {budget}
shutdown_grace: {grace}
storage: {{ path: state, {seal} }}
nodes:
  intake: {{ source: mllp, ack: {ack}, with: {{ listen: "127.0.0.1:0", port_file: {folder}/port }} }}
  {sink}: {{ sink: mllp, from: intake, {buffer}with: {{ connect: "127.0.0.1:{peer}" }} }}
  keep: {{ sink: file, from: intake, with: {{ path: "all.hl7", root: {folder}/out }} }}
"""


def control_id(message):
    return message.split("\r")[0].split("|")[9]


class Receiver:
    """A peer that answers AA; it can be down (nobody listens) and come up later on the same port."""

    def __init__(self):
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
                connection.sendall(b"\x0b" + ANSWER.format(id=control_id(message)).encode() + b"\x1c\r")
                with self.changed:
                    self.seen.append(control_id(message))
                    self.changed.notify_all()
        except OSError:
            pass  # the engine was killed

    def wait_for(self, count):
        with self.changed:
            if not self.changed.wait_for(lambda: len(set(self.seen)) >= count, PATIENCE):
                raise AssertionError(f"{len(set(self.seen))} of {count} came")


class Durable(unittest.TestCase):
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

    def write(self, sink="ehr", buffer="buffer: disk, ", seal="key: !secret file:storage.key", ack="durable", budget="64MiB", grace="2s"):
        (self.folder / "p.yaml").write_text(
            PIPELINE.format(folder=self.folder, peer=self.peer.port, sink=sink, buffer=buffer, seal=seal, ack=ack, budget=budget,
                            grace=grace))

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

    def test_a_sink_that_is_down_holds_up_nobody_and_gets_everything_in_order(self):
        run, connection = self.start()
        self.send(connection, 0, 300)
        self.wait_kept(300)
        self.peer.come_up()
        self.peer.wait_for(300)
        self.assertEqual(self.peer.seen, self.numbers(300))
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual((ledger["in"], ledger["delivered"], ledger["held"]), (300, 300, 0))

    def held(self):
        """What the storage holds, read beside the worker."""
        streams = json.loads(self.spool("inspect", self.folder / "p.yaml", "--json").stdout)["streams"]
        return sum(stream["held"] for stream in streams)

    def wait_kept(self, count):
        deadline = time.monotonic() + PATIENCE
        while len(self.kept()) < count and time.monotonic() < deadline:
            os.sched_yield()
        self.assertEqual(len(self.kept()), count)

    def test_what_was_acknowledged_outlives_kill_9(self):
        for round_number in range(3):
            run, connection = self.start()
            self.send(connection, 100 * round_number, 100 * (round_number + 1))
            run.send_signal(signal.SIGKILL)
            run.wait(PATIENCE)
        self.peer.come_up()
        run, connection = self.start()
        self.peer.wait_for(300)
        self.assertEqual(list(dict.fromkeys(self.peer.seen)), self.numbers(300))
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual(ledger["held"], 0)
        self.assertEqual(ledger["held_at_start"] + ledger["in"], ledger["delivered"] + ledger["held"])
        self.assertEqual(self.kept(), self.numbers(300), "no line is torn, doubled or out of order")

    def test_a_stop_leaves_in_the_outbox_what_the_sink_did_not_take(self):
        run, connection = self.start()
        self.send(connection, 0, 20)
        ledger = self.stop(run)
        self.assertEqual((ledger["held"], ledger["failed"]), (20, 0))
        self.assertEqual(run.returncode, 0)
        self.peer.come_up()
        run, connection = self.start()
        self.peer.wait_for(20)
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual((ledger["held_at_start"], ledger["delivered"]), (20, 20))

    def test_a_second_signal_ends_at_once_and_loses_nothing(self):
        run, connection = self.start()
        self.send(connection, 0, 20)
        run.terminate()
        run.terminate()
        run.wait(PATIENCE)
        self.peer.come_up()
        self.start()
        self.peer.wait_for(20)

    def test_a_stop_while_it_catches_up_ends_the_intake_at_once_and_loses_nothing(self):
        self.write(buffer="", budget="256KiB", grace="10s")
        for round_number in range(4):  # each brings what the budget has room for
            run, connection = self.start()
            self.send(connection, 20 * round_number, 20 * (round_number + 1), padding=8000)
            run.send_signal(signal.SIGKILL)
            run.wait(PATIENCE)
        run, connection = self.start()
        begin = time.monotonic()
        run.terminate()
        self.assertEqual(connection.recv(1), b"")
        self.assertLess(time.monotonic() - begin, 8, "the intake ends before the grace is over")
        ledger = self.ended(run)
        self.assertEqual((ledger["held_at_start"], ledger["held"], ledger["failed"]), (80, 80, 0))
        self.peer.come_up()
        run, connection = self.start()
        self.peer.wait_for(80)
        self.assertEqual(list(dict.fromkeys(self.peer.seen)), self.numbers(80))

    def test_an_outbox_behind_a_source_without_a_journal_outlives_the_process(self):
        self.write(ack="received")
        run, connection = self.start()
        self.send(connection, 0, 20)
        self.wait_kept(20)
        ledger = self.stop(run)
        self.assertEqual((ledger["in"], ledger["held"], ledger["failed"]), (20, 20, 0))
        self.peer.come_up()
        run, connection = self.start()
        self.send(connection, 20, 40)
        self.peer.wait_for(40)
        self.assertEqual(self.peer.seen, self.numbers(40))
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual((ledger["held_at_start"], ledger["in"], ledger["delivered"], ledger["held"]), (20, 20, 40, 0))

    def test_a_damaged_record_has_failed_in_the_ledger_and_the_others_are_delivered(self):
        self.leave_20()
        self.damage()
        self.peer.come_up()
        run, _ = self.start()
        self.peer.wait_for(19)
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual((ledger["held_at_start"], ledger["delivered"], ledger["failed"], ledger["held"]), (20, 19, 1, 0))
        self.assertEqual(run.returncode, 1)

    def leave_20(self):
        run, connection = self.start()
        self.send(connection, 0, 20)
        self.wait_kept(20)
        self.stop(run)

    def test_records_of_a_renamed_sink_wait_for_a_decision(self):
        self.leave_20()
        self.write(sink="hospital")
        said = self.refused()
        self.assertIn("holds 20 records in the outbox of `ehr`", said)
        self.assertIn("--adopt ehr=NEW", said)
        self.assertIn("--to-dead-letters ehr", said)
        self.peer.come_up()
        self.start("--adopt", "ehr=hospital")
        self.peer.wait_for(20)
        self.assertEqual(self.peer.seen, self.numbers(20))

    def test_records_of_a_removed_outbox_become_dead_letters(self):
        self.leave_20()
        self.write(buffer="")
        self.assertIn("holds 20 records in the outbox of `ehr`", self.refused())
        run, connection = self.start("--to-dead-letters", "ehr")
        deadline = time.monotonic() + PATIENCE
        letters = []
        while len(letters) < 20 and time.monotonic() < deadline:
            letters = json.loads(subprocess.run([AORTA, "dead-letters", "list", self.folder / "p.yaml", "--json"],
                                                capture_output=True, text=True).stdout or "[]")
        self.assertEqual({letter["reason"] for letter in letters}, {"storage.node_gone"})
        ledger = self.stop(run)
        self.assertEqual((ledger["held_at_start"], ledger["dead_lettered"], ledger["held"]), (20, 20, 0))

    def test_a_second_worker_is_refused(self):
        run, _ = self.start()
        said = self.refused()
        self.assertIn(str(run.pid), said)

    def test_without_the_key_it_does_not_start_and_with_a_new_one_it_reads_what_the_former_sealed(self):
        self.leave_20()
        self.key("b" * 64)
        self.assertIn("key", self.refused())
        self.key("a" * 64, "former.key")
        self.write(seal="key: !secret file:storage.key, former_keys: [ !secret file:former.key ]")
        self.peer.come_up()
        self.start()
        self.peer.wait_for(20)

    def test_nothing_of_a_patient_lies_readable_in_a_sealed_storage(self):
        self.leave_20()
        for file in (self.folder / "state").rglob("*"):
            if file.is_file():
                self.assertNotIn(b"JANE", file.read_bytes(), file)
                self.assertEqual(file.stat().st_mode & 0o077, 0, file)

    def spool(self, *arguments):
        return subprocess.run([AORTA, "spool", *arguments], capture_output=True, text=True, timeout=PATIENCE)

    def test_the_spool_is_inspected_verified_repaired_and_exported(self):
        self.leave_20()
        file = self.folder / "p.yaml"
        seen = json.loads(self.spool("inspect", file, "--json").stdout)
        self.assertEqual({one["node"]: one["held"] for one in seen["streams"]}, {"intake": 20, "ehr": 20})
        self.assertEqual(self.spool("verify", file).returncode, 0)
        exported = [json.loads(line) for line in self.spool("export", file).stdout.splitlines()]
        self.assertEqual([one["node"] for one in exported], ["ehr"] * 20)
        self.assertNotIn("JANE", json.dumps(exported))
        exported = self.spool("export", file, "--phi", "--reason", "a test").stdout
        self.assertEqual(exported.count("DOE^JANE"), 20)
        self.assertIn("a test", (self.folder / "state" / "audit.log").read_text())
        self.damage()
        verified = self.spool("verify", file)
        self.assertEqual(verified.returncode, 1, verified.stdout + verified.stderr)
        self.assertEqual(self.spool("repair", file).returncode, 0)
        self.assertTrue(list((self.folder / "state" / "quarantine").iterdir()))
        exported = [json.loads(line) for line in self.spool("export", file).stdout.splitlines()]
        self.assertEqual(len(exported), 19, "only the damaged record is gone")

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


if __name__ == "__main__":
    unittest.main(verbosity=2)
