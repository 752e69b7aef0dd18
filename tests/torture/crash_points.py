#!/usr/bin/env python3
"""crash_points.py AORTA SOURCES [--only NAME] [--jobs N] [--seed S] [--control]

Kills the engine (SIGKILL) at each of its named durability steps, at the first time that it comes there and at a later
one, starts it again, lets all be delivered and compares the ledgers; points that this stream of messages does not pass
have scenes of their own (scenes.py). The names are those of the calls of crash_point in the sources; one that is never
reached is a failure. With --control the source promises nothing (level received): the
checker must find losses. 1: a promise was broken."""
import argparse
import concurrent.futures
import pathlib
import random
import re
import shutil
import signal
import sys
import tempfile
import time

import checker
import kill
import receiver
import scenes
import sender

PIPELINE = """
aorta: 1
pipeline: torture
shutdown_grace: 20s
storage: {{ path: storage, key: !secret file:storage.key, max: 2MiB }}
nodes:
  intake: {{ source: mllp, ack: {{ level: {level} }}, with: {{ listen: "127.0.0.1:0", port_file: port }} }}
  decode: {{ process: decode_hl7v2, from: intake }}
  check:
    process: validate_hl7v2
    from: decode
    with: {{ profile: {{ values: [ {{ path: PID-3.1, matches: "P..0[0-3]" }} ] }} }}
  keep: {{ sink: file, from: check, with: {{ path: stored.hl7 }} }}
  ehr: {{ sink: mllp, from: check, buffer: disk, with: {{ connect: "127.0.0.1:{peer}" }} }}
  some: {{ process: filter, from: check, with: {{ keep_if: "PID-3[1].1 == 'P0003'" }} }}
  archive: {{ sink: mllp, from: some, buffer: disk, with: {{ connect: "127.0.0.1:{archive}" }} }}
"""
ARCHIVED = "P0003"
CALL = re.compile(r'crash_point\("([a-z_.]+)"\)')
PATIENCE = 60
IN_FLIGHT = 512  # what an outbox may have given to its sink: what a kill may make it deliver again
LATER = 3  # the later time, but for
RARE = {"spool.segment_zeroed": 2, "spool.segment_dropped": 2}
# Passed once in the life of a process: killed there at two starts in a row.
ONCE = {"spool.storage_made", "spool.tail_read", "spool.opened", "spool.segment_made", "spool.segment_cut", "spool.loaded",
        "spool.quarantined", "spool.closed", "journal.sent_again", "journal.caught_up", "file.recovered", "file.notes_replaced"}
# Only when a segment becomes free at the right moment.
BY_CHANCE = {"spool.segment_reused"}
AT_STOP = {"spool.closed"}


def names(sources):
    found = set()
    for top in ("core", "plugins"):
        for path in (sources / top).rglob("*.cpp"):
            found.update(CALL.findall(path.read_text(errors="replace")))
    return sorted(found)


def spoil_tail(folder):
    """Bytes behind the end of the log, as a torn write leaves them: they are put aside at the next start."""
    newest = max((folder / "storage" / "spool").glob("*.seg"))
    data = newest.read_bytes()
    end = (len(data.rstrip(b"\0")) + 7) // 8 * 8
    with open(newest, "r+b") as file:
        file.seek(end)
        file.write(b"\xff" * min(64, len(data) - end))


def dies(engine, source, at_stop):
    """True when the engine was killed by itself within the time."""
    deadline = time.monotonic() + PATIENCE
    enough = source.answers + 50
    while engine.process.poll() is None and time.monotonic() < deadline:
        if at_stop and source.answers >= enough:
            engine.process.send_signal(signal.SIGTERM)
            at_stop = False
        time.sleep(0.005)  # waits for another process
    if engine.process.poll() is None:
        engine.kill()
        return False
    return engine.process.returncode == -signal.SIGKILL


def scenario(aorta, folder, seed, level, point, counts):
    """What went wrong, as a list. The engine is killed at the point, in as many lives as there are counts."""
    peer, archive = receiver.Receiver(folder / "receiver.jsonl"), receiver.Receiver(folder / "archive.jsonl")
    (folder / "pipeline.yaml").write_text(PIPELINE.format(level=level, peer=peer.port, archive=archive.port))
    key = folder / "storage.key"
    key.write_text(f"{seed:064x}")
    key.chmod(0o600)
    engine = kill.Engine(aorta, folder)
    # A life before: it leaves records in the journal, as the writer dies with them, and in the outbox.
    peer.behave("away")
    archive.behave("away")  # until the end: what it is to get is carried from segment to segment
    engine.launch("journal.durable:5" if level == "durable" else "outbox.durable:5")
    source = sender.Sender(folder / "sender.jsonl", folder / "port", seed, kill.CONNECTIONS, window=kill.WINDOW)
    if not dies(engine, source, False):
        source.is_given_up = True
        return [f"the life before ended with {engine.process.returncode}, see stderr"]
    problems = []
    peer.behave("good")
    for count in counts:
        spoil_tail(folder)
        engine.launch(f"{point}:{count}")
        if not dies(engine, source, point in AT_STOP):
            if point in BY_CHANCE:
                break
            problems.append(f"{point} was not reached {count} times")
    archive.behave("good")
    engine.start()
    if not source.finish(PATIENCE):
        problems.append("not every message was answered in the end")
    if not engine.work_off():
        problems.append("the storage still holds something")
    if engine.end() != 0:
        problems.append("aorta did not end well")
    kill.export_dead_letters(aorta, folder)
    return problems


def run(aorta, seed, level, point, counts):
    """The report of one scenario, and whether it is good; for the control, whether something was lost."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-crash-"))
    begin = time.monotonic()
    problems = scenario(aorta, folder, seed, level, point, counts)
    lives = len(counts) + 1
    report = ""
    lost = 0
    for out in ("file", "mllp"):
        found, zeros = checker.check(folder, lives, (out,))
        lost += found["lost"]
        problems += [f"{out}: {found[name]} {name}" for name in zeros if found[name]]
        # What was not acknowledged is sent again, and is another record then.
        most = lives * (kill.UNDER_WAY + (IN_FLIGHT if out == "mllp" else 0))
        if found["duplicates"] > most:
            problems.append(f"{out}: {found['duplicates']} duplicates, {most} may be")
        report += f" {out} {found['arrived']}+{found['duplicates']}"
    sent = checker.Sent(folder / "sender.jsonl")
    archived = {line["got"] for line in checker.lines(folder / "archive.jsonl")}
    unarchived = {one for one in sent.acknowledged if sent.messages[one]["key"] == ARCHIVED} - archived
    if unarchived:
        problems.append(f"archive: {len(unarchived)} lost")
    report = f"{point} {counts}: {time.monotonic() - begin:.1f} s, sent {found['sent']}, dead {found['dead letters']},{report}"
    is_good = lost > 0 if level == "received" else not problems
    if is_good:
        shutil.rmtree(folder)
    else:
        report += f"\n  FAILED ({', '.join(problems) or 'nothing was lost'}), kept in {folder}"
    return report, is_good


def run_scene(aorta, scene, point, count, forgets=False):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-crash-"))
    begin = time.monotonic()
    problems = scene(aorta, folder, point, count, forgets)
    report = f"{point} [{count}] {scene.__name__}: {time.monotonic() - begin:.1f} s"
    is_good = bool(problems) == forgets
    if is_good:
        shutil.rmtree(folder)
    else:
        report += f"\n  FAILED ({', '.join(problems) or 'nothing went wrong'}), kept in {folder}"
    return report, is_good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("aorta", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("sources", type=pathlib.Path)
    parser.add_argument("--only", default="", help="points whose names begin so")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    arguments = parser.parse_args()
    points = ["outbox.appended"] if arguments.control else [name for name in names(arguments.sources) if name.startswith(arguments.only)]
    level = "received" if arguments.control else "durable"
    print(f"{len(points)} points, seed {arguments.seed}", flush=True)
    failed = not points
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        jobs = [pool.submit(run, arguments.aorta, arguments.seed, level, point, counts)
                for point in points if not scenes.of(point)
                for counts in ([[1, 1]] if point in ONCE else [[1], [RARE.get(point, LATER)]])]
        jobs += [pool.submit(run_scene, arguments.aorta, scene, point, count) for point in points for scene, count in scenes.of(point)]
        if arguments.control:
            jobs += [pool.submit(run_scene, arguments.aorta, scene, point, count, True) for point, count, scene in scenes.CONTROLS]
        for job in concurrent.futures.as_completed(jobs):
            report, is_good = job.result()
            failed = failed or not is_good
            print(report, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
