"""Sends numbered messages of patients over some connections, as a careful sender does: in order for each patient, a
few under way, and after a broken connection everything again that was not acknowledged. Writes its ledger: a line of
JSON for each message that was sent first and for each answer."""
import collections
import json
import random
import socket
import threading
import time

import mllp


class Ledger:
    def __init__(self, path):
        self.file = open(path, "a", buffering=1, encoding="ascii")
        self.lock = threading.Lock()

    def note(self, **line):
        with self.lock:
            self.file.write(json.dumps(line) + "\n")

    def close(self):
        self.file.close()


class Connection(threading.Thread):
    """Has patients of its own, so that their messages have an order."""

    def __init__(self, sender, number):
        super().__init__(daemon=True)
        self.sender = sender
        self.random = random.Random(f"{sender.seed}/{number}")
        self.keys = [f"P{number:02}{patient:02}" for patient in range(sender.patients)]
        self.counts = collections.Counter()
        self.waiting = collections.deque()  # sent, not acknowledged, in order

    def run(self):
        while not (self.sender.is_stopping and not self.waiting) and not self.sender.is_given_up:
            try:
                with socket.create_connection(("127.0.0.1", self.sender.port()), timeout=5) as sock:
                    self.talk(sock)
            except (OSError, ValueError):
                time.sleep(0.005)  # the engine is down: that is the point

    def talk(self, sock):
        reader = mllp.Reader()
        sock.settimeout(self.sender.patience)
        under_way = len(self.waiting)
        for _, payload in self.waiting:
            sock.sendall(mllp.frame(payload))
        while not self.sender.is_given_up:
            while under_way < self.sender.window and not self.sender.is_stopping:
                sock.sendall(mllp.frame(self.next_message()))
                under_way += 1
            if under_way == 0:
                return
            data = sock.recv(65536)
            if not data:
                return
            for payload in reader.feed(data):
                self.take(payload)
                under_way -= 1

    def next_message(self):
        key = self.random.choice(self.keys)
        self.counts[key] += 1
        large = self.random.random() < 0.05
        payload = mllp.message(key, self.counts[key], self.random.randrange(20000 if large else 600))
        identifier = mllp.control_id(payload)
        self.sender.ledger.note(sent=identifier, key=key, number=self.counts[key], sha=mllp.digest(payload),
                                size=len(payload))
        self.waiting.append((identifier, payload))
        return payload

    def take(self, payload):
        """Answers come in the order of the messages."""
        verdict = mllp.fields(payload, b"MSA")
        code, about = (part.decode("ascii", "replace") for part in verdict[1:3])
        expected, _ = self.waiting.popleft()
        if about != expected:
            self.sender.ledger.note(wrong_answer=about, instead_of=expected)
        self.sender.ledger.note(answer=expected, code=code)
        self.sender.answers += 1


class Sender:
    def __init__(self, ledger, port_file, seed, connections=4, patients=5, window=8, patience=20):
        self.ledger, self.port_file, self.seed = Ledger(ledger), port_file, seed
        self.patients, self.window, self.patience = patients, window, patience
        self.is_stopping = self.is_given_up = False
        self.answers = 0
        self.connections = [Connection(self, number) for number in range(connections)]
        for connection in self.connections:
            connection.start()

    def port(self):
        return int(self.port_file.read_text())

    def finish(self, seconds):
        """No new messages; true when all were answered within this time."""
        self.is_stopping = True
        deadline = time.monotonic() + seconds
        for connection in self.connections:
            connection.join(max(0, deadline - time.monotonic()))
        self.is_given_up = True
        done = not any(connection.waiting for connection in self.connections)
        for connection in self.connections:
            connection.join(self.patience + 6)
        self.ledger.close()
        return done
