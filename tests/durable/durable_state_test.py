#!/usr/bin/env python3
"""state_test.py AORTA

What plugins remember outlives the process: alerts that wait, that are raised, that are kept back; what was seen before.
The worker is killed; each alert comes once."""
import json
import pathlib
import queue
import signal
import socket
import struct
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

MESSAGE = ("MSH|^~\\&|WARD|A|EHR|B|20240101||ORU^R01^ORU_R01|{id}|P|2.5.1\rPID|1||{patient}||DOE^JANE\rOBR|1|||VITALS\r"
           "OBX|1|NM|HR^Heart rate||{value}\r")

PIPELINE = """
aorta: 1
pipeline: ward
{key}
storage: {{ path: state, key: !secret file:storage.key, snapshot: {interval} }}
nodes:
  intake: {{ source: mllp, ack: durable, with: {{ listen: "127.0.0.1:0", port_file: {folder}/port }} }}
  decode: {{ process: decode_hl7v2, from: intake }}
  once:   {{ process: dedupe, from: decode }}
  {alarms}:
    process: alert
    from: once
    with:
      rules:
        - {{ name: fast, when: "any(OBX, .3.1 == 'HR' and .5 > 130)", clear: "any(OBX, .3.1 == 'HR' and .5 < 120)",
            delay: {delay}, suppress: 1h }}
  keep: {{ sink: file, from: {alarms}, with: {{ path: "all.hl7", root: {folder}/out }} }}
  page: {{ sink: stdout, from: {alarms}.alerts }}
"""

ITEM_MAGIC, SNAPSHOT = b"AITM", 10  # docs/formats/spool.md


class Worker:
    """A running worker, a connection to its intake, and what it pages."""

    def __init__(self, test, *more):
        (test.folder / "port").unlink(missing_ok=True)
        self.process = subprocess.Popen([AORTA, "run", test.folder / "p.yaml", *more], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.stderr.close)
        test.addCleanup(self.process.wait, PATIENCE)
        test.addCleanup(self.process.kill)
        self.alerts, self.log = queue.Queue(), []
        self.test = test
        for line in self.process.stderr:
            self.log.append(line)
            if (test.folder / "port").exists():
                break
        else:
            raise AssertionError("aorta did not start: " + "".join(self.log))
        threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True).start()
        threading.Thread(target=self.read, daemon=True).start()
        port = int((test.folder / "port").read_text())
        self.connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
        test.addCleanup(self.connection.close)
        self.answers = frames(self.connection)

    def read(self):
        for line in self.process.stdout:
            if '"rule"' in line:
                alert = json.loads(line)
                self.alerts.put((alert["state"], alert["key"]))

    def send(self, patient, value, control_id=None):
        """Sends and waits for the AA: it is durable then."""
        control_id = control_id or self.test.new_id()
        message = MESSAGE.format(id=control_id, patient=patient, value=value)
        self.connection.sendall(b"\x0b" + message.encode() + b"\x1c\r")
        self.test.assertIn(f"MSA|AA|{control_id}\r", next(self.answers))

    def paged(self):
        """The next alert."""
        return self.alerts.get(timeout=PATIENCE)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


class State(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "out").mkdir()
        for name in ("storage.key", "pipeline.key"):
            (self.folder / name).write_text("a" * 64)
            (self.folder / name).chmod(0o600)
        self.last_id = 0
        self.write()

    def new_id(self):
        self.last_id += 1
        return f"M{self.last_id}"

    def write(self, delay="0s", interval="1h", key="key: !secret file:pipeline.key", alarms="alarms"):
        (self.folder / "p.yaml").write_text(
            PIPELINE.format(folder=self.folder, delay=delay, interval=interval, key=key, alarms=alarms))

    def snapshots(self):
        """Positions of the snapshots in the log, rising."""
        return sorted(position for _, _, position, kind in self.items() if kind == SNAPSHOT)

    def items(self):
        """Segment, offset, position and kind of what looks like an item."""
        for segment in (self.folder / "state" / "spool").glob("*.seg"):
            try:
                data = segment.read_bytes()
            except FileNotFoundError:  # it went between its name and its bytes
                continue
            at = data.find(ITEM_MAGIC)
            while at != -1:
                if at % 8 == 0 and at + 56 <= len(data):
                    yield segment, at, struct.unpack_from("<Q", data, at + 8)[0], data[at + 24]
                at = data.find(ITEM_MAGIC, at + 1)

    def wait(self, claim):
        deadline = time.monotonic() + PATIENCE
        while not claim():
            self.assertLess(time.monotonic(), deadline, "it did not come about")

    def held(self):
        run = subprocess.run([AORTA, "spool", "inspect", self.folder / "p.yaml", "--json"], capture_output=True, text=True,
                             timeout=PATIENCE)
        return sum(stream["held"] for stream in json.loads(run.stdout)["streams"])

    def settle(self):
        self.wait(lambda: self.held() == 0)

    def settle_in_snapshot(self):
        """All that came is settled and in a snapshot."""
        self.settle()
        self.wait(lambda: self.snapshots())

    def test_an_alert_that_waits_comes_once_and_in_time(self):
        self.write(delay="2s")
        worker = Worker(self)
        worker.send("P1", 140)
        begin = time.monotonic()
        worker.kill()
        worker = Worker(self)
        state, _ = worker.paged()
        self.assertEqual(state, "raised")
        self.assertLess(time.monotonic() - begin, 20)
        self.settle()
        worker.kill()
        worker = Worker(self)
        worker.send("P1", 140)  # still met: it is active, and nothing is raised
        worker.send("P1", 100)
        self.assertEqual(worker.paged()[0], "cleared")

    def test_a_delay_that_ended_while_nothing_ran_ends_at_once(self):
        self.write(delay="2s")
        worker = Worker(self)
        worker.send("P1", 140)
        worker.kill()
        self.write(delay="2s")
        time.sleep(2.5)  # the time that passes is what is tested
        begin = time.monotonic()
        worker = Worker(self)
        self.assertEqual(worker.paged()[0], "raised")
        self.assertLess(time.monotonic() - begin, 2, "it does not begin anew")

    def raised_and_cleared(self, worker):
        worker.send("P1", 140)
        raised = worker.paged()
        worker.send("P1", 100)
        self.assertEqual((raised[0], worker.paged()[0]), ("raised", "cleared"))
        return raised[1]

    def is_raised_again(self):
        """Whether the alert of P1, which is kept back, is raised again by a new worker."""
        worker = Worker(self)
        worker.send("P1", 140)
        worker.send(f"T{self.last_id}", 140)  # somebody new: tells that the one before was looked at
        first = worker.paged()
        if first[1] == self.key_of_p1:
            self.assertEqual(first[0], "raised")
            return True
        self.assertTrue(worker.alerts.empty())
        worker.stop()
        return False

    def test_what_is_kept_back_stays_kept_back_by_replay(self):
        worker = Worker(self)
        self.key_of_p1 = self.raised_and_cleared(worker)
        self.settle()
        worker.kill()
        self.assertEqual(self.snapshots(), [])
        self.assertFalse(self.is_raised_again())

    def test_what_is_kept_back_stays_kept_back_by_a_snapshot(self):
        self.write(interval="100ms")
        worker = Worker(self)
        self.key_of_p1 = self.raised_and_cleared(worker)
        self.settle_in_snapshot()
        worker.kill()
        self.assertFalse(self.is_raised_again())

    def test_without_a_key_nothing_is_kept_and_it_is_raised_again(self):
        """The negative control: the same, without the state."""
        self.write(key="")
        worker = Worker(self)
        self.raised_and_cleared(worker)
        self.settle()
        worker.kill()
        worker = Worker(self)
        self.assertTrue(any("state_not_kept" in line for line in worker.log), worker.log)
        worker.send("P1", 140)
        self.assertEqual(worker.paged()[0], "raised")

    def test_hysteresis_outlives_two_deaths(self):
        self.write(interval="100ms")
        worker = Worker(self)
        worker.send("P1", 140)
        self.assertEqual(worker.paged()[0], "raised")
        for _ in range(2):
            self.settle()
            worker.kill()
            worker = Worker(self)
            worker.send("P1", 125)  # neither high nor low
        worker.send("P1", 110)
        self.assertEqual(worker.paged()[0], "cleared")
        self.assertTrue(worker.alerts.empty())

    def test_what_was_seen_is_still_known(self):
        for interval in ("1h", "100ms"):
            self.write(interval=interval)
            worker = Worker(self)
            worker.send(f"P-{interval}", 140, f"SAME-{interval}")
            self.assertEqual(worker.paged()[0], "raised")
            self.settle()
            if interval == "100ms":
                self.wait(lambda: self.snapshots())
            worker.kill()
            worker = Worker(self)
            worker.send(f"P-{interval}", 100, f"SAME-{interval}")  # a duplicate: it does not end the alert
            worker.send(f"P-{interval}", 100)
            self.assertEqual(worker.paged()[0], "cleared")
            self.assertTrue(worker.alerts.empty())
            self.settle()
            worker.kill()

    def test_what_settled_is_not_delivered_again(self):
        worker = Worker(self)
        for patient in range(50):
            worker.send(f"P{patient}", 140)
        for _ in range(50):
            worker.paged()
        self.settle()
        worker.kill()
        worker = Worker(self)
        worker.send("LAST", 140)
        worker.paged()
        self.assertTrue(worker.alerts.empty())
        self.settle()
        worker.stop()
        text = (self.folder / "out" / "all.hl7").read_text().replace("\n", "\r")
        ids = [line.split("|")[9] for line in text.split("\r") if line.startswith("MSH")]
        self.assertEqual(ids, [f"M{number}" for number in range(1, 52)])

    def test_a_torn_snapshot_leaves_the_older_one(self):
        self.write(interval="100ms")
        worker = Worker(self)
        self.key_of_p1 = self.raised_and_cleared(worker)
        self.settle_in_snapshot()
        before = self.snapshots()
        worker.send("P3", 140)
        self.settle()
        self.wait(lambda: len(self.snapshots()) > len(before))
        worker.kill()
        self.tear(self.snapshots()[-1])
        self.assertFalse(self.is_raised_again())

    def tear(self, position):
        """As if power had failed while it was written: all behind its header is zeros."""
        segment, at = next((segment, at) for segment, at, here, _ in self.items() if here == position)
        data = bytearray(segment.read_bytes())
        data[at + 56:] = bytes(len(data) - at - 56)
        segment.write_bytes(data)

    def test_a_stop_keeps_what_waits(self):
        self.write(delay="2s")
        worker = Worker(self)
        worker.send("P1", 140)
        worker.stop()
        self.assertEqual(worker.process.returncode, 0, worker.log)
        worker = Worker(self)
        self.assertEqual(worker.paged()[0], "raised")

    def refused(self, *more):
        run = subprocess.run([AORTA, "run", self.folder / "p.yaml", *more], capture_output=True, text=True, timeout=PATIENCE)
        self.assertNotEqual(run.returncode, 0, run.stderr)
        return run.stderr

    def test_a_state_whose_node_is_gone_is_refused_adopted_or_discarded(self):
        self.write(interval="100ms")
        worker = Worker(self)
        self.key_of_p1 = self.raised_and_cleared(worker)
        self.settle_in_snapshot()
        worker.kill()
        self.write(alarms="bells", interval="100ms")
        self.assertIn("--discard-state alarms", self.refused())
        worker = Worker(self, "--adopt", "alarms=bells")
        worker.send("P1", 140)
        worker.send("P2", 140)
        self.assertNotEqual(worker.paged()[1], self.key_of_p1)
        self.settle()
        worker.kill()
        self.assertFalse(self.is_raised_again())

        self.write(alarms="sirens", interval="100ms")
        self.assertIn("state of `bells`", self.refused())
        worker = Worker(self, "--discard-state", "bells")
        worker.send("P9", 140)
        self.assertEqual(worker.paged()[0], "raised")
        worker.stop()

    def test_what_the_journal_holds_does_not_bring_back_a_state_that_was_discarded(self):
        worker = Worker(self)
        self.key_of_p1 = self.raised_and_cleared(worker)
        self.settle()
        worker.kill()
        self.assertEqual(self.snapshots(), [])
        worker = Worker(self, "--discard-state", "alarms")
        worker.send("P2", 140)
        worker.paged()
        self.settle()
        worker.kill()  # the second start knows what it is not to read back, too
        self.assertTrue(self.is_raised_again())

    def test_an_alert_that_raised_before_its_node_was_there_is_raised_by_the_next_record(self):
        """What came of the past has left already: it must not mark an alert as raised that nobody was told of."""
        self.write(alarms="alarms")
        worker = Worker(self)
        worker.send("P1", 140)
        self.assertEqual(worker.paged()[0], "raised")
        self.settle()
        worker.kill()
        self.write(alarms="bells")
        worker = Worker(self, "--discard-state", "alarms")
        worker.send("P1", 140)
        self.assertEqual(worker.paged()[0], "raised")

    def test_another_key_is_refused(self):
        self.write(interval="100ms")
        worker = Worker(self)
        self.raised_and_cleared(worker)
        self.settle_in_snapshot()
        worker.kill()
        (self.folder / "pipeline.key").write_text("b" * 64)
        self.assertIn("`key` has changed", self.refused())


if __name__ == "__main__":
    unittest.main(verbosity=2)
