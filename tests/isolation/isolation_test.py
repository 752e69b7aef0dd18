#!/usr/bin/env python3
"""isolation_test.py AORTA PLUGINS

Isolated plugins through the real command. PLUGINS holds the troublemaker, which does what its records say."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

AORTA = str(pathlib.Path(sys.argv.pop(1)).resolve())
PLUGINS = str(pathlib.Path(sys.argv.pop(1)).resolve())
PATIENCE = 60
PIPELINE = """
aorta: 1
pipeline: apart
shutdown_grace: {grace}
nodes:
  intake: {{ source: file, with: {{ path: "in/*.txt", format: lines, watch: {watch} }} }}
{nodes}
  store: {{ sink: file, from: {last}, with: {{ path: stored.txt }} }}
"""
MESSAGE = "MSH|^~\\&|WARD|A|EHR|B|20240101||ADT^A08^ADT_A01|{id}|P|2.5.1\rPID|1||{id}\r"
KEPT = """
aorta: 1
pipeline: kept
key: !secret "file:key"
storage: { path: state, plaintext: true, snapshot: 10s }
nodes:
  intake: { source: mllp, ack: durable, with: { listen: "127.0.0.1:0" } }
  watch: { process: alert, from: intake, isolation: process, with: { rules: [ { name: high, when: "true" } ] } }
  page: { sink: file, from: watch.alerts, with: { path: alerts.txt } }
"""
ONE = "  odd: { process: troublemaker, from: intake, isolation: { attempts: 2, deadline: %s } }"


def eventually(claim, what="it"):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := claim():
            return value
        time.sleep(0.02)  # waits for other processes
    raise AssertionError(f"{what} did not happen in time")


def children_of(pid):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == pid and after_name[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aorta-isolation-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "in").mkdir()

    def write(self, lines, nodes=ONE % "60s", last="odd", watch="false", grace="20s"):
        (self.folder / "p.yaml").write_text(
            PIPELINE.format(nodes=nodes, last=last, watch=watch, grace=grace))
        (self.folder / "in/a.txt").write_text("".join(line + "\n" for line in lines))

    def change(self, old, new):
        file = self.folder / "p.yaml"
        file.write_text(file.read_text().replace(old, new))

    def aorta(self, verb, *words):
        return subprocess.run([AORTA, verb, "p.yaml", "--plugin-path", PLUGINS, *words], cwd=self.folder,
                              capture_output=True, text=True, timeout=PATIENCE)

    def start(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.admin = f"127.0.0.1:{free.getsockname()[1]}"
        with open(self.folder / "log", "wb") as log:
            run = subprocess.Popen([AORTA, "run", "p.yaml", "--plugin-path", PLUGINS, "--json", "--admin", self.admin],
                                   cwd=self.folder, stdout=subprocess.PIPE, stderr=log, text=True,
                                   start_new_session=True)
        self.addCleanup(run.stdout.close)
        self.addCleanup(run.wait, PATIENCE)
        self.addCleanup(run.kill)
        return run

    def status(self):
        with urllib.request.urlopen(f"http://{self.admin}/status", timeout=PATIENCE) as page:
            return json.load(page)["pipelines"][0]

    def stored(self):
        file = self.folder / "stored.txt"
        return file.read_text().split() if file.exists() else []

    @staticmethod
    def ledger(out):
        return json.loads(out.splitlines()[-1])["ledger"]

    def check(self, ledger, **wanted):
        total = sum(ledger[fate] for fate in ("delivered", "filtered", "dead_lettered", "failed"))
        self.assertEqual(total, ledger["in"])
        self.assertEqual({name: ledger[name] for name in wanted}, wanted)


class Faults(Case):
    def test_the_killer_becomes_a_dead_letter_and_the_rest_goes_on(self):
        self.write(["a", "b", "crash", "c", "exit", "d"])
        done = self.aorta("run", "--json", "--log-format", "json")
        self.check(self.ledger(done.stdout), delivered=4, dead_lettered=2)
        self.assertEqual(self.stored(), ["a", "b", "c", "d"])
        self.assertIn("isolation.crashed", done.stderr)
        self.assertIn('"event":"isolated_plugin_ended"', done.stderr)

    def test_two_nodes_have_a_process_each(self):
        self.write(["a", "crash", "b"],
                   nodes="  first: { process: troublemaker, from: intake, isolation: { attempts: 1 } }\n"
                         "  second: { process: troublemaker, from: first, isolation: process }", last="second")
        done = self.aorta("run", "--json")
        self.check(self.ledger(done.stdout), delivered=2, dead_lettered=1)
        self.assertEqual(self.stored(), ["a", "b"])

    def test_lanes_have_a_process_each(self):
        self.write([MESSAGE.format(id=i) for i in range(50)], last="decode",
                   nodes="  decode: { process: decode_hl7v2, from: intake, lanes: 2, isolation: process }")
        self.change("format: lines", "format: hl7v2")
        done = self.aorta("run", "--json")
        self.check(self.ledger(done.stdout), delivered=50)


class Ends(Case):
    def test_sigterm_to_all_of_the_group_drains_through_the_process(self):
        self.write(["hold", "hold", "a"], watch="true")
        run = self.start()
        eventually(lambda: self.stored() == ["a"], "the record")
        os.killpg(run.pid, signal.SIGTERM)
        for child in children_of(run.pid):
            os.kill(child, signal.SIGTERM)
        out, _ = run.communicate(timeout=PATIENCE)
        self.check(self.ledger(out), delivered=3)
        self.assertEqual(run.returncode, 0)

    def test_a_hung_plugin_does_not_hold_up_the_end(self):
        self.write(["a"], watch="true", grace="500ms", nodes=ONE % "1h")
        run = self.start()
        eventually(lambda: self.stored() == ["a"], "the record")
        with open(self.folder / "in/a.txt", "a") as file:
            file.write("hang\n")
        child = eventually(lambda: children_of(run.pid))[0]
        eventually(lambda: self.status()["ledger"]["in"] == 2, "the second record")
        self.assertEqual(self.status()["isolated"], [{"node": "odd", "up": True, "restarts": 0, "reason": ""}])
        run.send_signal(signal.SIGTERM)
        out, _ = run.communicate(timeout=PATIENCE)
        self.check(self.ledger(out), delivered=1, failed=1)
        self.assertNotEqual(run.returncode, 0)
        self.assertFalse(is_alive(child))

    def test_no_process_outlives_a_worker_that_is_killed(self):
        self.write(["a", "hang"], watch="true", nodes=ONE % "1h")
        run = self.start()
        child = eventually(lambda: children_of(run.pid))[0]
        run.kill()
        run.wait(PATIENCE)
        eventually(lambda: not is_alive(child), "the end of the process")


class Beginnings(Case):
    def test_validate_runs_the_check_apart_and_tells_the_place(self):
        self.write([], nodes="  odd: { process: troublemaker, from: intake, isolation: process, with: { refuse: true } }")
        done = self.aorta("validate")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("p.yaml:7:", done.stderr + done.stdout)
        self.assertIn("it does not want to", done.stderr + done.stdout)

    def test_a_plugin_that_crashes_while_it_is_made_refuses_the_start(self):
        self.write([], nodes="  odd: { process: troublemaker, from: intake, isolation: process, with: { ends: true } }")
        done = self.aorta("run")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("p.yaml:7:3: error: the plugin could not be made in its own process: it crashed", done.stderr)

    def test_a_state_that_is_kept_is_refused(self):
        (self.folder / "key").write_text("a secret of more than 32 characters, for tests")
        (self.folder / "key").chmod(0o600)
        (self.folder / "p.yaml").write_text(KEPT)
        done = self.aorta("run")
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertRegex(done.stderr, r"p.yaml:8:\d+: error: the state of this plugin is kept")

    def test_the_plan_shows_who_has_a_process(self):
        self.write([])
        self.assertIn("[own process]", self.aorta("graph", "--plan").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
