"""The rows mllp_* and tls_*: MLLP in, decode, acknowledge, against an epoll server that answers every frame with the
same bytes (bench/mllp_floor.cpp, which is the load client, too)."""
import os
import pathlib
import statistics
import sys
import tempfile

from engine_process import Engine
from rows import ROOT, Row, output_of

sys.path.append(str(ROOT / "tests" / "peers"))
from certificates import make_certificates  # noqa: E402

BAR = 0.6
TLS_BAR = 2.2
TARGETS = ["mllp_floor", "aorta", "aorta_plugin_source_mllp", "aorta_plugin_processor_decode_hl7v2",
           "aorta_plugin_sink_discard"]
PIPELINE = """aorta: 1
pipeline: bench
storage: { STORAGE }
nodes:
  intake: { source: mllp, ack: { level: LEVEL, after: decode }, with: { listen: "127.0.0.1:0", port_file: "{folder}/port"TLS } }
  decode: { process: decode_hl7v2, from: intake }
  nowhere: { sink: discard, from: decode }
"""


UNSEALED = 'path: "{folder}/storage", plaintext: true'
SEALED = 'path: "{folder}/storage", key: !secret "env:BENCH_STORAGE_KEY"'


def pipeline(level, tls="", storage=UNSEALED):
    return PIPELINE.replace("LEVEL", level).replace("TLS", tls).replace("STORAGE", storage, 1)


def load(options, connections, *more):
    return [str(options.bin / "mllp_floor"), "--seconds", str(options.seconds), "--connections", str(connections), *more]


def load_on(engine, options, connections, *more):
    return output_of(load(options, connections, "--connect", f"127.0.0.1:{engine.port()}", "--process", str(engine.id()), *more))


def rate(reports):
    return statistics.median(one["requests_per_s"] for one in reports)


def cpu_us(reports):
    """Of the server, a message."""
    return statistics.median(one["server_cpu_s"] / one["requests"] for one in reports) * 1e6


def measure(row, options):
    floors, engines = [], []
    with Engine(options, pipeline(row.level)) as engine:
        for _ in range(options.rounds):
            floors.append(output_of(load(options, row.connections)))
            engines.append(load_on(engine, options, row.connections))
        engine.end()
    ratio = statistics.median(one["requests_per_s"] / floor["requests_per_s"] for one, floor in zip(engines, floors))
    return row.result(ratio, measured=round(rate(engines)), floor=round(rate(floors)),
                      p99_us=statistics.median(one["p99_us"] for one in engines),
                      cpu_us=round(cpu_us(engines), 1), floor_cpu_us=round(cpu_us(floors), 1))


def measure_tls(row, options):
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        make_certificates(folder)
        tls = f', tls: {{ certificate: "{folder}/server.pem", key: "{folder}/server.key" }}'
        plains, secures = [], []
        with Engine(options, pipeline("received")) as plain, Engine(options, pipeline("received", tls)) as secure:
            for _ in range(options.rounds):
                plains.append(load_on(plain, options, row.connections))
                secures.append(load_on(secure, options, row.connections, "--tls", str(folder / "ca.pem")))
            plain.end()
            secure.end()
    ratio = statistics.median((tls["server_cpu_s"] / tls["requests"]) / (plain["server_cpu_s"] / plain["requests"])
                              for tls, plain in zip(secures, plains))
    return row.result(ratio, measured=round(cpu_us(secures), 1), floor=round(cpu_us(plains), 1),
                      requests_per_s=round(rate(secures)), plain_requests_per_s=round(rate(plains)))


def measure_against(row, options):
    """One engine against another that promises less."""
    os.environ["BENCH_STORAGE_KEY"] = "0123456789abcdef" * 4
    less, more = [], []
    with Engine(options, row.less) as floor, Engine(options, row.more) as engine:
        for _ in range(options.rounds):
            less.append(load_on(floor, options, row.connections))
            more.append(load_on(engine, options, row.connections))
        floor.end()
        engine.end()
    ratio = statistics.median(one["requests_per_s"] / floor["requests_per_s"] for one, floor in zip(more, less))
    return row.result(ratio, measured=round(rate(more)), floor=round(rate(less)),
                      p99_us=statistics.median(one["p99_us"] for one in more),
                      cpu_us=round(cpu_us(more), 1), floor_cpu_us=round(cpu_us(less), 1))


def durable_row(name, less, more, what):
    row = Row(name=name, bar=None, better="higher", unit="messages/s", targets=TARGETS, measure=measure_against, what=what)
    row.connections, row.less, row.more = 64, less, more
    return row


def mllp_row(name, connections, level, bar):
    row = Row(name=name, bar=bar, better="higher", unit="messages/s", targets=TARGETS, measure=measure,
              what=f"MLLP in, decode, acknowledge once {level}, {connections} connections, against an epoll server with a "
                   "fixed answer")
    row.connections, row.level = connections, level
    return row


def tls_row(connections):
    row = Row(name=f"tls_{connections}", bar=TLS_BAR, better="lower", unit="us of CPU", targets=TARGETS, measure=measure_tls,
              what=f"CPU of the same over TLS a message, {connections} connections that stay open, against plain")
    row.connections = connections
    return row


ROWS = [
    mllp_row("mllp_1", 1, "received", BAR),
    mllp_row("mllp_8", 8, "received", BAR),
    mllp_row("mllp_64", 64, "received", BAR),
    mllp_row("mllp_64_delivered", 64, "delivered", BAR),
    durable_row("mllp_64_durable", pipeline("received"), pipeline("durable"),
                "MLLP with 64 connections, acknowledged once synced in the journal, against the same engine that acknowledges "
                "what is in memory"),
    durable_row("mllp_64_sealed", pipeline("durable"), pipeline("durable", storage=SEALED),
                "the same with the journal sealed, against the journal in plain text"),
    tls_row(8),
    tls_row(64),
]
