"""MLLP for the tests that play a peer with plain sockets."""


def frames(connection):
    """The payloads of MLLP frames, until the connection ends."""
    received = b""
    while True:
        while b"\x1c\r" in received:
            frame, received = received.split(b"\x1c\r", 1)
            yield frame.lstrip(b"\x0b").decode()
        part = connection.recv(65536)
        if not part:
            return
        received += part
