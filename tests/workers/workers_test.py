#!/usr/bin/env python3
"""workers_test.py AORTA

A pipeline that is cut into workers: promises over links, outboxes, keys, children of one run, what an operator is told."""
import json
import os
import pathlib
import shutil
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

AORTA = str(pathlib.Path(sys.argv.pop(1)).resolve())
PATIENCE = 60

MESSAGE = "MSH|^~\\&|WARD|A|EHR|B|20240101||ADT^A08^ADT_A01|{id}|P|2.5.1\rEVN|A08|20240101\rPID|1||{patient}||DOE^JANE\rPV1|1|I\r"
CUT = """
aorta: 1
pipeline: cut
shutdown_grace: {grace}
storage: {{ path: state, plaintext: true }}
nodes:
  intake: {{ source: mllp, ack: {ack}, with: {{ listen: "127.0.0.1:0", port_file: port }} }}
  decode: {{ process: decode_hl7v2, from: intake }}
  check: {{ process: validate_hl7v2, from: decode, with: {{ required: [ PID-3 ] }} }}
  store: {{ sink: file, from: check, with: {{ path: stored.hl7 }} }}
workers:
  edge: {{ nodes: [ intake, decode ] }}
  core: {{ nodes: [ check, store ] }}
links:
  - {{ from: edge, to: core, dial: edge, address: "{address}", heartbeat: 300ms, {more} }}
"""
FILES = """
aorta: 1
pipeline: files
storage: {{ path: state, plaintext: true }}
nodes:
  intake: {{ source: file, with: {{ path: "in/*.hl7" }} }}
  decode: {{ process: decode_hl7v2, from: intake }}
  store: {{ sink: file, from: decode, with: {{ path: stored.hl7 }} }}
workers:
  first: {{ nodes: [ intake ] }}
  second: {{ nodes: [ decode ] }}
  third: {{ nodes: [ store ] }}
links:
  - {{ from: first, to: second, dial: first, address: "tcp://127.0.0.1:1"{more} }}
  - {{ from: second, to: third, dial: third, address: "tcp://127.0.0.1:1" }}
"""


def eventually(claim, what="it"):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := claim():
            return value
        time.sleep(0.02)  # waits for other processes
    raise AssertionError(f"{what} did not happen in time")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aorta-workers-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, text):
        (self.folder / "p.yaml").write_text(text)

    def cut(self, ack="{ level: delivered, after: check }", more="", grace="20s", host="127.0.0.1"):
        self.core_port = free_port()
        self.write(CUT.format(ack=ack, more=more, grace=grace, address=f"tcp://{host}:{self.core_port}"))

    def aorta(self, *words):
        return subprocess.run([AORTA, *words], cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE)

    def keygen(self, *names):
        done = self.aorta("keygen", *names)
        self.assertEqual(done.returncode, 0, done.stderr)

    def start(self, name, *more):
        with open(self.folder / f"{name}.log", "ab") as errors:
            run = subprocess.Popen([AORTA, "run", "p.yaml", "--worker", name, "--json", "--log-format", "json", *more],
                                   cwd=self.folder, stdout=subprocess.PIPE, stderr=errors, text=True)
        self.addCleanup(run.stdout.close)
        self.addCleanup(run.wait, PATIENCE)
        self.addCleanup(run.kill)
        return run

    def stop(self, run):
        """Its exit code and its ledger."""
        run.send_signal(signal.SIGTERM)
        out, _ = run.communicate(timeout=PATIENCE)
        return run.returncode, json.loads(out.splitlines()[-1])["ledger"]

    def log(self, name):
        file = self.folder / f"{name}.log"
        return file.read_text() if file.exists() else ""

    def connect(self):
        port = self.folder / "port"
        eventually(lambda: port.exists() and port.read_text().strip(), "listening")
        connection = socket.create_connection(("127.0.0.1", int(port.read_text())), timeout=PATIENCE)
        self.addCleanup(connection.close)
        return connection

    @staticmethod
    def send(connection, identifier, patient="P1"):
        connection.sendall(b"\x0b" + MESSAGE.format(id=identifier, patient=patient).encode() + b"\x1c\r")

    def answer(self, connection):
        """The code of the next one."""
        return next(frames(connection)).split("\r")[1].split("|")[1]

    def stored(self):
        file = self.folder / "stored.hl7"
        return [record.split("|")[9] for record in file.read_bytes().decode().split("\n") if record] if file.exists() else []

    def status(self, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=PATIENCE) as page:
            return json.load(page)["pipelines"][0]["links"][0]


class Links(Case):
    def test_an_answer_waits_for_the_sinks_and_verdicts_of_another_worker(self):
        self.cut()
        self.keygen("edge", "core")
        edge, core = self.start("edge"), self.start("core")
        connection = self.connect()
        self.send(connection, "M1")
        self.assertEqual(self.answer(connection), "AA")
        self.assertEqual(self.stored(), ["M1"])
        self.send(connection, "M2", patient="")
        self.assertEqual(self.answer(connection), "AE")
        code, ledger = self.stop(edge)
        self.assertEqual((code, ledger["in"], ledger["delivered"], ledger["dead_lettered"], ledger["held"]), (0, 2, 1, 1, 0))
        code, ledger = self.stop(core)
        self.assertEqual((code, ledger["in"]), (0, 0))
        letters = self.aorta("dead-letters", "list", "p.yaml", "--worker", "core")
        self.assertIn("check", letters.stdout)

    def test_an_outbox_keeps_accepting_while_the_line_is_down_and_drains_in_order(self):
        self.cut(ack="durable", more="buffer: disk")
        self.keygen("edge", "core")
        admin = free_port()
        edge = self.start("edge", "--admin", f"127.0.0.1:{admin}")
        connection = self.connect()
        wanted = [f"M{number}" for number in range(50)]
        for identifier in wanted:
            self.send(connection, identifier)
            self.assertEqual(self.answer(connection), "AA")
        link = eventually(lambda: self.status(admin) if self.status(admin)["outbox"] == 50 else None, "the backlog")
        self.assertFalse(link["up"])
        self.assertEqual(link["backlog"], 50)
        self.assertGreater(link["oldest_unsettled_seconds"], 0)
        edge.kill()
        edge.wait()
        edge = self.start("edge", "--admin", f"127.0.0.1:{admin}")
        core = self.start("core")
        eventually(lambda: len(set(self.stored())) == 50, "draining")
        self.assertEqual(self.stored(), wanted)
        eventually(lambda: self.status(admin)["outbox"] == 0, "an empty outbox")
        self.assertTrue(self.status(admin)["up"])
        code, ledger = self.stop(edge)
        self.assertEqual((code, ledger["delivered"], ledger["held"]), (0, 50, 0))
        self.assertEqual(self.stop(core)[0], 0)

    def test_a_worker_that_ends_leaves_to_its_successor_what_it_has_not_done(self):
        self.cut(ack="delivered")
        self.keygen("edge", "core")
        self.start("edge")
        core = self.start("core")
        connection = self.connect()
        self.send(connection, "M1")
        self.assertEqual(self.answer(connection), "AA")
        self.assertEqual(self.stop(core)[0], 0)
        self.send(connection, "M2")
        connection.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            connection.recv(1)
        connection.settimeout(PATIENCE)
        self.start("core")
        self.assertEqual(self.answer(connection), "AA")
        self.assertEqual(self.stored(), ["M1", "M2"])


class Keys(Case):
    def test_are_made_private_and_never_overwritten(self):
        self.keygen("edge")
        self.assertEqual((self.folder / "keys/edge.key").stat().st_mode & 0o777, 0o600)
        self.assertEqual((self.folder / "keys").stat().st_mode & 0o777, 0o700)
        before = (self.folder / "keys/edge.key").read_text()
        again = self.aorta("keygen", "edge")
        self.assertEqual(again.returncode, 78)
        self.assertIn("never overwritten", again.stderr)
        self.assertEqual((self.folder / "keys/edge.key").read_text(), before)

    def test_a_link_without_them_does_not_start(self):
        self.cut()
        done = self.aorta("run", "p.yaml", "--worker", "core", "--log-format", "json")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("core.key", done.stderr)
        self.assertIn("p.yaml:", done.stderr)

    def test_plain_text_off_this_machine_needs_networks(self):
        self.cut(more="plaintext: { reason: a test }", host="core.example")
        done = self.aorta("run", "p.yaml", "--worker", "core")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("plaintext: { from:", done.stderr)

    def test_a_stranger_is_refused_and_counted_and_a_reload_lets_it_in(self):
        self.cut(ack="delivered")
        self.keygen("edge", "core")
        shutil.copytree(self.folder / "keys", self.folder / "true")
        (self.folder / "keys/edge.key").unlink()
        (self.folder / "keys/edge.pub").unlink()
        self.keygen("edge")
        shutil.copy(self.folder / "keys/edge.pub", self.folder / "new.pub")
        shutil.copy(self.folder / "true/edge.pub", self.folder / "keys/edge.pub")
        admin = free_port()
        core = self.start("core", "--admin", f"127.0.0.1:{admin}")
        self.start("edge")

        def denied():
            with urllib.request.urlopen(f"http://127.0.0.1:{admin}/metrics", timeout=PATIENCE) as page:
                lines = page.read().decode().splitlines()
            return [line for line in lines if line.startswith("aorta_link_denied_total") and not line.endswith(" 0")]

        eventually(lambda: "link_listens" in self.log("core"), "listening")
        eventually(denied, "a refusal")
        self.assertFalse(self.status(admin)["up"])
        with open(self.folder / "keys/edge.pub", "a") as file:
            file.write((self.folder / "new.pub").read_text())
        core.send_signal(signal.SIGHUP)
        eventually(lambda: self.status(admin)["up"], "the link")
        shutil.copy(self.folder / "true/edge.pub", self.folder / "keys/edge.pub")
        core.send_signal(signal.SIGHUP)
        eventually(lambda: not self.status(admin)["up"], "a revoked key")


class Parts(Case):
    def test_one_that_is_not_there_is_refused(self):
        self.cut()
        done = self.aorta("run", "p.yaml", "--worker", "cora")
        self.assertEqual(done.returncode, 78)
        self.assertIn("no worker `cora`", done.stderr)
        self.assertIn("`core`", done.stderr)

    def test_need_no_secrets_of_others(self):
        self.cut(ack="delivered")
        text = (self.folder / "p.yaml").read_text()
        self.write(text.replace("path: stored.hl7", 'path: "${STORE}"'))
        self.keygen("edge", "core")
        self.start("edge")
        self.connect()
        refused = self.aorta("run", "p.yaml", "--worker", "core")
        self.assertEqual(refused.returncode, 78)
        self.assertIn("STORE", refused.stderr)


class LocalWorkers(Case):
    def begin(self, more=""):
        self.write(FILES.format(more=more))
        (self.folder / "in").mkdir()
        self.ids = [f"M{number}" for number in range(2000)]
        (self.folder / "in/a.hl7").write_text("".join(MESSAGE.format(id=one, patient="P1") + "\n" for one in self.ids))

    def test_end_one_after_the_other_with_one_ledger(self):
        self.begin()
        done = self.aorta("run", "p.yaml", "--local-workers", "--json", "--log-format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        ledger = json.loads(done.stdout.splitlines()[-1])["ledger"]
        self.assertEqual((ledger["in"], ledger["delivered"], ledger["held"]), (2000, 2000, 0))
        self.assertEqual(self.stored(), self.ids)
        self.assertIn("files/first", done.stderr)
        self.assertIn("files/third", done.stderr)

    def test_one_that_is_killed_is_started_again(self):
        self.cut(ack="durable", more="buffer: disk")
        run = subprocess.Popen([AORTA, "run", "p.yaml", "--local-workers", "--json", "--log-format", "json"],
                               cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.wait, PATIENCE)
        self.addCleanup(run.kill)
        pids, lines = {}, []

        def read():
            for line in run.stderr:
                lines.append(line)
                if '"worker_started"' in line:
                    event = json.loads(line)
                    pids[event["worker"]] = int(event["process"])

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        connection = self.connect()
        self.send(connection, "M1")
        self.assertEqual(self.answer(connection), "AA")
        eventually(lambda: self.stored() == ["M1"], "delivery")
        first = pids["core"]
        os.kill(first, signal.SIGKILL)
        eventually(lambda: pids["core"] != first, "a restart")
        self.send(connection, "M2")
        self.assertEqual(self.answer(connection), "AA")
        eventually(lambda: "M2" in self.stored(), "delivery after a restart")
        run.send_signal(signal.SIGTERM)
        out = run.stdout.read()
        run.stdout.close()
        self.assertEqual(run.wait(PATIENCE), 0, "".join(lines))
        reader.join(PATIENCE)
        run.stderr.close()
        ledger = json.loads(out.splitlines()[-1])["ledger"]
        self.assertEqual((ledger["in"], ledger["held"]), (2, 0))
        ended = [json.loads(line)["worker"] for line in lines if '"worker_ended"' in line]
        self.assertEqual(ended, ["edge", "core"])


if __name__ == "__main__":
    unittest.main()
