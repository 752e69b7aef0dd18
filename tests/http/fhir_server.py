"""A FHIR R4 server in memory that keeps to the exchange rules: conditional create (201, 200, 412), update, conditional update, batch,
transaction (all or nothing), $process-message; and has its moods: `plan` holds what the next requests get instead."""
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANG_UP = "hang up after the work is done"


def outcome(code, diagnostics="DIAGNOSTICS CANARYNAME", expression=None):
    issue = {"severity": "error", "code": code, "diagnostics": diagnostics}
    if expression:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


class Store:
    def __init__(self):
        self.lock = threading.Lock()
        self.resources = {}  # (type, id) -> resource
        self.order = []      # of writes
        self.messages = []
        self.seen = []       # (method, path, headers)
        self.plan = []
        self.token = None
        self.next_id = 0

    def find(self, kind, criteria):
        query = urllib.parse.parse_qs(criteria)
        system, _, value = query["identifier"][0].rpartition("|")
        return [r for (t, _), r in self.resources.items() if t == kind and any(
            i.get("value") == value and i.get("system", "") == system for i in r.get("identifier", []))]

    def create(self, kind, resource, if_none_exist=None):
        if resource.get("resourceType") != kind:
            return 400, outcome("invalid")
        if resource.get("gender") not in (None, "male", "female", "other", "unknown"):
            return 422, outcome("code-invalid", expression=f"{kind}.gender")
        if if_none_exist:
            found = self.find(kind, if_none_exist)
            if found:
                return (200, found[0]) if len(found) == 1 else (412, outcome("multiple-matches"))
        self.next_id += 1
        return self.put(kind, str(self.next_id), resource)

    def put(self, kind, id, resource):
        is_new = (kind, id) not in self.resources
        self.resources[kind, id] = dict(resource, id=id)
        self.order.append(f"{kind}/{id}")
        return 201 if is_new else 200, self.resources[kind, id]

    def update(self, kind, id, resource):
        return self.put(kind, id, resource) if resource.get("id") == id else (400, outcome("invalid"))

    def conditional_update(self, kind, criteria, resource):
        found = self.find(kind, criteria)
        if len(found) > 1:
            return 412, outcome("multiple-matches")
        return self.put(kind, found[0]["id"], resource) if found else self.create(kind, resource)

    def entry(self, entry):
        request = entry["request"]
        kind, _, rest = request["url"].partition("/")
        if request["method"] == "PUT":
            return self.update(kind, rest, entry["resource"])
        return self.create(kind, entry["resource"], request.get("ifNoneExist"))

    def bundle(self, bundle):
        kept = dict(self.resources), list(self.order)
        results = [self.entry(entry) for entry in bundle.get("entry", [])]
        bad = [result for result in results if result[0] >= 400]
        if bundle["type"] == "transaction" and bad:
            self.resources, self.order = kept
            return bad[0]
        return 200, {"resourceType": "Bundle", "type": bundle["type"] + "-response", "entry": [
            {"response": {"status": f"{status} x", **({"outcome": body} if status >= 400 else {})}} for status, body in results]}

    def handle(self, method, path, query, headers, body):
        parts = [part for part in path.split("/") if part][1:]
        resource = json.loads(body)
        if method == "POST" and parts == ["$process-message"]:
            self.messages.append(resource)
            return 200, {"resourceType": "Bundle", "type": "message"}
        if method == "POST" and not parts:
            return self.bundle(resource)
        if method == "POST" and len(parts) == 1:
            return self.create(parts[0], resource, headers.get("If-None-Exist"))
        if method == "PUT" and len(parts) == 2:
            return self.update(*parts, resource)
        if method == "PUT" and len(parts) == 1 and query:
            return self.conditional_update(parts[0], query, resource)
        return 404, outcome("not-found")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        store = self.server.store
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        with store.lock:
            store.seen.append((self.command, self.path, dict(self.headers)))
            if path == "/token":
                self.answer(200, {"access_token": store.token, "expires_in": 3600})
                return
            mood = store.plan.pop(0) if store.plan else None
            if isinstance(mood, tuple):
                self.answer(mood[0], outcome("transient"), mood[1])
                return
            if store.token and self.headers.get("Authorization") != f"Bearer {store.token}":
                self.answer(401, outcome("login"))
                return
            status, answer = store.handle(self.command, path, query, self.headers, body)
            if mood == HANG_UP:
                self.close_connection = True
                return
            self.answer(status, answer)

    do_PUT = do_POST

    def answer(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class FhirServer:
    """Runs until stop()."""

    def __init__(self):
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.store = self.store = Store()
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()
        self.root = f"http://127.0.0.1:{self.http.server_port}"
        self.base = self.root + "/r4"

    def stop(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()
