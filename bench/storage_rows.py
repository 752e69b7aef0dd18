"""The rows of the storage: the journal beside the disk's floor and other stores; the start with 1 GiB stored; an outbox
that catches up."""
import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from engine_process import Engine, free_port
from rows import PATIENCE_S, ROOT, Failed, Row, Skipped, program_row

sys.path.append(str(ROOT / "tests"))
from mllp_frames import frames  # noqa: E402

TARGETS = ["aorta", "aorta_plugin_source_mllp", "aorta_plugin_sink_mllp", "aorta_plugin_sink_discard"]
PIPELINE = """aorta: 1
pipeline: bench
storage: { path: "{folder}/storage", plaintext: true, max: 20GiB }
nodes:
  intake: { source: mllp, ack: { level: durable }, with: { listen: "127.0.0.1:0", port_file: "{folder}/port" } }
  ehr: { sink: mllp, from: intake, buffer: disk, lanes: 8, with: { connect: "127.0.0.1:PEER" } }
"""
PEER = """aorta: 1
pipeline: peer
nodes:
  intake: { source: mllp, ack: { level: received }, with: { listen: "127.0.0.1:PEER", port_file: "{folder}/port" } }
  nowhere: { sink: discard, from: intake }
"""
STORED_BYTES = 1 << 30
START_S = 2
LIVE_RATE = 200  # messages/s that come in while the outbox catches up
BACKLOG = 30000
TIMES = 5
HELD = re.compile(r"^aorta_outbox_records\{.*\} (\d+)", re.MULTILINE)


def message(number, padding):
    return (f"\x0bMSH|^~\\&|BENCH|WARD|AORTA|HOSPITAL|20240101120000||ADT^A08^ADT_A01|{number}|P|2.5.1\r"
            f"PID|1||P{number % 97}\rNTE|1||{'x' * padding}\r\x1c\r").encode()


def send(port, numbers, padding, window=64):
    """Sends them on one connection and waits for all answers."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        answers = frames(connection)
        waiting = 0
        for number in numbers:
            connection.sendall(message(number, padding))
            waiting += 1
            if waiting == window:
                next(answers)
                waiting -= 1
        for _ in range(waiting):
            next(answers)


def send_all(port, count, padding, connections=8):
    threads = [threading.Thread(target=send, args=[port, range(first, count, connections), padding])
               for first in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure_start(row, options):
    """Each message lies in the journal and in the outbox."""
    padding = 16 << 10
    with Engine(options, PIPELINE.replace("PEER", str(free_port()))) as engine:
        send_all(engine.port(), STORED_BYTES // padding // 2, padding)
        engine.kill()
        begin = time.monotonic()
        engine.start()
        send(engine.port(), [0], 10)
        taken = time.monotonic() - begin
        stored = sum(file.stat().st_size for file in (engine.folder / "storage/spool").iterdir())
    return row.result(taken / START_S, measured=round(taken, 3), floor=START_S, stored_bytes=stored)


def held(engine):
    with urllib.request.urlopen(f"http://127.0.0.1:{engine.admin_port}/metrics", timeout=PATIENCE_S) as page:
        found = HELD.search(page.read().decode())
    if found is None:
        raise Failed("the engine tells nothing of its outbox")
    return int(found.group(1))


class Live(threading.Thread):
    """Messages at the live rate, until it is stopped."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.sent, self.is_over = port, 0, False

    def run(self):
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as connection:
            answers = frames(connection)
            begin = time.monotonic()
            while not self.is_over:
                connection.sendall(message(self.sent, 500))
                next(answers)
                self.sent += 1
                time.sleep(max(0.0, begin + self.sent / LIVE_RATE - time.monotonic()))


def measure_catch_up(row, options):
    peer_port = free_port()
    with Engine(options, PIPELINE.replace("PEER", str(peer_port)), admin=True) as engine:
        send_all(engine.port(), BACKLOG, 500)
        live = Live(engine.port())
        live.start()
        with Engine(options, PEER.replace("PEER", str(peer_port))) as peer:
            peer.port()
            until = time.monotonic() + 2 * PATIENCE_S
            while held(engine) >= BACKLOG and time.monotonic() < until:
                time.sleep(0.01)
            sent, backlog, begin = live.sent, held(engine), time.monotonic()
            while held(engine) > LIVE_RATE and time.monotonic() < until:
                time.sleep(0.01)
            taken = time.monotonic() - begin
            rate = (backlog - held(engine) + live.sent - sent) / taken
            live.is_over = True
            live.join()
    return row.result(rate / LIVE_RATE, measured=round(rate), floor=LIVE_RATE, backlog=backlog)


def store_row(name):
    def measure(_, options):
        done = subprocess.run([str(options.bin / "stores_bench"), name], stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode == 69:
            raise Skipped(f"built without {name}: scripts/setup --bench")
        if done.returncode != 0:
            raise Failed(f"stores_bench ended with {done.returncode}")
        return json.loads(done.stdout)
    return Row(name=f"{name}_64", bar=None, better="", unit="", what="", targets=["stores_bench"], measure=measure)


ROWS = [
    program_row("journal_64", "spool_bench"),
    program_row("journal_64_sealed", "spool_bench", "sealed"),
    *(store_row(name) for name in ("rocksdb", "lmdb", "sqlite")),
    Row(name="start_1gib", bar=1, better="lower", unit="s", targets=TARGETS, measure=measure_start,
        what="from the start to the first acknowledgement, with 1 GiB in the storage, against 2 s"),
    Row(name="outbox_catch_up", bar=TIMES, better="higher", unit="messages/s", targets=TARGETS, measure=measure_catch_up,
        what=f"an outbox that catches up, against {LIVE_RATE} messages/s that come in meanwhile"),
]
