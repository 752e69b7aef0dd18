"""The rows mllp_* and tls_*: MLLP in, decode, acknowledge, against an epoll server that answers every frame with the
same bytes (bench/mllp_floor.cpp, which is the load client, too)."""
import statistics

from engine_process import Engine
from rows import Row, output_of

BAR = 0.6
TARGETS = ["mllp_floor", "aorta", "aorta_plugin_source_mllp", "aorta_plugin_processor_decode_hl7v2",
           "aorta_plugin_sink_discard"]
PIPELINE = """aorta: 1
pipeline: bench
nodes:
  intake: { source: mllp, ack: { level: LEVEL, after: decode }, with: { listen: "127.0.0.1:0", port_file: "{folder}/port"TLS } }
  decode: { process: decode_hl7v2, from: intake }
  nowhere: { sink: discard, from: decode }
"""


def pipeline(level, tls=""):
    return PIPELINE.replace("LEVEL", level).replace("TLS", tls)


def load(options, connections, *more):
    return [str(options.bin / "mllp_floor"), "--seconds", str(options.seconds), "--connections", str(connections), *more]


def measure_engine(engine, command):
    """The load's report, and the server's CPU seconds a message."""
    before = engine.cpu_seconds()
    report = output_of(command)
    return report, (engine.cpu_seconds() - before) / report["answers"]


def measure(row, options):
    floors, engines, cpus = [], [], []
    with Engine(options, pipeline(row.level)) as engine:
        port = engine.port()
        for _ in range(options.rounds):
            floors.append(output_of(load(options, row.connections)))
            report, cpu = measure_engine(engine, load(options, row.connections, "--connect", f"127.0.0.1:{port}"))
            engines.append(report)
            cpus.append(cpu)
        engine.end()
    measured = statistics.median(one["requests_per_s"] for one in engines)
    floor = statistics.median(one["requests_per_s"] for one in floors)
    floor_cpu = statistics.median(one["server_cpu_s"] / one["answers"] for one in floors)
    return row.result(measured / floor, measured=round(measured), floor=round(floor),
                      p99_us=statistics.median(one["p99_us"] for one in engines),
                      cpu_us=round(statistics.median(cpus) * 1e6, 1), floor_cpu_us=round(floor_cpu * 1e6, 1))


def mllp_row(name, connections, level, bar):
    row = Row(name=name, bar=bar, better="higher", unit="messages/s", targets=TARGETS, measure=measure,
              what=f"MLLP in, decode, acknowledge once {level}, {connections} connections, against an epoll server with a "
                   "fixed answer")
    row.connections, row.level = connections, level
    return row


ROWS = [
    mllp_row("mllp_1", 1, "received", BAR),
    mllp_row("mllp_8", 8, "received", BAR),
    mllp_row("mllp_64", 64, "received", BAR),
    mllp_row("mllp_64_delivered", 64, "delivered", BAR),
]
