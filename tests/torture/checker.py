#!/usr/bin/env python3
"""checker.py FOLDER [--level LEVEL]

Compares what was sent and acknowledged (sender.jsonl) with what arrived (receiver.jsonl, or stored.hl7 of a file sink),
with what lies among the dead letters (dead.jsonl) and with the books of the engine (engine.jsonl, a line for each run
that ended in good order). Prints a table; exits with 1 when a promise was broken."""
import argparse
import collections
import json
import pathlib
import sys

import mllp


def lines(path):
    if path.exists():
        with open(path, encoding="ascii") as file:
            yield from (json.loads(line) for line in file)


class Sent:
    def __init__(self, path):
        self.messages, self.acknowledged, self.refused, self.wrong_answers = {}, set(), set(), 0
        for line in lines(path):
            if "sent" in line:
                self.messages[line["sent"]] = line
            elif "wrong_answer" in line:
                self.wrong_answers += 1
            elif line["code"] in ("AA", "CA"):
                self.acknowledged.add(line["answer"])
            else:
                self.refused.add(line["answer"])


def stored(path):
    """Records of a file sink, with what a kill may have left of one before its separator."""
    if not path.exists():
        return
    for record in path.read_bytes().split(b"\n"):
        if record:
            yield mllp.control_id(record), mllp.digest(record), len(record)


def arrived(folder, outs):
    if "mllp" in outs:
        for line in lines(folder / "receiver.jsonl"):
            yield line["got"], line["sha"], None
    if "file" in outs:
        for path in sorted(folder.glob("stored*.hl7")):
            yield from stored(path)


def check(folder, kills=0, outs=("mllp", "file")):
    """What was found at these sinks, by name, and the names of what must be zero. So many kills may each have torn one
    tail of a file."""
    sent = Sent(folder / "sender.jsonl")
    dead = {line["id"] for line in lines(folder / "dead.jsonl")}
    count, first = collections.Counter(), collections.defaultdict(list)
    corrupt, phantom, torn = set(), set(), 0
    for identifier, sha, length in arrived(folder, outs):
        message = sent.messages.get(identifier)
        if message is not None and message["sha"] == sha:
            if not count[identifier]:
                first[message["key"]].append(message["number"])
            count[identifier] += 1
        elif length is not None and torn < kills and (message is None or length < message["size"]):
            torn += 1  # the beginning of a record, which the file sink closed with a separator after a kill
        elif message is None:
            phantom.add(identifier)
        else:
            corrupt.add(identifier)
    unbalanced = sum(1 for line in lines(folder / "engine.jsonl") if not balances(line["ledger"]))
    silent = sum(line["ledger"]["failed"] + line["ledger"]["filtered"] for line in lines(folder / "engine.jsonl"))
    found = {
        "sent": len(sent.messages),
        "acknowledged": len(sent.acknowledged),
        "refused": len(sent.refused),
        "arrived": len(count),
        "dead letters": len(dead),
        "duplicates": sum(count.values()) - len(count),
        "torn tails": torn,
        "lost": len(sent.acknowledged - set(count) - dead),
        "corrupt": len(corrupt),
        "phantom": len(phantom),
        "reordered": sum(later < earlier for numbers in first.values() for earlier, later in zip(numbers, numbers[1:])),
        "silent": silent,
        "unbalanced": unbalanced,
        "wrong answers": sent.wrong_answers,
    }
    return found, ("lost", "corrupt", "phantom", "reordered", "silent", "unbalanced", "wrong answers")


def balances(ledger):
    fates = ("delivered", "filtered", "dead_lettered", "failed", "held")
    return ledger["in"] + ledger.get("held_at_start", 0) == sum(ledger[fate] for fate in fates)


def table(found, zeros):
    rows = [f"  {name:<14}{value:>9}{'  <- must be 0' if name in zeros and value else ''}" for name, value in found.items()]
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=0, help="so many tails of a file may be torn")
    arguments = parser.parse_args()
    found, zeros = check(arguments.folder, arguments.kills)
    print(table(found, zeros))
    sys.exit(any(found[name] for name in zeros))


if __name__ == "__main__":
    main()
