#!/usr/bin/env python3
"""faults_test.py AORTA PLUGINS ABI_PLUGINS [NAME…]

Plugins that break their rules, peers that are down, signals: what the real command does with them. Each case is a
row of CASES: a pipeline, what is done to the process, and what must be true of its end. 77 when a case's plugin
is not built."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SEED = random.randrange(1 << 30)
RECORDS = 300

HEAD = """
aorta: 1
pipeline: faults
start_deadline: 500ms
shutdown_grace: {grace}
budget: 4MiB
nodes:
"""
GENERATE = "  in: {{ source: generate, with: {{ seed: {seed}, count: {count} }} }}\n"
NAUGHTY = "  bad: {{ process: PLUGIN, from: in }}\n"
DOWN = GENERATE + '  out: {{ sink: mllp, from: in, with: {{ connect: "127.0.0.1:9" }} }}\n'
DISCARD = "  out: {{ sink: discard, from: bad }}\n"


class Case:
    """`bad`: the ABI test plugin to load. `expect`: of the ledger's JSON. `log`: words of standard error. `act`: what
    is done to the running process."""

    def __init__(self, name, code, bad=None, nodes=None, grace="5s", count=RECORDS, log=(), fates=None, reasons=(),
                 act=None, most_seconds=30, blocks_state=False, leaks=False):
        self.name, self.code, self.bad, self.nodes, self.grace = name, code, bad, nodes, grace
        self.count, self.log, self.fates, self.reasons = count, log, fates, reasons
        self.act, self.most_seconds, self.blocks_state = act, most_seconds, blocks_state
        self.leaks = leaks


def processor(plugin):
    return GENERATE + NAUGHTY.replace("PLUGIN", plugin) + DISCARD


def sink(plugin):
    return GENERATE + "  out: {{ sink: " + plugin + ", from: in }}\n"


def all_of(fate, count=RECORDS):
    return {"in": count, fate: count, "held": 0}


def all_that_came(fate):
    """For cases that a signal ends: how many came in is a matter of time."""
    others = {"delivered", "filtered", "dead_lettered", "failed", "held"} - {fate}
    return dict.fromkeys(others, 0)


def wait_for(condition, process, what):
    deadline = time.monotonic() + 60
    while not condition():
        if process.poll() is not None:
            raise AssertionError(f"aorta ended with {process.returncode} before {what}")
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within a minute")
        time.sleep(0.02)  # waits for another process


def log_has(folder, word):
    return lambda: word in (folder / "stderr").read_text(errors="replace")


def terminate_at(word):
    def act(folder, process):
        wait_for(log_has(folder, word), process, word)
        process.send_signal(signal.SIGTERM)

    return act


def terminate_twice(folder, process):
    terminate_at("sink_down")(folder, process)
    wait_for(log_has(folder, "stopping"), process, "first signal")
    process.send_signal(signal.SIGTERM)


CASES = [
    Case("constructor throws", 78, "throws_in_constructor", processor("naughty"),
         log=["pipeline.yaml:9:3: error: no constructor today"]),
    Case("constructor hangs", 70, "hangs_in_constructor", processor("naughty"),
         log=["plugin_hangs", '"plugin":"naughty"', '"node":"bad"', '"in":"create"'], most_seconds=10),
    Case("constructor ends the process", 70, "exits_in_constructor", processor("naughty"),
         log=["a plugin ended the process (it called exit)"]),
    Case("process throws across the border", 0, "throws_across", processor("naughty_raw"),
         log=["plugin_misbehaved"], fates=all_of("dead_lettered"), reasons=["plugin.exception"]),
    Case("process throws within the SDK", 0, "throws_in_process", processor("naughty"),
         fates=all_of("dead_lettered"), reasons=["plugin.exception"]),
    Case("too few verdicts", 0, "too_few_verdicts", processor("naughty_raw"), log=["no verdict for a record"],
         fates={"in": RECORDS, "held": 0, "failed": 0, "filtered": 0}, reasons=["plugin.no_verdict"]),
    Case("two verdicts", 0, "two_verdicts", processor("naughty_raw"), fates=all_of("filtered")),
    Case("floods", 1, "floods", processor("naughty"), count=1, log=["more children than one call may emit"],
         fates=all_of("failed", 1), reasons=["plugin.flood"]),
    Case("emitted without children", 0, "emits_nothing", processor("naughty"), fates=all_of("dead_lettered"),
         reasons=["plugin.no_verdict"]),
    Case("a port that is not declared", 0, "wrong_port", processor("naughty"), fates=all_of("dead_lettered"),
         reasons=["plugin.bad_port"]),
    Case("holds for ever", 3, "holds_for_ever", processor("naughty"), fates=all_of("failed"), reasons=["shutdown"]),
    Case("leaks buffers", 0, "leaks_buffer", processor("naughty"), fates=all_of("delivered"),
         leaks=True),
    Case("sink completes twice", 0, "completes_twice", sink("naughty"), log=["not in the sink's hands"],
         fates=all_of("delivered")),
    Case("sink never completes", (0, 3), "never_completes", sink("naughty"), grace="300ms", fates=all_that_came("failed"),
         act=terminate_at("pipeline_started")),
    Case("source finishes twice", 0, "finishes_twice",
         "  in: {{ source: naughty }}\n  out: {{ sink: discard, from: in }}\n", fates=all_of("delivered", 3)),
    Case("source pushes after stop", 0, "pushes_after_stop",
         "  in: {{ source: naughty }}\n  out: {{ sink: discard, from: in }}\n", fates=all_of("delivered", 3)),
    Case("dead letters cannot be stored", 3, "emits_nothing", processor("naughty"), grace="300ms",
         fates=all_that_came("failed"), reasons=["shutdown"], blocks_state=True,
         act=terminate_at("dead_letters_unwritable")),
    Case("peer is down at the end", 3, None, DOWN, grace="300ms",
         fates=all_that_came("failed"), reasons=["shutdown"], act=terminate_at("sink_down")),
    Case("SIGTERM drains", 0, None, GENERATE + "  out: {{ sink: discard, from: in }}\n", count=0,
         act=terminate_at("pipeline_started"), fates=all_that_came("delivered")),
    Case("a second SIGTERM ends at once", 130, None, DOWN, grace="50s", act=terminate_twice, most_seconds=40),
]


def plugin_folder(folder, case, plugins, abi_plugins):
    """The real plugins and the bad one, side by side."""
    made = folder / "plugins"
    made.mkdir()
    for one in pathlib.Path(plugins).glob("*.so"):
        (made / one.name).symlink_to(one)
    if case.bad:
        bad = pathlib.Path(abi_plugins) / f"{case.bad}.so"
        if not bad.exists():
            return None
        (made / bad.name).symlink_to(bad)
    return made


def run(case, folder, aorta, made):
    pipeline = HEAD.format(grace=case.grace) + case.nodes.format(seed=SEED, count=case.count)
    (folder / "pipeline.yaml").write_text(pipeline)
    if case.blocks_state:
        (folder / "state").write_text("a file where the folder of the dead letters should be")
    environment = {**os.environ, "AORTA_PLUGIN_PATH": str(made)}
    if case.leaks:
        environment["ASAN_OPTIONS"] = "detect_leaks=0"
    begin = time.monotonic()
    with open(folder / "stderr", "wb") as errors, open(folder / "stdout", "wb") as output:
        process = subprocess.Popen([aorta, "run", "pipeline.yaml", "--json", "--log-format", "json",
                                    "--state", "state"], cwd=folder, stdout=output, stderr=errors, env=environment)
        try:
            if case.act:
                case.act(folder, process)
            code = process.wait(timeout=60)
        finally:
            process.kill()
    return code, time.monotonic() - begin


def check(case, folder, code, seconds):
    errors = (folder / "stderr").read_text(errors="replace")
    problems = []
    if code not in (case.code if isinstance(case.code, tuple) else (case.code,)):
        problems.append(f"exit {code} instead of {case.code}")
    if seconds > case.most_seconds:
        problems.append(f"took {seconds:.1f} s")
    for word in case.log:
        if word not in errors:
            problems.append(f"standard error does not hold {word!r}")
    for patient in ("MSH|", "PID|"):
        if patient in errors:
            problems.append(f"standard error holds {patient!r}")
    if case.fates is not None:
        lines = (folder / "stdout").read_text().strip().splitlines()
        if not lines:
            return problems + ["no ledger on standard output"]
        problems += check_ledger(case, json.loads(lines[-1])["ledger"])
    return problems + [f"no reason {reason}" for reason in case.reasons if reason not in errors]


def check_ledger(case, counts):
    problems = []
    for fate, expected in case.fates.items():
        if counts.get(fate) != expected:
            problems.append(f"{fate} is {counts.get(fate)} instead of {expected}")
    settled = sum(counts.get(fate, 0) for fate in ("delivered", "filtered", "dead_lettered", "failed", "held"))
    if settled != counts.get("in"):
        problems.append(f"{counts.get('in')} came in and {settled} are accounted for")
    return problems


def main():
    aorta, plugins, abi_plugins = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:4])
    names = sys.argv[4:]
    print(f"seed {SEED}")
    failed = skipped = 0
    for case in CASES:
        if names and case.name not in names:
            continue
        folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-faults-"))
        made = plugin_folder(folder, case, plugins, abi_plugins)
        if made is None:
            print(f"skip  {case.name}: {case.bad} is not built")
            skipped += 1
            continue
        code, seconds = run(case, folder, aorta, made)
        problems = check(case, folder, code, seconds)
        if problems:
            failed += 1
            print(f"FAIL  {case.name} (kept in {folder})")
            for problem in problems:
                print(f"        {problem}")
        else:
            print(f"ok    {case.name} ({seconds:.1f} s)")
            shutil.rmtree(folder)
    if failed:
        sys.exit(1)
    sys.exit(77 if skipped else 0)


if __name__ == "__main__":
    main()
