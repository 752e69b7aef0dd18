"""The row queued_50k_memory: what a queue of large messages costs when the peer of a sink does not answer."""
import socket
import threading

from engine_process import Engine
from messages import oru
from rows import Failed, Row

MESSAGES = 1000
MESSAGE_BYTES = 50_000
WARM_UP = 20  # pools and code that are there once
PIPELINE = """aorta: 1
pipeline: bench
budget: 1GiB
nodes:
  intake: { source: mllp, ack: { level: received, after: decode }, with: { listen: "127.0.0.1:0", port_file: "{folder}/port" } }
  decode: { process: decode_hl7v2, from: intake }
  peer: { sink: mllp, from: decode, with: { connect: "127.0.0.1:PORT", timeout: 1h } }
"""


class Sender:
    """Sends messages one by one, each when the one before is accepted."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port))

    def send(self, numbers):
        sent = 0
        for number in numbers:
            message = oru(f"Q{number:06}", MESSAGE_BYTES)
            sent += len(message)
            self._socket.sendall(b"\x0b" + message + b"\x1c\r")
            answer = b""
            while b"\x1c\r" not in answer:
                piece = self._socket.recv(4096)
                if not piece:
                    raise Failed("aorta closed a connection")
                answer += piece
            if b"MSA|AA|Q%06d" % number not in answer:
                raise Failed("a message was not accepted")
        return sent


def answer_all(connection):
    """The peer comes back: accepts whatever it is sent."""
    received = b""
    while piece := connection.recv(1 << 20):
        received += piece
        while b"\x1c\r" in received:
            frame, received = received.split(b"\x1c\r", 1)
            control_id = frame.split(b"|", 10)[9]
            connection.sendall(b"\x0bMSH|^~\\&|||||||ACK|1|P|2.5.1\rMSA|AA|" + control_id + b"\r\x1c\r")


def measure(row, options):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with Engine(options, PIPELINE.replace("PORT", str(silent.getsockname()[1]))) as engine:
            sender = Sender(engine.port())
            sender.send(range(WARM_UP))
            before = engine.resident_bytes()
            sent = sender.send(range(WARM_UP, WARM_UP + MESSAGES))
            grown = engine.resident_bytes() - before
            connection, _ = silent.accept()
            with connection:
                peer = threading.Thread(target=answer_all, args=(connection,), daemon=True)
                peer.start()
                engine.end()
            peer.join()
    mebibyte = 1 << 20
    return row.result(grown / sent, measured=round(grown / mebibyte, 1), floor=round(sent / mebibyte, 1))


ROWS = [
    Row(name="queued_50k_memory", bar=2, better="lower", unit="MiB", measure=measure,
        targets=["aorta", "aorta_plugin_source_mllp", "aorta_plugin_processor_decode_hl7v2", "aorta_plugin_sink_mllp"],
        what="growth of resident memory by 1,000 queued ORUs of 50 kB, against their bytes"),
]
