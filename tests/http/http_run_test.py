#!/usr/bin/env python3
"""http_run_test.py AORTA: curl and raw sockets talk to the http source of `aorta run`; its http sink talks to a FHIR server that keeps to
the exchange rules; and the two talk to each other."""
import gzip
import http.client
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from fhir_server import HANG_UP, FhirServer

AORTA = pathlib.Path(sys.argv.pop(1)).resolve()
PATIENCE_S = 60
CANARY = "CANARYNAME"
FHIR = "application/fhir+json"

SOURCE = """
aorta: 1
pipeline: receiving
shutdown_grace: 5s
nodes:
  intake:
    source: http
    ack: { level: delivered%(ack)s }
    with:
      listen: "127.0.0.1:0"
      port_file: port
      paths: [ { path: /fhir, kind: fhir }, { path: /hook }, { path: /hl7, accept: [ x-application/hl7-v2+er7 ] } ]
      max_message: 1MiB
      request_timeout: 1s
      %(options)s
  store: %(store)s
"""
FILE = "{ sink: file, from: intake, with: { path: stored.txt } }"
SINK = """
aorta: 1
pipeline: sending
shutdown_grace: 5s
nodes:
  batch: { source: file, with: { path: in.ndjson, format: ndjson } }
  server: { sink: http, from: batch, retry: { first: 20ms, longest: 100ms }, with: { url: "%(url)s", %(options)s } }
"""


def patient(value=None, **more):
    identifier = {"identifier": [{"system": "urn:mrn", "value": value}]} if value else {}
    return {"resourceType": "Patient", **identifier, "name": [{"family": CANARY}], **more}


def eventually(claim):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        value = claim()
        if value:
            return value
        time.sleep(0.01)  # looks at another process
    raise AssertionError("it did not happen in time")


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-http-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.log = self.folder / "log"

    def start(self, pipeline, name="p.yaml"):
        (self.folder / name).write_text(pipeline)
        log = self.log.open("ab")
        self.addCleanup(log.close)
        process = subprocess.Popen([AORTA, "run", name, "--state", f"state-{name}"], cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=log)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
        return process.returncode

    def no_canary(self):
        self.assertNotIn(CANARY, self.log.read_text())


class Source(Case):
    def listen(self, options="", store=FILE, ack=""):
        process = self.start(SOURCE % {"options": options, "store": store, "ack": ack})
        port = self.folder / "port"
        eventually(lambda: port.exists() or process.poll() is not None)
        self.assertTrue(port.exists(), self.log.read_text())
        self.port = int(port.read_text())
        return process

    def curl(self, path, *arguments, scheme="http", body=None):
        """(status, headers, body)"""
        done = subprocess.run(["curl", "-s", "-i", "--max-time", str(PATIENCE_S), *arguments, f"{scheme}://127.0.0.1:{self.port}{path}"],
                              input=body, capture_output=True, check=True, cwd=self.folder)
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        while head.startswith(b"HTTP/1.1 100"):
            head, _, rest = rest.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode(), rest

    def raw(self, data, wait=True):
        """All that a connection answers to these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as stream:
            stream.sendall(data)
            if wait:
                stream.shutdown(socket.SHUT_WR)
            taken = b""
            while some := stream.recv(65536):
                taken += some
            return taken

    def stored(self):
        path = self.folder / "stored.txt"
        return path.read_bytes() if path.exists() else b""

    def test_curl_posts_and_puts(self):
        process = self.listen()
        json_type = ("-H", f"Content-Type: {FHIR}")
        status, head, body = self.curl("/fhir/Patient", *json_type, "--data-binary", "@-", body=json.dumps(patient("1")).encode())
        self.assertEqual(status, 201, body)
        self.assertEqual(json.loads(body)["resourceType"], "OperationOutcome")
        status, head, _ = self.curl("/fhir/Patient/7", *json_type, "-X", "PUT", "--data-binary", "@-", body=json.dumps(patient(id="7")).encode())
        self.assertEqual(status, 200)
        self.assertIn("Location: /fhir/Patient/7", head)
        self.assertEqual(self.curl("/hook", "-d", "x=1")[0], 200)
        big = b"B" * 900_000
        for more in ((), ("-H", "Transfer-Encoding: chunked"), ("-H", "Expect: 100-continue"), ("-0",)):
            self.assertEqual(self.curl("/hook", "-H", "Content-Type: text/plain", *more, "--data-binary", "@-", body=big)[0], 200, more)
        self.assertEqual(self.stored().count(big), 4)
        self.assertEqual(self.end(process), 0)
        self.no_canary()

    def test_curl_hears_why_not(self):
        self.listen()
        json_type = ("-H", f"Content-Type: {FHIR}")
        self.assertEqual(self.curl("/fhir/Patient", *json_type, "-d", "nonsense")[0], 400)
        self.assertEqual(self.curl("/fhir/Patient", "-H", "Content-Type: application/fhir+xml", "-d", "<Patient/>")[0], 415)
        self.assertEqual(self.curl("/fhir/Patient", *json_type, "-H", "Accept: application/fhir+xml", "-d", "{}")[0], 406)
        self.assertEqual(self.curl("/fhir/Patient", *json_type, "-H", "Content-Encoding: gzip", "--data-binary", "@-",
                                   body=gzip.compress(b"{}"))[0], 415)
        status, head, body = self.curl("/fhir/Patient/7")
        self.assertEqual((status, json.loads(body)["issue"][0]["code"]), (405, "not-supported"))
        self.assertIn("Allow: PUT", head)
        self.assertEqual(self.curl("/hl7", "-H", "Content-Type: text/html", "-d", "x")[0], 415)
        self.assertEqual(self.curl("/../../etc/passwd", "--path-as-is")[0], 404)
        self.assertEqual(self.curl("/hook", "-H", "Expect:", "--data-binary", "@-", body=b"x" * (2 << 20))[0], 413)
        self.assertEqual(self.curl("/hook", "--data-binary", "@-", "-H", "Expect: 100-continue", body=b"x" * (2 << 20))[0], 413)
        self.assertEqual(self.curl("/hook", "-I")[0], 405)
        status, _, body = self.curl("/fhir/metadata")
        self.assertEqual((status, json.loads(body)["fhirVersion"]), (200, "4.0.1"))
        self.assertEqual(self.stored(), b"")

    def test_one_connection_for_many_requests(self):
        self.listen()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        for number in range(200):
            connection.request("POST", "/hook", f"{number}\n", {"Content-Type": "text/plain"})
            response = connection.getresponse()
            self.assertEqual((response.status, response.read()), (200, b""))
        connection.close()
        self.assertEqual([int(line) for line in self.stored().split()], list(range(200)))

    def test_pipelined_requests_are_answered_in_order(self):
        self.listen()
        request = b"POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n%02d"
        unknown = b"GET /none HTTP/1.1\r\nHost: h\r\n\r\n"
        answers = self.raw(b"".join(request % number + unknown for number in range(50)))
        self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+)", answers), [b"200", b"404"] * 50)

    def test_what_can_be_read_in_two_ways_is_refused(self):
        self.listen()
        hidden = b"POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nhidden"
        for fields in (b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 5",
                       b"Content-Length: 0\r\nContent-Length: 5", b"Transfer-Encoding: xchunked", b"Transfer-Encoding : chunked",
                       b"Transfer-Encoding: gzip, chunked", b"Host: other", b"Content-Length: 0x5", b" folded: 1"):
            answer = self.raw(b"POST /hook HTTP/1.1\r\nHost: h\r\n" + fields + b"\r\n\r\n0\r\n\r\n" + hidden)
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1, fields)
            self.assertIn(answer.split()[1], (b"400", b"501"), fields)
            self.assertIn(b"Connection: close", answer)
        self.assertEqual(self.stored(), b"")

    def test_slow_clients_do_not_stay(self):
        self.listen()
        begun = time.monotonic()
        streams = [socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) for _ in range(50)]
        for stream in streams:
            stream.sendall(b"POST /hook HTTP/1.1\r\nHost: h\r\n")
        self.assertEqual(self.curl("/hook", "-d", "x")[0], 200)
        for stream in streams:
            answer = b""
            while some := stream.recv(4096):
                answer += some
            self.assertIn(b" 408 ", answer)
            stream.close()
        self.assertLess(time.monotonic() - begun, PATIENCE_S / 2)

    def test_credentials(self):
        (self.folder / "token").write_text("s3cret")
        (self.folder / "token").chmod(0o400)
        self.listen('auth: { bearer: !secret "file:token", basic: { user: lab, password: !secret "file:token" } }')
        self.assertEqual(self.curl("/hook", "-d", "x")[0], 401)
        self.assertEqual(self.curl("/hook", "-d", "x", "-u", "lab:wrong")[0], 401)
        self.assertEqual(self.curl("/hook", "-d", "x", "-u", "lab:s3cret")[0], 200)
        self.assertEqual(self.curl("/hook", "-d", "x", "-H", "Authorization: Bearer s3cret")[0], 200)
        self.assertNotIn("s3cre", self.log.read_text())

    def test_tls(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "listener.key", "-out", "listener.pem"],
                       cwd=self.folder, check=True, capture_output=True)
        (self.folder / "listener.key").chmod(0o400)
        self.listen("tls: { certificate: listener.pem, key: listener.key }")
        trust = ("--cacert", "listener.pem")
        self.assertEqual(self.curl("/hook", "-d", "x", *trust, scheme="https")[0], 200)
        self.assertEqual(self.curl("/hook", "--data-binary", "@-", *trust, scheme="https", body=b"x" * 1_000_000)[0], 200)
        self.assertEqual(self.curl("/hook", "--data-binary", "@-", *trust, scheme="https", body=b"x" * 2_000_000)[0], 413)

    def test_invalid_data_and_outages_are_told_apart(self):
        server = FhirServer()
        self.addCleanup(server.stop)
        store = f'{{ sink: http, from: intake, retry: {{ first: 10ms }}, with: {{ url: "{server.base}", kind: fhir }} }}'
        self.listen(store=store, ack=", reply: store")
        json_type = ("-H", f"Content-Type: {FHIR}", "--data-binary", "@-")
        status, _, body = self.curl("/fhir/Patient", *json_type, body=json.dumps(patient("1", gender="male")).encode())
        self.assertEqual(status, 201)
        self.assertEqual(json.loads(body)["id"], "1")  # what the server made of it
        status, _, body = self.curl("/fhir/Patient", *json_type, body=json.dumps(patient("2", gender="m")).encode())
        self.assertEqual(status, 422)
        issue = json.loads(body)["issue"][0]
        self.assertEqual(issue["details"]["text"], "http.status_422")
        self.assertEqual(issue["diagnostics"], "code-invalid Patient.gender")
        self.assertNotIn(CANARY.encode(), body)
        self.no_canary()


class Sending(Case):
    def send(self, *resources, url, options="kind: fhir"):
        (self.folder / "in.ndjson").write_text("".join(json.dumps(resource) + "\n" for resource in resources))
        process = self.start(SINK % {"url": url, "options": options})
        code = process.wait(PATIENCE_S)
        self.no_canary()
        return code

    def letters(self):
        done = subprocess.run([AORTA, "dead-letters", "list", "p.yaml", "--state", "state-p.yaml", "--json"], cwd=self.folder,
                              capture_output=True, text=True)
        return done.stdout + done.stderr


class Sink(Sending):
    def setUp(self):
        super().setUp()
        self.server = FhirServer()
        self.addCleanup(self.server.stop)
        self.store = self.server.store

    def send(self, *resources, **more):
        return super().send(*resources, url=self.server.base, **more)

    def test_resources_arrive_in_order_by_the_request_that_fits(self):
        self.assertEqual(self.send(patient("a"), patient(id="x1"), patient(), {"resourceType": "Bundle", "type": "message", "entry": []}), 0,
                         self.log.read_text())
        self.assertEqual([(method, path) for method, path, _ in self.store.seen],
                         [("POST", "/r4/Patient"), ("PUT", "/r4/Patient/x1"), ("POST", "/r4/Patient"), ("POST", "/r4/$process-message")])
        self.assertEqual(self.store.order, ["Patient/1", "Patient/x1", "Patient/2"])

    def test_a_response_that_got_lost_makes_no_second_resource(self):
        self.store.plan = [HANG_UP, None, HANG_UP]
        self.assertEqual(self.send(patient("a"), patient("b"), patient(id="x1")), 0, self.log.read_text())
        self.assertEqual(sorted(kind + id for kind, id in self.store.resources), ["Patient1", "Patient2", "Patientx1"])
        self.assertGreater(len(self.store.seen), 3)

    def test_a_busy_server_is_waited_for(self):
        self.store.plan = [(429, [("Retry-After", "1")]), (503, []), (500, [])]
        begun = time.monotonic()
        self.assertEqual(self.send(patient("a"), patient("b")), 0, self.log.read_text())
        self.assertGreater(time.monotonic() - begun, 0.9)
        self.assertEqual(self.store.order, ["Patient/1", "Patient/2"])

    def test_refusals_become_dead_letters_and_the_rest_goes_on(self):
        self.store.resources = {("Patient", str(n)): patient("twice") for n in range(2)}
        self.send(patient("a", gender="m"), patient("twice"), patient("b"))
        self.assertEqual(self.store.order, ["Patient/1"])
        letters = self.letters()
        self.assertIn("http.status_422", letters)
        self.assertIn("code-invalid Patient.gender", letters)
        self.assertIn("http.status_412", letters)
        self.assertNotIn(CANARY, letters)

    def test_conditional_update_replaces(self):
        self.assertEqual(self.send(patient("a", gender="male"), patient("a", gender="female"), options="kind: fhir, conditional: update"), 0)
        self.assertEqual([r["gender"] for r in self.store.resources.values()], ["female"])

    def test_transactions_and_batches(self):
        def bundle(kind, *genders):
            return {"resourceType": "Bundle", "type": kind, "entry": [
                {"resource": patient(gender=gender), "request": {"method": "POST", "url": "Patient"}} for gender in genders]}
        self.send(bundle("transaction", "male", "female"), bundle("transaction", "male", "m"), bundle("batch", "male", "m"), bundle("batch", "male"))
        self.assertEqual(len(self.store.resources), 4)
        self.assertIn("entry[1] 422 code-invalid Patient.gender", self.letters())

    def test_oauth_token_is_renewed_when_the_server_wants_another(self):
        self.store.token = "t1"
        (self.folder / "secret").write_text("shh")
        (self.folder / "secret").chmod(0o400)
        options = (f'kind: fhir, oauth2: {{ token_url: "{self.server.root}/token", client_id: aorta, '
                   'client_secret: !secret "file:secret" }')
        self.assertEqual(self.send(patient("a"), patient("b"), options=options), 0, self.log.read_text())
        self.assertEqual(len(self.store.resources), 2)
        self.assertEqual([path for _, path, _ in self.store.seen], ["/token", "/r4/Patient", "/r4/Patient"])


NPM = pathlib.Path(__file__).resolve().parent / "npm"


@unittest.skipUnless((NPM / "node_modules").exists() and shutil.which("node"), "its peer is not installed: npm install in tests/http/npm")
class ForeignServer(Sending):
    def test_node_fhir_server_core_takes_creates_and_updates(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with subprocess.Popen(["node", NPM / "server.js", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as peer:
            self.addCleanup(peer.kill)
            self.assertEqual(peer.stdout.readline(), "ready\n")
            self.assertEqual(self.send(patient(), patient(id="x1"), patient(), url=f"http://127.0.0.1:{port}/4_0_0"), 0, self.log.read_text())
            self.assertEqual([peer.stdout.readline() for _ in range(3)], ["create 1\n", "update x1\n", "create 3\n"])
            self.send({"resourceType": "Observation", "id": "o1"}, url=f"http://127.0.0.1:{port}/4_0_0")  # it has Patients only
            self.assertIn("http.status_404", self.letters())
            peer.kill()


class Joined(Case):
    def test_sink_to_source(self):
        receiving = self.start(SOURCE % {"options": "", "store": FILE, "ack": ""})
        port = eventually(lambda: (self.folder / "port").exists() and (self.folder / "port").read_text())
        resources = [patient(str(number)) for number in range(500)]
        (self.folder / "in.ndjson").write_text("".join(json.dumps(resource) + "\n" for resource in resources))
        sending = self.start(SINK % {"url": f"http://127.0.0.1:{port.strip()}/fhir", "options": "kind: fhir"}, "s.yaml")
        self.assertEqual(sending.wait(PATIENCE_S), 0, self.log.read_text())
        self.assertEqual(self.end(receiving), 0)
        stored = (self.folder / "stored.txt").read_text()
        positions = [stored.find(json.dumps(resource)) for resource in resources]
        self.assertNotIn(-1, positions)
        self.assertEqual(positions, sorted(positions))
        self.no_canary()


if __name__ == "__main__":
    unittest.main(verbosity=2)
