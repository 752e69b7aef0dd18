#!/usr/bin/env python3
"""python3-hl7's mllp_send and MLLPClient against the MLLP source: answers, order, what is stored, what is not leaked."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

try:
    import hl7
    from hl7.client import MLLPClient
except ImportError:
    print("skipped: python3-hl7 is not installed")
    sys.exit(77)

AORTA = sys.argv[1]
PIPELINE = """
aorta: 1
pipeline: peer
nodes:
  intake: { source: mllp, ack: { level: delivered, after: check }, with: { listen: "127.0.0.1:0", port_file: port } }
  decode: { process: decode_hl7v2, from: intake }
  check: { process: validate_hl7v2, from: decode }
  store: { sink: file, from: check, with: { path: stored.hl7 } }
"""
GOOD = ("MSH|^~\\&|ADT|HOSP|AORTA|HOSP|20260309120000||ADT^A01^ADT_A01|{id}|P|2.5.1\r"
        "EVN|A01|20260309120000\rPID|1||777^^^HOSP^MR||CANARYNAME^JOHN||19800101|M\rPV1|1|I|ICU^101^A\r")
BAD = "MSH|^~\\&|ADT|HOSP|AORTA|HOSP|20260309120000||ORU^R01^ORU_R01|{id}|P|2.5.1\rOBX|1|NM|8867-4^Heart rate^LN||CANARYNAME|||||||F\r"


def field(answer, segment, number):
    message = hl7.parse(answer.decode().strip("\x0b\x1c\r").replace("\n", "\r") + "\r")
    return str(message.segment(segment)[number])


def wait_for(path, process):
    deadline = time.monotonic() + 30
    while not (path.exists() and path.stat().st_size):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("aorta did not start")
        time.sleep(0.02)  # waits for another process


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-peer-"))
    (folder / "pipeline.yaml").write_text(PIPELINE)
    log = open(folder / "log", "wb")
    worker = subprocess.Popen([AORTA, "run", "pipeline.yaml", "--json", "--state", "state"], cwd=folder,
                              stdout=subprocess.PIPE, stderr=log)
    try:
        wait_for(folder / "port", worker)
        port = int((folder / "port").read_text().strip().rsplit(":", 1)[-1])
        with MLLPClient("127.0.0.1", port) as client:
            for number in range(50):
                answer = client.send_message(GOOD.format(id=f"G{number:04}"))
                assert field(answer, "MSA", 1) == "AA", answer
                assert field(answer, "MSA", 2) == f"G{number:04}", answer
                assert field(answer, "MSH", 3) == "AORTA" and field(answer, "MSH", 5) == "ADT", answer
            answer = client.send_message(BAD.format(id="B0001"))
            assert field(answer, "MSA", 1) == "AE" and field(answer, "MSA", 2) == "B0001", answer
            assert b"CANARYNAME" not in answer
            answer = client.send_message("this is not HL7\r")
            assert field(answer, "MSA", 1) == "AR", answer
        # The tool itself, with a file of many messages.
        (folder / "many.hl7").write_text("".join(GOOD.format(id=f"T{number:04}") for number in range(20)))
        subprocess.run([shutil.which("mllp_send") or "mllp_send", "--loose", "--file", "many.hl7", "-p", str(port),
                        "127.0.0.1"], cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=60)
        worker.send_signal(signal.SIGTERM)
        out, _ = worker.communicate(timeout=60)
    finally:
        worker.kill()
    assert worker.returncode == 0, worker.returncode
    ledger = json.loads(out.decode().strip().splitlines()[-1])["ledger"]
    assert ledger == {"in": 72, "delivered": 70, "filtered": 0, "dead_lettered": 2, "failed": 0, "held": 0}, ledger
    stored = (folder / "stored.hl7").read_bytes()
    ids = [line.split(b"|")[9].decode() for line in stored.replace(b"\n", b"\r").split(b"\r") if line.startswith(b"MSH|")]
    assert ids == [f"G{n:04}" for n in range(50)] + [f"T{n:04}" for n in range(20)], ids[:5]
    assert b"CANARYNAME" not in (folder / "log").read_bytes()
    shutil.rmtree(folder)
    print("python3-hl7: 72 messages, answers and store as expected")


if __name__ == "__main__":
    main()
