"""An MLLP peer that writes down what it got, in order, before it answers; and misbehaves when told to."""
import socket
import threading

import mllp
from sender import Ledger

MODES = ("good", "stall", "flap", "half_open", "wrong", "away")


class Receiver:
    """good: answers AA. stall: reads and writes down, never answers. flap: ends each connection after some messages,
    the last unanswered. half_open: neither reads nor answers. wrong: every third answer is to another message or
    no HL7 at all. refuse: answers AE. away: takes no connections and ends those that there are."""

    def __init__(self, ledger):
        self.ledger = Ledger(ledger)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mode = "good"
        self.changed = threading.Condition()
        self.connections = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def behave(self, mode):
        """Connections made before end, so that the mode counts for all that is to come."""
        with self.changed:
            if mode != self.mode:
                self.mode = mode
                self.changed.notify_all()
                for connection in self.connections:
                    self.end(connection)

    @staticmethod
    def end(connection):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended already

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            with self.changed:
                if self.mode == "away":
                    connection.close()
                    continue
                self.connections.add(connection)
                mode = self.mode
            threading.Thread(target=self.serve, args=[connection, mode], daemon=True).start()

    def serve(self, connection, mode):
        try:
            with connection:
                if mode == "half_open":
                    with self.changed:
                        self.changed.wait_for(lambda: self.mode != mode)
                    return
                self.talk(connection, mode)
        except OSError:
            pass  # the engine was killed
        finally:
            with self.changed:
                self.connections.discard(connection)

    def talk(self, connection, mode):
        reader, count = mllp.Reader(), 0
        while data := connection.recv(65536):
            for payload in reader.feed(data):
                count += 1
                self.ledger.note(got=mllp.control_id(payload), sha=mllp.digest(payload))
                if mode == "flap" and count % 5 == 0:
                    return
                if mode == "wrong" and count % 3 == 0:
                    connection.sendall(mllp.answer(payload, "AA", "NOBODY") if count % 2 else mllp.frame(b"nonsense"))
                elif mode != "stall":
                    connection.sendall(mllp.answer(payload, "AE" if mode == "refuse" else "AA"))
