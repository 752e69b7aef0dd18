#!/usr/bin/env python3
"""tls_test.py AORTA GUIDE: Python's ssl and `openssl s_client` talk to `aorta run`, with certificates that the guide's own commands make;
and what `aorta tls check` says of files and ports."""
import json
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

AORTA = pathlib.Path(sys.argv[1]).resolve()
GUIDE = pathlib.Path(sys.argv[2]).read_text()
PATIENCE_S = 60

RECEIVING = """
aorta: 1
pipeline: receiving
nodes:
  intake:
    source: mllp
    ack: { level: delivered }
    with:
      listen: "127.0.0.1:0"
      port_file: port
      tls: { certificate: tls/listener.pem, key: tls/listener.key, clients: { authorities: tls/ca.pem%s } }
  store: { sink: file, from: intake, with: { path: stored.hl7 } }
"""
SENDING = """
aorta: 1
pipeline: sending
nodes:
  batch: { source: file, with: { path: in.hl7 } }
  ehr:
    sink: mllp
    from: batch
    with:
      connect: "localhost:%d"
      tls: { authorities: tls/ca.pem, certificate: tls/analyser-1.pem, key: tls/analyser-1.key }
"""


def block(name):
    """A shell script of the guide."""
    return re.search(rf"```sh\n# {name}\n(.*?)```", GUIDE, re.DOTALL).group(1)


def message(control_id):
    return (f"MSH|^~\\&|A|B|C|D|20260309120000||ADT^A01|{control_id}|P|2.5.1\rEVN|A01|20260309120000\r"
            f"PID|1||1^^^H^MR||X\rPV1|1|I\r").encode()


def frame(control_id):
    return b"\x0b" + message(control_id) + b"\x1c\r"


def answer_to(text):
    control_id = text.split(b"|")[9]
    return b"\x0bMSH|^~\\&|C|D|A|B|20260309120000||ACK|1|P|2.5.1\rMSA|AA|" + control_id + b"\r\x1c\r"


def read_frame(stream):
    taken = b""
    while not taken.endswith(b"\x1c\r"):
        some = stream.recv(65536)
        if not some:
            return taken
        taken += some
    return taken


class TlsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-tls-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.shell(block("certificates.sh"))
        self.tls = self.folder / "tls"

    def shell(self, script, folder="."):
        done = subprocess.run(["sh", "-ec", script], cwd=self.folder / folder, capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_aorta(self, pipeline, name="pipeline.yaml"):
        (self.folder / name).write_text(pipeline)
        log = open(self.folder / "log", "ab")
        self.addCleanup(log.close)
        process = subprocess.Popen([AORTA, "run", name, "--state", f"state-{name}"], cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=log)

        def end():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE_S)
        self.addCleanup(end)
        return process

    def listen(self, more=""):
        """The port of a source that has started."""
        process = self.run_aorta(RECEIVING % more)
        deadline = time.monotonic() + PATIENCE_S
        while not (self.folder / "port").exists():
            self.assertTrue(process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text())
            time.sleep(0.01)  # looks at another process
        return int((self.folder / "port").read_text())

    def client(self, name="analyser-1"):
        context = ssl.create_default_context(cafile=self.tls / "ca.pem")
        if name:
            context.load_cert_chain(self.tls / f"{name}.pem", self.tls / f"{name}.key")
        return context

    def connect(self, port, context):
        plain = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        stream = context.wrap_socket(plain, server_hostname="localhost")
        self.addCleanup(stream.close)
        return stream

    def wait_logged(self, text):
        deadline = time.monotonic() + PATIENCE_S
        while text not in (self.folder / "log").read_text():
            self.assertLess(time.monotonic(), deadline, f"{text} is not in\n{(self.folder / 'log').read_text()}")
            time.sleep(0.01)

    def refused(self, port, context):
        """The client's own view of being refused differs with the version; it gets no answer."""
        try:
            stream = self.connect(port, context)
            stream.sendall(frame("no"))
            self.assertEqual(read_frame(stream), b"")
        except (ssl.SSLError, ConnectionError):
            pass

    def test_python_sends_by_both_versions(self):
        port = self.listen(", allow: [analyser-1.lab.example]")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.client()
            context.minimum_version = context.maximum_version = version
            stream = self.connect(port, context)
            for control_id in ("1", "2"):
                stream.sendall(frame(control_id))
                self.assertIn(b"MSA|AA|" + control_id.encode(), read_frame(stream))

    def test_s_client_sends(self):
        port = self.listen()
        done = subprocess.run(
            ["sh", "-c", "(cat frame; sleep 2) | openssl s_client -quiet -verify_return_error -no_ign_eof -servername localhost "
             f"-connect 127.0.0.1:{port} -CAfile tls/ca.pem -cert tls/analyser-1.pem -key tls/analyser-1.key"],
            cwd=self.put("frame", frame("s1")), capture_output=True, timeout=PATIENCE_S)
        self.assertIn(b"MSA|AA|s1", done.stdout, done.stderr)

    def put(self, name, content):
        (self.folder / name).write_bytes(content)
        return self.folder

    def test_refusals_are_logged_by_name(self):
        port = self.listen(", allow: [analyser-1.lab.example]")
        self.refused(port, self.client(name=None))
        self.wait_logged("no_certificate")
        self.refused(port, self.client("listener"))
        self.wait_logged("name_not_allowed")
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as plain:
            plain.sendall(frame("plain"))
            self.wait_logged("plaintext")

    def test_a_certificate_is_changed_without_a_restart(self):
        port = self.listen()
        old = self.connect(port, self.client())
        before = old.getpeercert()["serialNumber"]
        issue = re.search(r"issue\(\) \{.*?\n\}\n", GUIDE, re.DOTALL).group(0)
        self.shell(issue + "issue listener DNS:localhost,IP:127.0.0.1", "tls")
        deadline = time.monotonic() + PATIENCE_S
        while self.connect(port, self.client()).getpeercert()["serialNumber"] == before:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)  # files are looked at once a second
        old.sendall(frame("old"))
        self.assertIn(b"MSA|AA|old", read_frame(old))

    def test_a_certificate_is_taken_back(self):
        self.shell(block("revoke.sh"), "tls")
        port = self.listen(", crl: tls/ca.crl")
        self.refused(port, self.client())
        self.wait_logged("revoked")
        stream = self.connect(port, self.client("listener"))
        stream.sendall(frame("1"))
        self.assertIn(b"MSA|AA|1", read_frame(stream))

    def test_the_sink_sends_to_python(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.tls / "ca.pem")
        context.load_cert_chain(self.tls / "listener.pem", self.tls / "listener.key")
        context.verify_mode = ssl.CERT_REQUIRED
        got = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            def serve():
                plain, _ = server.accept()
                with context.wrap_socket(plain, server_side=True) as stream:
                    for _ in range(3):
                        text = read_frame(stream)
                        got.append(text.split(b"|")[9])
                        stream.sendall(answer_to(text))
            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            self.put("in.hl7", b"".join(map(message, ("a", "b", "c"))))
            process = self.run_aorta(SENDING % server.getsockname()[1])
            self.assertEqual(process.wait(PATIENCE_S), 0, (self.folder / "log").read_text())
            thread.join(PATIENCE_S)
        self.assertEqual(got, [b"a", b"b", b"c"])

    def test_aorta_sends_to_aorta(self):
        port = self.listen(", allow: [analyser-1.lab.example]")
        self.put("in.hl7", b"".join(map(message, ("a", "b"))))
        process = self.run_aorta(SENDING % port, "sending.yaml")
        self.assertEqual(process.wait(PATIENCE_S), 0, (self.folder / "log").read_text())
        self.assertEqual((self.folder / "stored.hl7").read_bytes().count(b"MSH|"), 2)

    def check(self, *arguments):
        done = subprocess.run([AORTA, "tls", "check", *map(str, arguments)], cwd=self.folder, capture_output=True, text=True,
                              timeout=PATIENCE_S)
        return done.returncode, done.stdout + done.stderr

    def test_check_of_files(self):
        code, text = self.check("tls/listener.pem", "--key", "tls/listener.key", "--authorities", "tls/ca.pem")
        self.assertEqual(code, 0, text)
        self.assertRegex(text, "36[45] days left")
        for part in ("CN=listener", "CN=Hospital CA", "DNS:localhost", "is its key", "vouch"):
            self.assertIn(part, text)
        code, text = self.check("tls/listener.pem", "--key", "tls/analyser-1.key")
        self.assertEqual(code, 1)
        self.assertIn("is not the key", text)
        code, text = self.check("tls/listener.pem", "--authorities", "tls/analyser-1.pem")
        self.assertEqual(code, 1)
        self.assertIn("no authority", text)
        code, text = self.check("tls/ca.pem", "tls/listener.pem", "--json")
        self.assertEqual(code, 0)
        self.assertEqual([item["certificates"][0]["authority"] for item in json.loads(text)], [True, False])
        code, text = self.check("nowhere.pem")
        self.assertEqual(code, 74)

    def test_check_of_ports(self):
        port = self.listen()
        own = ("--authorities", "tls/ca.pem", "--certificate", "tls/analyser-1.pem", "--key", "tls/analyser-1.key")
        code, text = self.check(f"localhost:{port}", *own)
        self.assertEqual(code, 0, text)
        self.assertIn("TLSv1.3", text)
        self.assertIn("CN=listener", text)
        code, text = self.check(f"localhost:{port}", "--authorities", "tls/ca.pem")
        self.assertEqual(code, 1)
        self.assertIn("certificate required", text)
        code, text = self.check(f"localhost:{port}", *own, "--server-name", "ehr.example")
        self.assertEqual(code, 1)
        self.assertIn("--server-name", text)
        code, text = self.check(f"localhost:{port}", *own[2:])
        self.assertEqual(code, 1)
        self.assertIn("--authorities", text)

    def test_check_of_ports_without_tls(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            code, text = self.check(f"127.0.0.1:{port}", "--timeout", "1")
            self.assertEqual(code, 1)
            self.assertIn("may not speak TLS", text)
        code, text = self.check(f"127.0.0.1:{port}")
        self.assertEqual(code, 69)


if __name__ == "__main__":
    if shutil.which("openssl") is None:
        print("skipped: the command openssl is not installed")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
