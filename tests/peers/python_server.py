"""python3-hl7's MLLP server, driven as npm/server.mjs is (see there)."""
import argparse
import asyncio
import json
import os
import ssl
import sys

import hl7
from hl7.mllp import start_hl7_server

LIMIT_BYTES = 1 << 20


def say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class Server:
    def __init__(self, plan):
        self._plan = plan

    async def serve(self, reader, writer):
        try:
            while await self._answer(await reader.readmessage(), writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    async def _answer(self, message, writer):
        """False to end the connection."""
        control_id = str(message.segment("MSH")[10])
        planned = self._plan.get(control_id)
        what = planned.pop(0) if planned else "AA"
        say(got=control_id, answer=what)
        if what == "die":
            os._exit(0)
        if what == "silent":
            return True
        if what == "hang_up":
            return False
        ack = message.create_ack(what if what in ("AE", "AR") else "AA")
        if what == "wrong":
            ack.segment("MSA")[2] = "OTHER"
        writer.writemessage(ack)
        await writer.drain()
        return what != "close"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--plan", default="{}", type=json.loads)
    parser.add_argument("--ca")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--mutual", choices=["yes"])
    arguments = parser.parse_args()
    context = None
    if arguments.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=arguments.ca)
        context.load_cert_chain(arguments.cert, arguments.key)
        context.verify_mode = ssl.CERT_REQUIRED if arguments.mutual else ssl.CERT_NONE
    server = await start_hl7_server(Server(arguments.plan).serve, "127.0.0.1", arguments.port, limit=LIMIT_BYTES,
                                    ssl=context)
    say(listening=server.sockets[0].getsockname()[1])
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until it ends
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
