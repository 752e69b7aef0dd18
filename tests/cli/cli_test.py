"""Runs the command: exit codes, streams, and what each verb promises.

usage: cli_test.py PATH_TO_AORTA [unittest arguments]
"""

import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

AORTA = ""

GOOD = "MSH|^~\\&|A|B|C|D|20260101120000||ADT^A01^ADT_A01|7|T|2.5.1\rEVN||20260101120000\rPID|1||100^^^H^MR||EXAMPLE^ADA\rPV1|1|I\r"
# Made up, and looked for in everything that must not show values.
NAME = "EXAMPLE"


def run(*words, text="", env=None, cwd=None, timeout=60):
    whole = {"PATH": os.environ.get("PATH", ""), "TERM": "xterm"}
    for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            whole[name] = os.environ[name]
    whole.update(env or {})
    return subprocess.run(
        [AORTA, *words],
        input=text.encode(),
        capture_output=True,
        env=whole,
        cwd=cwd,
        timeout=timeout,
        check=False,
    )


class Folder(unittest.TestCase):
    """A test with an empty folder of its own."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def run_here(self, *words, **more):
        return run(*words, cwd=self.folder, **more)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return name

    def expect_code(self, done, code):
        self.assertEqual(done.returncode, code, done.stderr.decode() + done.stdout.decode())


class Usage(unittest.TestCase):
    def test_help_leads_with_examples_on_stdout(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        text = done.stdout.decode()
        self.assertLess(text.index("Examples:"), text.index("Verbs:"))

    def test_every_verb_has_help_with_examples(self):
        listed = run("--help").stdout.decode().split("Verbs:\n")[1].split("\n\n")[0]
        verbs = [line.split()[0] for line in listed.splitlines()]
        self.assertIn("run", verbs)
        for verb in verbs:
            done = run(verb, "--help")
            self.assertEqual(done.returncode, 0, verb)
            self.assertIn(b"Examples:", done.stdout, verb)
            self.assertEqual(done.stderr, b"", verb)

    def test_no_verb_is_a_usage_error(self):
        done = run()
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, b"")

    def test_a_slip_in_a_verb_is_suggested(self):
        done = run("vaildate")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"did you mean `validate`?", done.stderr)

    def test_a_slip_in_an_option_is_suggested(self):
        done = run("run", "--thread", "2", "x.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"did you mean `--threads`?", done.stderr)

    def test_a_number_that_is_none_is_named(self):
        done = run("run", "--threads", "x", "p.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"--threads: a whole number is due, found `x`", done.stderr)

    def test_a_missing_file_argument_is_a_usage_error(self):
        self.assertEqual(run("run").returncode, 2)

    def test_no_colour_off_a_terminal(self):
        self.assertNotIn(b"\x1b", run("vaildate").stderr)

    def test_version_is_json_on_request(self):
        answer = json.loads(run("version", "--json").stdout)
        self.assertEqual(sorted(answer), ["abi", "build", "version"])

    def test_completion_knows_the_verbs(self):
        for shell in ("bash", "zsh", "fish"):
            done = run("completion", shell)
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"dead-letters", done.stdout)
        self.assertEqual(run("completion", "csh").returncode, 2)

    def test_bash_accepts_its_completion(self):
        script = run("completion", "bash").stdout
        checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)


class Colour(unittest.TestCase):
    def stderr_of_terminal(self, env):
        """Standard error when it is a terminal."""
        master, slave = pty.openpty()
        whole = {"TERM": "xterm", **env}
        subprocess.run([AORTA, "vaildate"], stderr=slave, stdout=slave, env=whole, check=False)
        os.close(slave)
        text = os.read(master, 65536)
        os.close(master)
        return text

    def test_on_a_terminal(self):
        self.assertIn(b"\x1b[31m", self.stderr_of_terminal({}))

    def test_not_with_no_color(self):
        self.assertNotIn(b"\x1b[31m", self.stderr_of_terminal({"NO_COLOR": "1"}))

    def try_on_a_terminal(self, **env):
        """What `edit --try` shows on a terminal, with standard error elsewhere."""
        with tempfile.TemporaryDirectory() as folder:
            pipeline = pathlib.Path(folder) / "p.yaml"
            pipeline.write_text("aorta: 1\npipeline: p\nnodes:\n  in: { source: stdin }\n"
                                "  decode: { process: decode_hl7v2, from: in }\n"
                                "  edit: { process: edit, from: decode, with: { do: [ { set: MSH-6, to: X } ] } }\n"
                                "  out: { sink: stdout, from: edit }\n")
            message = pathlib.Path(folder) / "m.hl7"
            message.write_text(GOOD)
            master, slave = pty.openpty()
            words = [AORTA, "edit", "--try", pipeline, "edit", message, "--changes", "--width", "200"]
            done = subprocess.run(words, stdout=slave, stderr=subprocess.PIPE, env={"TERM": "xterm", **env}, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            os.close(slave)
            text = os.read(master, 65536)
            os.close(master)
            return text, done.stderr

    def test_edit_paints_what_changes(self):
        text, errors = self.try_on_a_terminal()
        self.assertIn(b"|C|\x1b[31mD\x1b[0m|2026", text)
        self.assertIn(b"|C|\x1b[32mX\x1b[0m|2026", text)
        self.assertNotIn(b"\x1b", errors, "each stream for itself")
        for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            text, _ = self.try_on_a_terminal(**plain)
            self.assertIn(b"|C|X|2026", text)
            self.assertNotIn(b"\x1b", text)

    def test_not_on_a_dumb_terminal(self):
        self.assertNotIn(b"\x1b[31m", self.stderr_of_terminal({"TERM": "dumb"}))


class Pipe(Folder):
    def test_passes_bytes_through_unchanged(self):
        done = self.run_here("pipe", "decode_hl7v2", text=GOOD)
        self.expect_code(done, 0)
        self.assertEqual(done.stdout.decode().rstrip("\n"), GOOD.rstrip("\n"))

    def test_explains_what_is_no_message_and_never_shows_values(self):
        bad = GOOD + "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|T|2.5.1\rPID|1||100||EXAMPLE^ADA||not-a-date\r"
        done = self.run_here("pipe", "decode_hl7v2 | validate_hl7v2", text=bad)
        self.expect_code(done, 1)
        self.assertIn(b"validate_hl7v2", done.stderr)
        self.assertNotIn(NAME.encode(), done.stderr)
        # All findings of the message, each with its place and what to mend.
        text = done.stderr.decode()
        self.assertRegex(text, r"record 2\n")
        self.assertRegex(text, r"error +PID-7 +hl7\.data_type_error +TS is a date and time")
        self.assertRegex(text, r"error +EVN +hl7\.required_segment_missing +add EVN")

    def test_explains_the_warnings_of_the_first_records_that_pass(self):
        doubtful = GOOD.replace("^ADA", "^ADA|||M~F")  # PID-8 does not repeat
        done = self.run_here("pipe", "decode_hl7v2 | validate_hl7v2", text=GOOD + 7 * doubtful)
        self.expect_code(done, 0)
        text = done.stderr.decode()
        self.assertNotRegex(text, r"record 1\b")
        self.assertRegex(text, r"record 2, delivered\n +warning +PID-8 +hl7\.field_repeated ")
        self.assertEqual(text.count(", delivered\n"), 5)
        self.assertIn("… and 2 more records that were delivered have findings\n", text)
        self.assertNotIn(NAME, text)
        quiet = self.run_here("pipe", "decode_hl7v2 | validate_hl7v2", "-q", text=doubtful)
        self.assertEqual(quiet.stderr, b"")

    def test_says_what_the_reason_of_a_refusal_means(self):
        done = self.run_here("pipe", "decode_hl7v2", text=GOOD.replace("^~\\&", "^~\\&#X"))
        self.expect_code(done, 1)
        self.assertRegex(done.stderr.decode(), r"hl7\.bad_delimiters +MSH-2 .*MSH-1 or MSH-2 holds no usable")

    def test_says_that_files_hold_no_message(self):
        self.write("indented.hl7", " " + GOOD)
        done = self.run_here("pipe", "decode_hl7v2", "indented.hl7")
        self.expect_code(done, 1)
        self.assertIn(b"bytes that are no message: one begins with MSH", done.stderr)

    def test_writes_rejects_as_json_lines(self):
        bad = GOOD + "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|T|2.5.1\rPID|1||100||EXAMPLE^ADA||not-a-date\r"
        done = self.run_here(
            "pipe", "decode_hl7v2 | validate_hl7v2 | discard", "--rejected", "bad.ndjson", text=bad
        )
        self.expect_code(done, 1)
        lines = (self.folder / "bad.ndjson").read_text().splitlines()
        self.assertTrue(lines)
        for line in lines:
            reject = json.loads(line)
            self.assertEqual(sorted(reject), ["fate", "findings", "id", "node", "reason", "where"])
            self.assertNotIn(NAME, line)
            self.assertIn("PV1", [finding["path"] for finding in reject["findings"]])
        self.assertEqual((self.folder / "bad.ndjson").stat().st_mode & 0o777, 0o600)

    def test_reads_several_files(self):
        self.write("one.hl7", GOOD)
        self.write("two.hl7", GOOD)
        done = self.run_here("pipe", "decode_hl7v2", "one.hl7", "two.hl7")
        self.expect_code(done, 0)
        self.assertEqual(done.stdout.count(b"MSH|"), 2)

    def test_a_message_ends_with_its_file(self):
        self.write("one.hl7", GOOD)
        self.write("two.hl7", "no message\n")
        self.write("three.hl7", GOOD)
        done = self.run_here("pipe", "decode_hl7v2 | validate_hl7v2", "one.hl7", "two.hl7", "three.hl7")
        self.expect_code(done, 1)
        self.assertEqual(done.stdout.count(b"MSH|"), 2)
        self.assertIn(b"file.no_message", done.stderr)
        self.assertIn(b"two.hl7", done.stderr)

    def test_reads_files_as_they_are_named(self):
        self.write("b.hl7", GOOD)
        self.write("in/x.hl7", GOOD)
        self.write("a[1].hl7", GOOD)
        done = self.run_here("pipe", "decode_hl7v2", "b.hl7", "in", "a[1].hl7", "--rejected", "none")
        self.expect_code(done, 0)
        self.assertEqual(done.stdout.count(b"MSH|"), 3)

    def test_a_stream_stands_alone(self):
        self.write("one.hl7", GOOD)
        done = self.run_here("pipe", "decode_hl7v2", "one.hl7", "-", text=GOOD)
        self.expect_code(done, 78)
        self.assertIn(b"- is a stream: give it alone", done.stderr)
        self.expect_code(self.run_here("pipe", "decode_hl7v2", "-", text=GOOD), 0)

    def test_takes_options_with_bars_and_braces_in_quotes(self):
        done = self.run_here(
            "pipe", "decode_hl7v2 | filter{keep_if: \"MSH-3 == '|}'\"}", text=GOOD
        )
        self.expect_code(done, 0)
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"filter.not_selected", done.stderr)

    def test_may_begin_and_end_with_plugins_of_its_own(self):
        done = self.run_here("pipe", "generate{count: 25} | decode_hl7v2 | discard")
        self.expect_code(done, 0)
        self.assertIn(b"25", done.stderr)

    def test_shows_the_pipeline_when_a_name_is_wrong(self):
        done = self.run_here("pipe", "decode_hl7", text=GOOD)
        self.expect_code(done, 78)
        self.assertIn(b"did you mean `decode_hl7v2`?", done.stderr)
        self.assertIn(b"process: decode_hl7", done.stderr)

    def test_refuses_an_open_brace(self):
        self.expect_code(self.run_here("pipe", "decode_hl7v2{key"), 2)

    def test_names_a_file_that_is_not_there(self):
        done = self.run_here("pipe", "decode_hl7v2", "none.hl7")
        self.expect_code(done, 74)
        self.assertIn(b"none.hl7", done.stderr)

    def test_prints_a_pipeline_that_validates(self):
        done = self.run_here("pipe", "decode_hl7v2 | filter{keep_if: \"1 == 1\"}", "--yaml")
        self.write("p.yaml", done.stdout.decode())
        self.expect_code(self.run_here("validate", "p.yaml"), 0)

    def test_ends_when_its_reader_is_gone(self):
        done = subprocess.run(
            ["bash", "-c", f"'{AORTA}' pipe 'generate{{count: 20000}} | decode_hl7v2' | head -1"],
            capture_output=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(done.stdout.count(b"\n"), 1)


class NewPipeline(Folder):
    def setUp(self):
        super().setUp()
        self.expect_code(self.run_here("new", "pipeline", "hello"), 0)

    def test_validates(self):
        done = self.run_here("validate", "hello/pipeline.yaml")
        self.expect_code(done, 0)
        self.assertIn(b"hello/pipeline.yaml: ok (", done.stdout)

    def test_passes_its_own_tests(self):
        done = self.run_here("test", "hello/pipeline.yaml")
        self.expect_code(done, 0)
        self.assertTrue(done.stdout.decode().endswith("3 passed, 0 failed\n"), done.stdout)

    def test_runs_on_its_sample(self):
        sample = (self.folder / "hello/samples/admit.hl7").read_text()
        done = self.run_here("run", "hello/pipeline.yaml", "--json", text=sample)
        self.expect_code(done, 0)
        end = json.loads(done.stdout.decode().splitlines()[-1])
        self.assertEqual(
            end["ledger"],
            {"in": 1, "delivered": 1, "filtered": 0, "dead_lettered": 0, "failed": 0, "held": 0},
        )
        self.assertGreater(end["peak_rss_bytes"], 0)
        self.assertGreaterEqual(end["seconds"], 0)
        self.assertIn(b"delivered", done.stderr)

    def test_is_not_overwritten(self):
        self.expect_code(self.run_here("new", "pipeline", "hello"), 74)

    def test_a_bad_name_is_refused(self):
        self.expect_code(self.run_here("new", "pipeline", "Hello World"), 2)


class NewPlugin(Folder):
    def test_is_the_template_under_another_name(self):
        self.expect_code(self.run_here("new", "plugin", "word_count"), 0)
        for path in (self.folder / "word_count").rglob("*"):
            self.assertNotIn("my_plugin", path.name)
            if path.is_file():
                self.assertNotIn("my_plugin", path.read_text())
        self.assertIn("class WordCount", (self.folder / "word_count/plugin.cpp").read_text())


    def test_a_name_that_is_taken_is_refused(self):
        for name, hint in (("class", b"class_filter"), ("decode_hl7v2", b"my_decode_hl7v2")):
            done = self.run_here("new", "plugin", name)
            self.expect_code(done, 2)
            self.assertIn(hint, done.stderr)
            self.assertFalse((self.folder / name).exists())

    def test_says_where_the_sdk_is_to_be_found(self):
        done = self.run_here("new", "plugin", "weekend")
        self.assertIn(b"cmake -S weekend -B weekend/build -G Ninja -DCMAKE_PREFIX_PATH=", done.stdout)


BAD_PIPELINE = """aorta: 1
pipeline: bad
nodes:
  intake: { source: stdin, with: { fromat: lines } }
  decode: { process: decode_hl7v2, from: intak }
  out: { sink: stdout, from: decode }
"""


class Validate(Folder):
    def test_reports_every_problem_of_all_files_with_its_place(self):
        self.write("one.yaml", BAD_PIPELINE)
        self.write("two.yaml", BAD_PIPELINE.replace("pipeline: bad", "pipeline: worse"))
        done = self.run_here("validate", "one.yaml", "two.yaml")
        self.expect_code(done, 1)
        text = done.stderr.decode()
        for file in ("one.yaml", "two.yaml"):
            self.assertIn(f"{file}:4:", text)
            self.assertIn(f"{file}:5:", text)
        self.assertIn("did you mean `format`?", text)

    def test_lets_plugins_check_their_options(self):
        self.write(
            "p.yaml",
            BAD_PIPELINE.replace("fromat: lines", "format: hl7v2")
            .replace("intak }", "intake }")
            .replace("from: decode }", 'from: pick }\n  pick: { process: filter, from: decode, '
                     'with: { keep_if: "MSH-9 === 3" } }'),
        )
        done = self.run_here("validate", "p.yaml")
        self.expect_code(done, 1)
        self.assertIn(b"p.yaml:7:", done.stderr)

    def test_lets_plugins_check_sound_nodes_beside_broken_ones(self):
        self.write(
            "p.yaml",
            BAD_PIPELINE.replace("fromat: lines", "format: hl7v2")
            + '  pick: { process: filter, from: ii, with: { keep_if: "MSH-9 === 3" } }\n',
        )
        for verb, code in (("validate", 1), ("run", 78), ("test", 78)):
            done = self.run_here(verb, "p.yaml")
            self.expect_code(done, code)
            text = done.stderr.decode()
            self.assertIn("there is no node `intak`", text)
            self.assertIn("there is no node `ii`", text)
            self.assertRegex(text, r"p\.yaml:7:\d\d: error: ", "what the plugin says of its expression")
            self.assertEqual(text.count("error: "), 3, text)

    def test_a_file_of_a_test_that_is_not_there_is_an_error(self):
        self.write("p.yaml", RUN_PIPELINE + """tests:
  - name: absent
    inject: [ { at: intake, file: absent.hl7 } ]
    expect: [ { at: out, golden: expected.hl7 } ]
""")
        done = self.run_here("validate", "p.yaml")
        self.expect_code(done, 1)
        self.assertIn(b"p.yaml:9:15: error: the test's file absent.hl7 does not exist", done.stderr)
        self.assertIn(b"p.yaml:10:15: error: the test's file expected.hl7 does not exist", done.stderr)

    def test_warns_of_a_variable_that_nothing_uses(self):
        self.write("p.yaml", RUN_PIPELINE.replace("lines", '"${FORMAT:-lines}"'))
        done = self.run_here("validate", "p.yaml", "--set", "FROMAT=hl7v2")
        self.expect_code(done, 0)
        self.assertIn(b"--set: warning: nothing uses the variable `FROMAT`\n    did you mean `FORMAT`?", done.stderr)

    def test_warns_of_a_root_that_stands_in_the_path_again(self):
        self.write("p.yaml", RUN_PIPELINE.replace("discard, from: decode", 'file, from: decode, with: { path: "out/a.hl7", root: out }'))
        done = self.run_here("validate", "p.yaml")
        self.expect_code(done, 0)
        self.assertIn(b"the files will lie in out/out; leave out/ out of path", done.stderr)

    def test_works_without_the_environment_and_names_what_is_unset(self):
        self.write(
            "p.yaml",
            "aorta: 1\npipeline: p\nnodes:\n"
            "  intake: { source: stdin, with: { format: \"${FORMAT}\" } }\n"
            "  out: { sink: stdout, from: intake }\n",
        )
        done = self.run_here("validate", "p.yaml")
        self.expect_code(done, 0)
        self.assertIn(b"FORMAT", done.stderr)
        self.expect_code(self.run_here("run", "p.yaml"), 78)
        self.expect_code(self.run_here("run", "p.yaml", "--set", "FORMAT=lines", text="a\n"), 0)

    def test_findings_are_json_on_request(self):
        self.write("one.yaml", BAD_PIPELINE)
        done = self.run_here("validate", "one.yaml", "--json")
        self.expect_code(done, 1)
        findings = json.loads(done.stdout)
        self.assertEqual({finding["file"] for finding in findings}, {"one.yaml"})

    def test_run_refuses_with_78(self):
        self.write("one.yaml", BAD_PIPELINE)
        self.expect_code(self.run_here("run", "one.yaml"), 78)

    def test_two_pipelines_of_one_name_are_refused(self):
        good = BAD_PIPELINE.replace("fromat", "format").replace("intak }", "intake }")
        self.write("one.yaml", good)
        self.write("two.yaml", good)
        self.expect_code(self.run_here("validate", "one.yaml", "two.yaml"), 1)


RUN_PIPELINE = """aorta: 1
pipeline: feed
nodes:
  intake: { source: stdin, with: { format: lines } }
  decode: { process: decode_hl7v2, from: intake }
  out: { sink: discard, from: decode }
"""

MENDED_PIPELINE = """aorta: 1
pipeline: feed
nodes:
  intake: { source: stdin, with: { format: lines } }
  out: { sink: file, from: intake, with: { path: out.txt } }
"""


class Run(Folder):
    def test_ends_with_the_ledger_and_says_where_dead_letters_lie(self):
        self.write("p.yaml", RUN_PIPELINE)
        done = self.run_here("run", "p.yaml", "--json", text="no message\n")
        self.expect_code(done, 0)
        ledger = json.loads(done.stdout)["ledger"]
        self.assertEqual((ledger["in"], ledger["dead_lettered"]), (1, 1))
        self.assertIn(b"aorta-state/feed/dead_letters.db", done.stderr)

    def test_a_record_that_failed_is_a_finding(self):
        self.write("p.yaml", RUN_PIPELINE.replace("format: lines", "format: lines, max_record: 1KiB"))
        done = self.run_here("run", "p.yaml", "--json", text="x" * 2000 + "\n")
        self.expect_code(done, 1)
        self.assertEqual(json.loads(done.stdout)["ledger"]["failed"], 1)
        self.assertIn(b"stdin.record_too_large", done.stderr)

    def test_stops_at_a_signal_and_drains(self):
        self.write("p.yaml", RUN_PIPELINE.replace("source: stdin, with: { format: lines }",
                                                  "source: generate, with: { rate: 50 }"))
        child = subprocess.Popen(
            [AORTA, "run", "p.yaml", "--json", "--log-format", "json"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for line in child.stderr:
            if b"pipeline_started" in line:
                break
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 0, err)
        ledger = json.loads(out)["ledger"]
        self.assertEqual(ledger["in"], ledger["delivered"])

    def test_logs_json_off_a_terminal(self):
        self.write("p.yaml", RUN_PIPELINE)
        done = self.run_here("run", "p.yaml", "--log-format", "auto", text=GOOD)
        first = done.stderr.decode().splitlines()[0]
        self.assertEqual(json.loads(first)["event"], "pipeline_started")

    def test_quiet_says_nothing_when_all_is_well(self):
        self.write("p.yaml", RUN_PIPELINE)
        self.assertEqual(self.run_here("run", "p.yaml", "-q", text="").stderr, b"")

    def test_serves_the_admin_port(self):
        self.write("p.yaml", RUN_PIPELINE)
        done = self.run_here("run", "p.yaml", "--admin", "127.0.0.1:0", text="")
        self.expect_code(done, 0)
        self.assertIn(b"admin_started", done.stderr)
        self.expect_code(self.run_here("run", "p.yaml", "--admin", "nonsense", text=""), 78)

    def test_threads_are_bounded(self):
        self.write("p.yaml", RUN_PIPELINE)
        self.expect_code(self.run_here("run", "p.yaml", "--threads", "0"), 2)


class NoDeadLettersYet(Folder):
    def test_are_an_empty_list(self):
        self.write("p.yaml", RUN_PIPELINE)
        done = self.run_here("dead-letters", "list", "p.yaml", "--json")
        self.expect_code(done, 0)
        self.assertEqual(json.loads(done.stdout), [])
        self.assertIn(b"no dead letters yet", done.stderr)
        self.expect_code(self.run_here("dead-letters", "show", "1", "p.yaml"), 74)


class DeadLetters(Folder):
    def setUp(self):
        super().setUp()
        self.write("p.yaml", RUN_PIPELINE)
        self.expect_code(self.run_here("run", "p.yaml", "-q", text=NAME + " is no message\n"), 0)

    def test_are_listed_without_payload(self):
        done = self.run_here("dead-letters", "list", "p.yaml")
        self.expect_code(done, 0)
        self.assertIn(b"decode", done.stdout)
        self.assertNotIn(NAME.encode(), done.stdout)

    def test_are_shown_without_payload(self):
        done = self.run_here("dead-letters", "show", "1", "p.yaml", "--json")
        self.expect_code(done, 0)
        self.assertNotIn("payload", json.loads(done.stdout))

    def test_payload_needs_a_reason_and_is_audited(self):
        self.expect_code(self.run_here("dead-letters", "show", "1", "p.yaml", "--phi"), 2)
        done = self.run_here(
            "dead-letters", "show", "1", "p.yaml", "--phi", "--reason", "ticket 4711", "--json"
        )
        self.expect_code(done, 0)
        self.assertIn(NAME, json.loads(done.stdout)["payload"])
        lines = (self.folder / "aorta-state/feed/audit.log").read_text().splitlines()
        self.assertEqual(len(lines), 1)
        line = json.loads(lines[0])
        self.assertEqual((line["letter"], line["reason"]), (1, "ticket 4711"))
        self.assertTrue(line["user"] and line["time"])

    def test_a_payload_gives_the_terminal_no_orders(self):
        self.expect_code(self.run_here("run", "p.yaml", "-q", text="a\x1b[2J\u009bb\n"), 0)
        done = self.run_here("dead-letters", "show", "2", "p.yaml", "--phi", "--reason", "test")
        self.expect_code(done, 0)
        self.assertIn(b"\na?[2J?b\n", done.stdout)

    def test_filters(self):
        done = self.run_here("dead-letters", "list", "p.yaml", "--node", "out", "--json")
        self.assertEqual(json.loads(done.stdout), [])

    def listed(self, *words):
        done = self.run_here("dead-letters", "list", "p.yaml", "--json", *words)
        self.expect_code(done, 0)
        return json.loads(done.stdout)

    def replayed(self, *words):
        """Asks for the replay, lets a run without input take it, and gives the run's ledger."""
        self.expect_code(self.run_here("dead-letters", "replay", "p.yaml", *words), 0)
        done = self.run_here("run", "p.yaml", "--json")
        self.expect_code(done, 0)
        return json.loads(done.stdout)["ledger"]

    def test_filters_by_time_type_key_and_number(self):
        for words, count in (
            (("--since", "1h"), 1),
            (("--until", "1h"), 0),
            (("--until", "2020-01-01"), 0),
            (("--since", "2020-01-01T10:00:00Z"), 1),
            (("--type", "fhir"), 0),
            (("--key", "ff"), 0),
            (("--before", "1"), 0),
            (("1",), 1),
            (("2",), 0),
        ):
            self.assertEqual(len(self.listed(*words)), count, words)
        for words in (("--since", "soon"), ("--key", "xyz"), ("--until", "2026-13-01")):
            self.expect_code(self.run_here("dead-letters", "list", "p.yaml", *words), 2)

    def test_replayed_into_the_mended_pipeline_are_delivered(self):
        self.write("p.yaml", MENDED_PIPELINE)
        ledger = self.replayed("--all", "--from-start")
        self.assertEqual((ledger["in"], ledger["replayed"], ledger["delivered"]), (0, 1, 1))
        self.assertEqual((self.folder / "out.txt").read_text(), NAME + " is no message\n")
        self.assertEqual(self.listed(), [])
        done = self.run_here("dead-letters", "show", "1", "p.yaml")
        self.assertIn(b"it was sent again and delivered", done.stderr)

    def test_replayed_to_a_node_of_choice_skip_those_before_it(self):
        self.write("p.yaml", RUN_PIPELINE)
        self.assertEqual(self.replayed("1", "--to", "out")["delivered"], 1)
        self.assertEqual(self.listed(), [])

    def test_replayed_and_refused_again_stay_one_letter(self):
        before = self.listed()
        ledger = self.replayed("--node", "decode")
        self.assertEqual((ledger["replayed"], ledger["dead_lettered"]), (1, 1))
        after = self.listed()
        self.assertEqual(len(after), 1)
        self.assertEqual(after[0]["record"], before[0]["record"])
        self.assertEqual((after[0]["attempts"], after[0]["state"]), (2, "kept"))
        shown = json.loads(self.run_here("dead-letters", "show", "1", "p.yaml", "--json").stdout)
        self.assertEqual(len(shown["history"]), 2)

    def test_replayed_to_a_node_that_is_gone_stay(self):
        self.write("p.yaml", MENDED_PIPELINE)
        self.assertEqual(self.replayed("1").get("replayed", 0), 0)
        self.assertEqual(self.listed()[0]["state"], "kept")
        done = self.run_here("dead-letters", "show", "1", "p.yaml")
        self.assertIn(b"replay.no_such_node", done.stdout)

    def test_replay_needs_to_know_which_and_where(self):
        for words in ((), ("1", "--to", "ouut"), ("1", "--to", "out", "--from-start")):
            self.expect_code(self.run_here("dead-letters", "replay", "p.yaml", *words), 2)

    def test_are_exported_for_a_reason_and_audited(self):
        self.expect_code(self.run_here("dead-letters", "export", "1", "p.yaml", "--output", "x"), 2)
        why = ("--phi", "--reason", "ticket 4711")
        done = self.run_here("dead-letters", "export", "1", "p.yaml", "--output", "x", *why)
        self.expect_code(done, 0)
        self.assertIn(NAME, json.loads((self.folder / "x").read_text())["payload"])
        self.assertEqual((self.folder / "x").stat().st_mode & 0o777, 0o600)
        done = self.run_here(
            "dead-letters", "export", "1", "p.yaml", "--format", "files", "--output", "d", *why
        )
        self.expect_code(done, 0)
        self.assertEqual((self.folder / "d/1.payload").read_text(), NAME + " is no message")
        lines = (self.folder / "aorta-state/feed/audit.log").read_text().splitlines()
        self.assertEqual(len(lines), 2)
        done = self.run_here("dead-letters", "export", "1", "p.yaml", "--output", "x", *why)
        self.expect_code(done, 74)

    def test_are_purged_when_it_is_meant(self):
        self.expect_code(self.run_here("dead-letters", "purge", "p.yaml", "--all", "--yes"), 2)
        why = ("--yes", "--reason", "worked off")
        self.expect_code(self.run_here("dead-letters", "purge", "p.yaml", *why), 2)
        done = self.run_here("dead-letters", "purge", "p.yaml", "--all", "--json", *why)
        self.assertEqual(json.loads(done.stdout), {"purged": 1})
        self.assertEqual(self.listed(), [])
        line = json.loads((self.folder / "aorta-state/feed/audit.log").read_text())
        self.assertEqual((line["action"], line["letter"]), ("dead-letters purge", 1))

    def test_sealed_need_the_key(self):
        (self.folder / "k").write_text("0123456789abcdef" * 2)
        (self.folder / "k").chmod(0o600)
        sealed = "storage: { path: state, key: !secret file:k }\nnodes:"
        self.write("p.yaml", RUN_PIPELINE.replace("nodes:", sealed))
        self.expect_code(self.run_here("run", "p.yaml", "-q", text=NAME + " is no message\n"), 0)
        self.assertNotIn(NAME.encode(), (self.folder / "state/dead_letters.db").read_bytes())
        show = ("dead-letters", "show", "1", "--phi", "--reason", "test")
        self.assertIn(NAME.encode(), self.run_here(*show, "p.yaml").stdout)
        done = self.run_here(*show, "--file", "state/dead_letters.db")
        self.expect_code(done, 77)
        self.assertIn(b"is sealed with the key", done.stderr)
        self.assertEqual(self.replayed("1", "--to", "out")["delivered"], 1)

    def test_a_file_that_is_not_there_is_named(self):
        done = self.run_here("dead-letters", "list", "--file", "none.db")
        self.expect_code(done, 74)
        self.assertIn(b"none.db", done.stderr)


TESTED = """aorta: 1
pipeline: tested
nodes:
  intake: { source: mllp, ack: { level: delivered, after: decode }, with: { listen: "127.0.0.1:0" } }
  decode: { process: decode_hl7v2, from: intake }
  pick: { process: filter, from: decode, with: { keep_if: "MSH-9.1 == 'ADT'" } }
  store: { sink: file, from: pick, with: { path: out.hl7 } }
tests:
"""


class Test(Folder):
    def run_tests(self, tests, *words):
        self.write("p.yaml", TESTED + tests)
        self.write("good.hl7", GOOD.replace("\r", "\n"))
        return self.run_here("test", "p.yaml", *words)

    def test_answers_counts_and_texts(self):
        done = self.run_tests(
            """  - name: passes
    inject: [ { at: intake, file: good.hl7 } ]
    expect: [ { ack: AA }, { at: store, count: 1, contains: "ADT^A01", absent: "XXX" } ]
  - name: refused
    inject: [ { at: intake, text: "hello" } ]
    expect: [ { ack: AE }, { at: store, count: 0 }, { at: dead_letters, count: 1, contains: hl7 } ]
"""
        )
        self.expect_code(done, 0)
        self.assertIn(b"2 passed, 0 failed", done.stdout)

    def test_a_failure_says_where_what_and_what_came(self):
        done = self.run_tests(
            """  - name: wrong
    inject: [ { at: intake, file: good.hl7 } ]
    expect: [ { ack: AE }, { at: store, count: 2, absent: "EXAMPLE" } ]
"""
        )
        self.expect_code(done, 1)
        text = done.stdout.decode()
        self.assertIn("not ok", text)
        self.assertIn("p.yaml:11:15: expected the answer AE to record 1, came AA", text)
        self.assertIn("expected 2 records at `store`, 1 came", text)
        self.assertIn("`EXAMPLE` must be absent", text)
        self.assertIn("0 passed, 1 failed", text)

    def test_stubs_and_time(self):
        done = self.run_tests(
            """  - name: a peer that is down is tried again
    stub: { store: [ fail, timeout, ok ] }
    inject: [ { at: intake, file: good.hl7 }, { advance: 10s } ]
    expect: [ { ack: AA }, { at: store, count: 1 } ]
  - name: a sender that waits too long is told nothing
    stub: { store: [ fail, fail, fail, fail, fail, fail, fail, fail, fail, fail, fail, ok ] }
    inject: [ { at: intake, file: good.hl7 }, { advance: 10m } ]
    expect: [ { ack: none }, { at: store, count: 1 } ]
  - name: what a peer refuses is told to the sender
    stub: { store: refuse }
    inject: [ { at: intake, file: good.hl7 } ]
    expect: [ { ack: AE }, { at: store, count: 0 }, { at: dead_letters, count: 0 } ]
"""
        )
        self.expect_code(done, 0)

    def test_what_is_held_at_the_end_fails(self):
        done = self.run_tests(
            """  - name: held
    stub: { store: fail }
    inject: [ { at: intake, file: good.hl7 } ]
    expect: [ { at: store, count: 0 } ]
"""
        )
        self.expect_code(done, 1)
        self.assertIn(b"1 of 1 records are still held", done.stdout)
        self.assertIn(b"stub.fail", done.stdout)

    def test_goldens_are_written_compared_and_may_ignore_fields(self):
        tests = """  - name: golden
    inject: [ { at: intake, file: good.hl7 } ]
    expect: [ { at: store, golden: expected/store.hl7, ignore: MSH-7 } ]
"""
        missing = self.run_tests(tests)
        self.expect_code(missing, 1)
        self.assertIn(b"--update", missing.stdout)
        self.expect_code(self.run_tests(tests, "--update"), 0)
        self.expect_code(self.run_tests(tests), 0)
        golden = self.folder / "expected/store.hl7"
        self.assertEqual(golden.read_text(), GOOD.replace("\r", "\n"))
        golden.write_text(golden.read_text().replace("20260101120000||ADT", "19990101||ADT"))
        self.expect_code(self.run_tests(tests), 0)
        golden.write_text(golden.read_text().replace("PV1|1|I", "PV1|1|O"))
        changed = self.run_tests(tests)
        self.expect_code(changed, 1)
        self.assertIn(b"- PV1|1|O", changed.stdout)
        self.assertIn(b"+ PV1|1|I", changed.stdout)

    def test_coverage_names_what_was_not_reached(self):
        tests = """  - name: passes
    inject: [ { at: intake, file: good.hl7 } ]
    expect: [ { at: store, count: 1 } ]
"""
        done = self.run_tests(tests, "--coverage")
        self.expect_code(done, 0)
        text = done.stdout.decode()
        self.assertIn("not reached: port decode.rejected", text)
        self.assertNotIn("not reached: node", text)
        self.assertNotIn("not reached: port pick.out", text)

    def test_filter_and_json(self):
        done = self.run_tests(
            """  - { name: first, inject: [ { advance: 1s } ], expect: [ { at: store, count: 0 } ] }
  - { name: second, inject: [ { advance: 1s } ], expect: [ { at: store, count: 1 } ] }
""",
            "--filter",
            "second",
            "--json",
        )
        self.expect_code(done, 1)
        answer = json.loads(done.stdout)
        self.assertEqual((answer["passed"], answer["failed"]), (0, 1))
        self.assertEqual(answer["tests"][0]["name"], "second")

    def test_a_filter_that_matches_nothing_fails(self):
        tests = "  - { name: first, inject: [ { advance: 1s } ], expect: [ { at: store, count: 0 } ] }\n"
        done = self.run_tests(tests, "--filter", "zzz")
        self.expect_code(done, 1)
        self.assertIn(b"--filter zzz: no test has that in its name", done.stderr)

    def test_a_file_without_tests_says_so(self):
        self.write("p.yaml", RUN_PIPELINE)
        done = self.run_here("test", "p.yaml")
        self.expect_code(done, 0)
        self.assertIn(b"p.yaml: has no tests", done.stderr)
        self.assertEqual(done.stdout, b"no test was run\n")


class Pictures(Folder):
    def test_svg_is_well_formed_and_complete(self):
        self.run_here("new", "pipeline", "hello")
        for words in ([], ["--plan"]):
            done = self.run_here("graph", "hello/pipeline.yaml", "--format", "svg", *words)
            self.expect_code(done, 0)
            root = xml.etree.ElementTree.fromstring(done.stdout)
            names = [node.text for node in root.iter() if node.get("class") == "name"]
            self.assertEqual(sorted(names), ["admissions", "decode", "intake", "out"])

    def test_other_formats(self):
        self.run_here("new", "pipeline", "hello")
        for name, begin in (("text", b""), ("dot", b"digraph"), ("mermaid", b"flowchart")):
            done = self.run_here("graph", "hello/pipeline.yaml", "--format", name)
            self.expect_code(done, 0)
            self.assertTrue(done.stdout.startswith(begin))
        self.expect_code(self.run_here("graph", "hello/pipeline.yaml", "--format", "png"), 2)

    def test_summaries_of_plugins_have_one_form(self):
        for plugin in json.loads(self.run_here("plugins", "list", "--json").stdout):
            summary = plugin["summary"]
            self.assertTrue(summary[0].isupper() and not summary.endswith("."), plugin["id"])

    def test_a_page_keeps_within_a_hundred_columns_off_a_terminal(self):
        text = self.run_here("plugins", "describe", "mllp").stdout.decode()
        self.assertIn("mllp (source)", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_show_tells_where_values_come_from(self):
        self.run_here("new", "pipeline", "hello")
        done = self.run_here("show", "hello/pipeline.yaml")
        self.expect_code(done, 0)
        self.assertIn(b"# default", done.stdout)
        self.assertIn(b"# hello/pipeline.yaml:", done.stdout)


EDIT_PIPELINE = """aorta: 1
pipeline: edit
tables:
  sites: { file: sites.csv }
nodes:
  intake: { source: stdin }
  decode: { process: decode_hl7v2, from: intake }
  prepare:
    process: edit
    from: decode
    with:
      do:
        - { lookup: sites, by: MSH-6, into: MSH-6, on_missing: TABLE_POLICY }
        - { remove: EVN }
        - { add: NTE, fields: [ "1" ], after: PID }
  out: { sink: stdout, from: prepare }
"""


class Edit(Folder):
    def write_pipeline(self, policy="reject"):
        self.write("sites.csv", "code,name\nD,NORTH\n")
        self.write("p.yaml", EDIT_PIPELINE.replace("TABLE_POLICY", policy))
        self.write("m.hl7", GOOD + GOOD.replace("|D|", "|X|"))

    def test_shows_before_and_after_with_marks(self):
        self.write_pipeline()
        done = self.run_here("edit", "--try", "p.yaml", "prepare", "m.hl7", "--width", "161")
        self.expect_code(done, 1)
        rows = done.stdout.decode().splitlines()
        self.assertEqual(rows[0], "message 1")
        self.assertEqual([row[0] for row in rows[1:6]], ["!", "-", " ", "+", " "])
        self.assertIn("|NORTH|", rows[1].split(" | ", 1)[1])
        self.assertIn("message 2: dead_lettered, edit.not_in_table MSH-6", rows)
        self.assertNotIn("\x1b", done.stdout.decode())
        self.assertIn(b"2 messages, 1 changed, 1 refused", done.stderr)

    def test_json_has_all_of_it(self):
        self.write_pipeline("keep")
        done = self.run_here("edit", "--try", "p.yaml", "prepare", "m.hl7", "--json")
        self.expect_code(done, 0)
        messages = json.loads(done.stdout)["messages"]
        self.assertEqual([one["fate"] for one in messages], ["delivered", "delivered"])
        self.assertEqual(messages[0]["before"], GOOD)
        self.assertEqual(messages[0]["after"][0]["port"], "out")
        self.assertIn("\rNTE|1\r", messages[0]["after"][0]["payload"])

    def test_other_processors_work_too(self):
        self.write_pipeline()
        done = self.run_here("edit", "--try", "p.yaml", "decode", "m.hl7")
        self.expect_code(done, 0)
        self.assertIn(b"message 1: unchanged", done.stdout)

    def test_a_slip_in_the_node_is_suggested(self):
        self.write_pipeline()
        done = self.run_here("edit", "--try", "p.yaml", "prepar", "m.hl7")
        self.expect_code(done, 2)
        self.assertIn(b"did you mean `prepare`?", done.stderr)
        self.expect_code(self.run_here("edit", "--try", "p.yaml", "intake", "m.hl7"), 2)
        self.expect_code(self.run_here("edit", "p.yaml", "prepare", "m.hl7"), 2)
        self.expect_code(self.run_here("edit", "--try", "p.yaml", "prepare", "none.hl7"), 74)

    def test_validate_tells_unknown_tables_and_columns(self):
        self.write_pipeline()
        self.write("p.yaml", EDIT_PIPELINE.replace("TABLE_POLICY", "keep").replace("lookup: sites", "lookup: sights"))
        done = self.run_here("validate", "p.yaml")
        self.expect_code(done, 1)
        self.assertIn(b"p.yaml:13:21: error: there is no table `sights`: the pipeline has the tables sites", done.stderr)
        self.write_pipeline("keep")
        self.write("sites.csv", "code,name\nD\n")
        done = self.run_here("validate", "p.yaml")
        self.expect_code(done, 1)
        self.assertIn(b"sites.csv:2:1: error: the line has 1 cells", done.stderr)

    def test_a_table_that_changes_is_loaded_while_the_pipeline_runs(self):
        self.write_pipeline("keep")
        process = subprocess.Popen([AORTA, "run", "p.yaml"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, cwd=self.folder)
        self.addCleanup(process.kill)
        for line in process.stderr:
            if b"pipeline_started" in line:
                (self.folder / "new.csv").write_text("code,name\nD,SOUTH\nE,EAST\n")
                os.replace(self.folder / "new.csv", self.folder / "sites.csv")
            if b"table_loaded" in line:
                break
        out, _ = process.communicate(GOOD.encode(), timeout=30)
        self.assertIn(b"|SOUTH|", out)


class Plugins(Folder):
    def test_are_listed(self):
        done = self.run_here("plugins", "--json")
        self.expect_code(done, 0)
        self.assertIn("decode_hl7v2", [plugin["id"] for plugin in json.loads(done.stdout)])

    def test_broken_files_are_reported(self):
        self.write("plugins/broken.so", "no plugin")
        done = self.run_here("plugins", "--plugin-path", "plugins")
        self.expect_code(done, 1)
        self.assertIn(b"broken.so", done.stderr)

    def test_are_described(self):
        done = self.run_here("plugins", "describe", "filter")
        self.expect_code(done, 0)
        self.assertIn(b"keep_if", done.stdout)
        self.assertIn(b"filter.not_selected", done.stdout)

    def test_a_slip_in_an_id_is_suggested(self):
        done = self.run_here("plugins", "describe", "fliter")
        self.expect_code(done, 1)
        self.assertIn(b"did you mean `filter`?", done.stderr)

    def test_pages_are_written(self):
        done = self.run_here("plugins", "describe", "--all", "--markdown", "--output", "pages")
        self.expect_code(done, 0)
        page = (self.folder / "pages/processor_filter.md").read_text()
        self.assertTrue(page.startswith("# filter (processor)\n"))
        self.assertIn("| `keep_if` |", page)

    def test_a_good_plugin_passes_the_check(self):
        plugins = json.loads(self.run_here("plugins", "--json").stdout)
        path = next(each["path"] for each in plugins if each["id"] == "discard")
        self.expect_code(self.run_here("plugins", "check", path), 0)
        self.write("no.so", "nothing")
        self.expect_code(self.run_here("plugins", "check", "no.so"), 1)

    def test_schema_is_json(self):
        self.assertIn("properties", json.loads(self.run_here("schema").stdout))


if __name__ == "__main__":
    AORTA = os.path.abspath(sys.argv.pop(1))
    unittest.main()
