"""What the stream of crash_points.py does not pass: the replay of dead letters, what --to-dead-letters gives up, and the
small files that plugins replace as a whole (sequence numbers of MLLP senders, the checkpoint of the file source). Each
scene kills the engine once at a point and gives what went wrong after another start, as a list. With `forgets`, the
negative control, the file that carries the promise is removed between the two lives: something must go wrong."""
import json
import signal
import socket
import subprocess
import time

import checker
import kill
import mllp
import receiver

PATIENCE = 60
RECORDS = 40
STORAGE = "budget: 256KiB\nstorage: { path: storage, plaintext: true }\n"
INTAKE = 'intake: { source: mllp, ack: { level: durable }, with: { listen: "127.0.0.1:0", port_file: port%s } }'


class Life:
    """Engines of one folder, one after the other, and what is asked of them."""

    def __init__(self, aorta, folder):
        self.aorta, self.folder = aorta, folder
        self.engine = kill.Engine(aorta, folder)

    def write(self, *nodes):
        text = "aorta: 1\npipeline: scene\n" + STORAGE + "nodes:\n" + "".join(f"  {node}\n" for node in nodes)
        (self.folder / "pipeline.yaml").write_text(text)

    def launch(self, crash_at="", *more):
        self.engine.command = self.engine.command[:8] + list(more)
        self.engine.launch(crash_at)

    def wait(self, claim):
        """True when it came about before the engine ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            is_alive = self.engine.process.poll() is None
            if claim():
                return True
            if not is_alive:
                return False
            time.sleep(0.01)  # waits for another process
        return False

    def was_killed(self):
        """Waits for the end that the crash point makes."""
        self.wait(lambda: False)
        if self.engine.process.poll() is None:
            self.engine.kill()
            return False
        return self.engine.process.returncode == -signal.SIGKILL

    def connect(self):
        port = self.folder / "port"
        if not self.wait(lambda: port.exists() and port.read_text().strip()):
            return None
        try:
            return socket.create_connection(("127.0.0.1", int(port.read_text())), timeout=5)
        except OSError:
            return None

    def letters(self):
        seen = subprocess.run([self.aorta, "dead-letters", "list", "pipeline.yaml", "--json"], cwd=self.folder,
                              capture_output=True, text=True)
        return json.loads(seen.stdout or "[]") if seen.returncode == 0 else []

    def got(self):
        return [line["got"] for line in checker.lines(self.folder / "receiver.jsonl")]


def ask(connection, payload):
    """The fields of MSA of the answer; None when the engine is gone."""
    reader = mllp.Reader()
    try:
        connection.sendall(mllp.frame(payload))
        while data := connection.recv(65536):
            for answer in reader.feed(data):
                return mllp.fields(answer, b"MSA")
    except OSError:
        pass  # it was killed
    return None


def send_all(life):
    connection = life.connect()
    with connection:
        for number in range(RECORDS):
            ask(connection, mllp.message("P", number, 10))


def replay(aorta, folder, point, count, forgets):
    """All that the peer refused is asked for again: each reaches it, and no letter is left."""
    peer, life = receiver.Receiver(folder / "receiver.jsonl"), Life(aorta, folder)
    peer.behave("refuse")
    life.write(INTAKE % "", f'ehr: {{ sink: mllp, from: intake, with: {{ connect: "127.0.0.1:{peer.port}" }} }}')
    life.launch()
    send_all(life)
    life.wait(lambda: len(life.letters()) == RECORDS)
    problems = [] if life.engine.end() == 0 else ["the first life did not end well"]
    refused = len(life.got())
    peer.behave("good")
    subprocess.run([aorta, "dead-letters", "replay", "--all", "pipeline.yaml"], cwd=folder, capture_output=True, check=True)
    life.launch(f"{point}:{count}")
    if not life.was_killed():
        problems.append("it was not reached")
    if forgets:
        (folder / "storage" / "dead_letters.db").unlink()
    life.launch()
    if not life.connect() or not life.wait(lambda: not life.letters()):
        problems.append(f"{len(life.letters())} letters are left")
    if life.engine.end() != 0:
        problems.append("aorta did not end well")
    again = life.got()[refused:]
    lost = RECORDS - len(set(again))
    return problems + ([f"{lost} lost"] if lost else []) + (["more than twice"] if len(again) > 2 * RECORDS else [])


def undertaker(aorta, folder, point, count, forgets):
    """What waits for a sink that is gone becomes a letter, each one, once."""
    life = Life(aorta, folder)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    life.write(INTAKE % "", f'ehr: {{ sink: mllp, from: intake, buffer: disk, with: {{ connect: "127.0.0.1:{port}" }} }}')
    life.launch()
    send_all(life)
    problems = [] if life.engine.end() == 0 else ["the first life did not end well"]
    life.write(INTAKE % "", "other: { sink: file, from: intake, with: { path: stored.hl7 } }")
    life.launch(f"{point}:{count}", "--to-dead-letters", "ehr")
    if not life.was_killed():
        problems.append("it was not reached")
    if forgets:
        (folder / "storage" / "dead_letters.db").unlink()
    life.launch("", "--to-dead-letters", "ehr")
    if not life.engine.work_off():
        problems.append("the storage still holds something")
    if life.engine.end() != 0:
        problems.append("aorta did not end well")
    found = len(life.letters())
    return problems + ([f"{found} letters of {RECORDS}"] if found != RECORDS else [])


def numbered(number):
    """A message with a sequence number; without, the question which is expected."""
    header, rest = mllp.message("P", number or 0, 10).split(b"\r", 1)
    return header + b"|%d" % (number or 0) + b"\r" + (rest if number else b"")


def sequence(aorta, folder, point, count, forgets):
    """A number whose message was accepted is expected no more, and none is passed over."""
    life = Life(aorta, folder)
    life.write(INTAKE % ", sequence: { file: numbers }", "out: { sink: file, from: intake, with: { path: stored.hl7 } }")
    last, problems, next_number = 0, [], 1
    for crash_at in (f"{point}:{count}", ""):
        life.launch(crash_at)
        connection = life.connect()
        if connection is None:  # it was killed at its start
            problems += [] if crash_at and life.was_killed() else ["it did not start"]
            continue
        with connection:
            if not crash_at:
                expected = int(ask(connection, numbered(None))[4])
                if expected not in (last + 1, last + 2) and (last, expected) != (0, -1):
                    problems.append(f"expected {expected}, and {last} was the last that was accepted")
                next_number = max(expected, 1)
            for number in range(next_number, RECORDS + 1):
                said = ask(connection, numbered(number))
                if said is None:
                    break
                if said[1] != b"AA":
                    problems.append(f"{number} was not accepted")
                last = number
        if crash_at:
            if not life.was_killed():
                problems.append("it was not reached")
            if forgets:
                (folder / "numbers").unlink(missing_ok=True)
    if last != RECORDS:
        problems.append(f"{last} of {RECORDS} accepted")
    if not life.engine.work_off() or life.engine.end() != 0:
        problems.append("aorta did not end well")
    stored = {mllp.control_id(b"MSH" + part) for part in (folder / "stored.hl7").read_bytes().replace(b"\n", b"\r").split(b"MSH")}
    lost = {f"P-{number}" for number in range(1, RECORDS + 1)} - stored
    return problems + ([f"{len(lost)} lost"] if lost else [])


def checkpoint(aorta, folder, point, count, forgets):
    """What the checkpoint says is done is not read again; all else is."""
    peer, life = receiver.Receiver(folder / "receiver.jsonl"), Life(aorta, folder)
    records = [mllp.message("P", 10_000 + number, 400) for number in range(4000)]
    size = len(records[0])
    (folder / "in.hl7").write_bytes(b"".join(records))
    life.write("intake: { source: file, with: { path: in.hl7, checkpoint: done, checkpoint_interval: 10ms } }",
               f'out: {{ sink: mllp, from: intake, with: {{ connect: "127.0.0.1:{peer.port}" }} }}')
    life.launch(f"{point}:{count}")
    problems = [] if life.was_killed() else ["it was not reached"]
    done = set()
    if (folder / "done").exists():
        for line in (folder / "done").read_text().splitlines():
            if line.startswith("done "):
                begin, end = (int(word) for word in line.split()[1:])
                done |= set(range(-(-begin // size), (end + 1) // size))
        if forgets:
            (folder / "done").unlink()
    before = len(life.got())
    life.launch()
    life.wait(lambda: False)
    if life.engine.process.returncode != 0:
        problems.append("aorta did not end well")
    lost = len(records) - len(set(life.got()))
    again = {int(one.split("-")[1]) - 10_000 for one in life.got()[before:]} & done
    return problems + ([f"{lost} lost"] if lost else []) + ([f"{len(again)} settled ones again"] if again else [])


# By the first word of a point's name: the scenes, and at which times that it is reached.
SCENES = {"replay": [replay], "undertaker": [undertaker], "files": [sequence, checkpoint]}
ONCE = {"replay.taken"}


def of(point):
    """(scene, count) of a point; none when the stream of crash_points.py passes it."""
    return [(scene, count) for scene in SCENES.get(point.split(".")[0], ()) for count in ((1,) if point in ONCE else (1, 3))]


# When the file that is forgotten exists, and says what nothing else says. (The undertaker's letters are made again.)
CONTROLS = [("replay.taken", 1, replay), ("files.replaced", 3, sequence), ("files.replaced", 3, checkpoint)]
