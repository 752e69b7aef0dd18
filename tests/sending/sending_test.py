#!/usr/bin/env python3
"""sending_test.py AORTA

What a peer answers comes back to the sender (`ack: { reply: … }`), a sink stops for an AR, a run ends when nobody reads
its output: over real sockets, through the real command."""
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from mllp_frames import frames  # noqa: E402

AORTA = sys.argv.pop(1)
PATIENCE = 30

QUERY = "MSH|^~\\&|WARD|A|EHR|B|20240101||QBP^Q22^QBP_Q21|{id}|P|2.5.1\rQPD|Q22|1\rRCP|I\r"
ANSWER = "MSH|^~\\&|EHR|B|WARD|A|20240101||RSP^K22^RSP_K21|77|P|2.5.1\rMSA|{code}|{id}\rQAK|1|OK\r"

PIPELINE = """
aorta: 1
pipeline: queries
shutdown_grace: 1s
nodes:
  intake: {{ source: mllp, ack: {{ reply: ehr, timeout: 20s }}, with: {{ listen: "127.0.0.1:0", port_file: {folder}/port }} }}
  ehr: {{ sink: mllp, from: {sent}, with: {{ connect: "127.0.0.1:{peer}", on: {{ AR: stop }} }} }}
"""
# The peer sees a control id and an address of ours.
EDITED = """
  decode: {{ process: decode_hl7v2, from: intake }}
  edit: {{ process: edit, from: decode, with: {{ do: [ {{ set: MSH-10, to: "AA-ours" }}, {{ set: MSH-3, to: AORTA }} ] }} }}
"""


def send(connection, message):
    connection.sendall(b"\x0b" + message.encode() + b"\x1c\r")


class Peer:
    """Answers each message by what its control id begins with."""

    def __init__(self):
        self.seen = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        for message in frames(connection):
            control_id = message.split("\r")[0].split("|")[9]
            self.seen.append(control_id)
            send(connection, ANSWER.format(code=control_id[:2], id=control_id))


class Replies(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.peer = Peer()
        self.write(PIPELINE, "intake")

    def write(self, pipeline, sent):
        (self.folder / "p.yaml").write_text(pipeline.format(folder=self.folder, peer=self.peer.port, sent=sent))

    def enterContext(self, context):  # until Python 3.11 is everywhere
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def start(self, *more):
        run = subprocess.Popen([AORTA, "run", self.folder / "p.yaml", "--state", self.folder / "state", *more],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.stdout.close)
        self.addCleanup(run.stderr.close)
        self.addCleanup(run.wait, PATIENCE)
        self.addCleanup(run.terminate)
        for line in run.stderr:  # the log goes on; the file is there when the listener is open
            if (self.folder / "port").exists():
                threading.Thread(target=run.stderr.read, daemon=True).start()
                return socket.create_connection(("127.0.0.1", int((self.folder / "port").read_text())), PATIENCE)
        raise AssertionError("aorta did not start")

    def ask(self, control_id, sender, answers):
        send(sender, QUERY.format(id=control_id))
        return next(answers)

    def test_the_senders_hear_what_the_peer_says(self):
        sender = self.start()
        answers = frames(sender)
        for control_id in ("AA-1", "AE-2", "AA-3"):
            answer = self.ask(control_id, sender, answers)
            self.assertIn("RSP^K22", answer)
            self.assertIn(f"MSA|{control_id[:2]}|{control_id}\r", answer)
            self.assertIn("QAK|1|OK", answer)
        self.assertEqual(self.peer.seen, ["AA-1", "AE-2", "AA-3"])
        sender.close()

    def test_the_reply_names_the_senders_own_control_id_though_the_pipeline_changed_it(self):
        self.write(PIPELINE + EDITED, "edit")
        sender = self.start()
        answers = frames(sender)
        for control_id in ("W-1", "W-2"):
            answer = self.ask(control_id, sender, answers)
            self.assertIn("RSP^K22", answer)
            self.assertIn(f"MSA|AA|{control_id}\r", answer)
            self.assertEqual(answer.split("|")[4:6], ["WARD", "A"])
        self.assertEqual(self.peer.seen, ["AA-ours", "AA-ours"])
        sender.close()

    def test_an_ar_stops_the_sink_and_the_health_page_says_why(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            admin = f"127.0.0.1:{free.getsockname()[1]}"
        sender = self.start("--admin", admin)
        send(sender, QUERY.format(id="AR-1"))
        send(sender, QUERY.format(id="AA-2"))
        reason = ""
        while reason != "mllp.stopped AR":
            with urllib.request.urlopen(f"http://{admin}/status", timeout=PATIENCE) as page:
                reason = json.load(page)["pipelines"][0]["sinks"][0].get("reason", "")
        self.assertEqual(self.peer.seen, ["AR-1"])
        sender.close()


class ClosedOutput(unittest.TestCase):
    def test_ends_the_run_with_a_reason(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "p.yaml"
            file.write_text("aorta: 1\npipeline: p\nnodes:\n  in: { source: generate, with: { count: 100000 } }\n"
                            "  out: { sink: stdout, from: in }\n")
            run = subprocess.Popen([AORTA, "run", file, "--state", f"{folder}/state"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
            run.stdout.close()
            _, errors = run.communicate(timeout=PATIENCE)
            self.assertEqual(run.returncode, 1, errors)
            self.assertIn("stopped, since a node could not go on (stdout.closed)", errors)


if __name__ == "__main__":
    unittest.main(verbosity=2)
