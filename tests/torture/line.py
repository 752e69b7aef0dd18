"""A line between two workers that can be cut: a proxy for TCP."""
import select
import socket
import threading


class Line:
    """Passes on what comes to `port`; while it is cut, connections end and none is taken."""

    def __init__(self, to_port):
        self.to_port = to_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_cut = False
        self.pairs = set()
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def cut(self):
        with self.lock:
            self.is_cut = True
            for pair in self.pairs:
                for end in pair:
                    self.end(end)

    def mend(self):
        with self.lock:
            self.is_cut = False

    @staticmethod
    def end(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended already

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            threading.Thread(target=self.carry, args=[near], daemon=True).start()

    def carry(self, near):
        try:
            with near, socket.create_connection(("127.0.0.1", self.to_port), timeout=5) as far:
                far.settimeout(None)
                pair = (near, far)
                with self.lock:
                    if self.is_cut:
                        return
                    self.pairs.add(pair)
                try:
                    self.pump(near, far)
                finally:
                    with self.lock:
                        self.pairs.discard(pair)
        except OSError:
            pass  # a worker was killed, or is not there yet

    @staticmethod
    def pump(near, far):
        other = {near: far, far: near}
        while True:
            for end in select.select([near, far], [], [])[0]:
                data = end.recv(1 << 16)
                if not data:
                    return
                other[end].sendall(data)
