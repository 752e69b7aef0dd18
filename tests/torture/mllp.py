"""MLLP in twenty lines, and the messages of the torture: nothing here is shared with the engine."""
import hashlib

START, END = b"\x0b", b"\x1c\r"


def frame(payload):
    return START + payload + END


class Reader:
    """Cuts a stream of bytes into payloads."""

    def __init__(self):
        self.buffer = b""

    def feed(self, data):
        self.buffer += data
        *whole, self.buffer = self.buffer.split(END)
        return [payload[payload.index(START) + 1:] for payload in whole if START in payload]


def fields(payload, segment):
    """The fields of the first such segment, by the numbers that HL7 gives them."""
    for line in payload.split(b"\r"):
        if line.startswith(segment + b"|"):
            cut = line.split(b"|")
            return [segment, b"|"] + cut[1:] if segment == b"MSH" else cut
    return []


def control_id(payload):
    header = fields(payload, b"MSH")
    return header[10].decode("ascii", "replace") if len(header) > 10 else ""


def digest(payload):
    return hashlib.sha256(payload).hexdigest()[:32]


def message(key, number, padding):
    """The number-th message of a patient; its control id says so."""
    return (f"MSH|^~\\&|TORTURE|WARD|AORTA|HOSPITAL|20240101120000||ADT^A01^ADT_A01|{key}-{number}|P|2.5.1\r"
            f"EVN||20240101120000\r"
            f"PID|1||{key}^^^HOSPITAL^MR||Torture^Test||19700101|F\r"
            f"PV1|1|I|WARD\r"
            f"NTE|1||{'x' * padding}\r").encode()


def answer(payload, code, about=None):
    identifier = control_id(payload) if about is None else about
    return frame(f"MSH|^~\\&|AORTA|HOSPITAL|TORTURE|WARD|20240101120000||ACK|A{identifier}|P|2.5.1\r"
                 f"MSA|{code}|{identifier}\r".encode())
