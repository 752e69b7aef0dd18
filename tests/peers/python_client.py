"""python3-hl7's MLLPClient, driven as npm/client.mjs is; it says the whole answer, too. A thread for each connection, since it blocks."""
import argparse
import json
import queue
import ssl
import sys
import threading

import hl7
from hl7.client import MLLPClient

HOST = "127.0.0.1"


class Connection:
    def __init__(self, number, port, context):
        self._number, self._port, self._context = number, port, context
        self._client = None
        self.texts = queue.Queue()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _connect(self):
        client = MLLPClient(HOST, self._port)
        if self._context:
            client.socket = self._context.wrap_socket(client.socket, server_hostname="localhost")
        return client

    def _send(self, text):
        try:
            self._client = self._client or self._connect()
            answer = self._client.send_message(text)
            if not answer:
                raise OSError("connection closed")
            text = answer.decode().strip("\x0b\x1c\r") + "\r"
            msa = hl7.parse(text).segment("MSA")
            return {"code": str(msa[1]), "id": str(msa[2]), "text": text}
        except OSError as error:
            if self._client:
                self._client.close()
            self._client = None
            return {"error": str(error)}

    def _run(self):
        while (text := self.texts.get()) is not None:
            line = json.dumps({"on": self._number, **self._send(text)})
            sys.stdout.write(line + "\n")  # one write, so that lines of threads do not mix
            sys.stdout.flush()
        if self._client:
            self._client.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    arguments = parser.parse_args()
    context = ssl.create_default_context(cafile=arguments.ca) if arguments.ca else None
    if arguments.cert:
        context.load_cert_chain(arguments.cert, arguments.key)
    connections = {}
    for line in sys.stdin:
        command = json.loads(line)
        number = command["on"]
        if number not in connections:
            connections[number] = Connection(number, arguments.port, context)
        connections[number].texts.put(command["send"])
    for connection in connections.values():
        connection.texts.put(None)


if __name__ == "__main__":
    main()
