#!/usr/bin/env python3
"""reconcile.py AORTA [--records N] [--cpus LIST] [--budget SIZE] [--seed S]

Generates records as fast as possible into a slow sink (a file that is synced for each batch), then compares what
was sent (MSH-10 is a prefix made of the seed, and the sequence in ten digits; the prefix is taken from a first, small
run) with what the file holds, the ledger with both, and the peak of resident memory with the byte budget."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PIPELINE = """
aorta: 1
pipeline: reconcile
budget: {budget}
nodes:
  hospital: {{ source: generate, with: {{ seed: {seed}, count: {records}, faults: 0 }} }}
  decode: {{ process: decode_hl7v2, from: hospital }}
  store: {{ sink: file, from: decode, with: {{ path: stored.hl7 }} }}
"""
SIZES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def run(arguments, folder, records):
    (folder / "pipeline.yaml").write_text(PIPELINE.format(budget=arguments.budget, seed=arguments.seed, records=records))
    command = ["taskset", "-c", arguments.cpus, arguments.aorta, "run", "pipeline.yaml", "--json", "--threads", "2",
               "--state", "state", "-q"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"aorta ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def stored_ids(path):
    ids = []
    with open(path, "rb") as file:
        for line in file:
            for segment in line.split(b"\r"):
                if segment.startswith(b"MSH|"):
                    ids.append(segment.split(b"|", 10)[9])
    return ids


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("aorta")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--cpus", default="0,1")
    parser.add_argument("--budget", default="32MiB")
    parser.add_argument("--seed", type=int, default=4711)
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-reconcile-"))
    try:
        base = run(arguments, folder, 1000)["peak_rss_bytes"]
        prefix = stored_ids(folder / "stored.hl7")[0][:10]
        os.unlink(folder / "stored.hl7")
        report = run(arguments, folder, arguments.records)
        sent = {prefix + f"{number + 1:010}".encode() for number in range(arguments.records)}
        ids = stored_ids(folder / "stored.hl7")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    stored = set(ids)
    ledger = report["ledger"]
    number, unit = int(arguments.budget[:-3]), arguments.budget[-3:]
    budget = number * SIZES[unit]
    grown = report["peak_rss_bytes"] - base
    print(f"seed {arguments.seed}, cpus {arguments.cpus}: {ledger}, {report['seconds']:.1f} s, "
          f"stored {len(ids)}, memory +{grown / budget:.2f} budgets")
    problems = []
    if ledger["in"] != arguments.records or ledger["delivered"] != arguments.records:
        problems.append("the ledger does not say that all were delivered")
    if sum(ledger.values()) - ledger["in"] != ledger["in"]:
        problems.append("the ledger does not balance")
    if len(ids) != len(stored):
        problems.append(f"{len(ids) - len(stored)} stored twice")
    if stored != sent:
        problems.append(f"{len(sent - stored)} lost, {len(stored - sent)} never sent")
    if os.environ.get("AORTA_SANITIZED"):
        print("memory is not judged: a sanitizer keeps back what was freed")
    elif grown >= 2 * budget:
        problems.append("memory grew by twice the budget or more")
    print("\n".join(problems) or "reconciled")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
