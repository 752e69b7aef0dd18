#!/usr/bin/env python3
"""durable_spool_test.py AORTA

`aorta spool` on storages in every state: what it says and how it ends."""
import json
import os
import unittest

from rig import DurableTest


class Spool(DurableTest):
    def expect(self, action, code, said, *more):
        """The action ends so and says so; gives its standard output."""
        done = self.spool(action, self.folder / "p.yaml", *more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(said, done.stderr)
        return done.stdout

    def test_a_missing_storage_holds_nothing(self):
        for action in ("inspect", "verify", "repair"):
            seen = json.loads(self.expect(action, 0, "nothing is stored yet", "--json"))
            self.assertEqual((seen["streams"], seen["bytes"]), ([], 0))
        self.assertEqual(self.expect("export", 0, "nothing is stored yet"), "")
        self.assertFalse((self.folder / "state").exists(), "looking makes nothing")

    def test_a_storage_that_was_never_begun_is_empty(self):
        (self.folder / "state" / "spool").mkdir(parents=True)
        seen = json.loads(self.expect("inspect", 0, "", "--json"))
        self.assertEqual((seen["streams"], seen["damage"]), ([], []))
        self.expect("verify", 0, "")

    def test_a_storage_in_use_is_looked_at_and_not_repaired(self):
        run, connection = self.start()
        self.send(connection, 0, 5)
        seen = json.loads(self.expect("inspect", 0, "", "--json"))
        self.assertFalse(seen["was_closed"])
        for action in ("repair", "export"):
            self.expect(action, 69, f"in use by process {run.pid}: stop it first")

    def test_a_newer_storage_is_refused(self):
        self.leave_20()
        (self.folder / "state" / "storage").write_text("aorta storage 2\n")
        for action in ("inspect", "verify", "repair", "export"):
            self.expect(action, 78, "format 2, this program knows 1: use the program that wrote it, or a newer one")

    def test_a_folder_of_something_else_is_refused(self):
        (self.folder / "state" / "spool").mkdir(parents=True)
        (self.folder / "state" / "storage").write_text("my documents\n")
        for action in ("inspect", "repair"):
            self.expect(action, 78, "holds something else")

    def test_a_storage_sealed_with_another_key_is_refused(self):
        self.leave_20()
        self.key("b" * 64)
        for action in ("inspect", "verify", "repair", "export"):
            self.expect(action, 78, "name its secret as the key, or as a former one")

    def test_a_damaged_storage_says_what_to_do(self):
        self.leave_20()
        self.damage()
        self.expect("inspect", 0, "")
        table = self.expect("verify", 1, "`aorta spool repair` or the next start moves it to the quarantine")
        self.assertIn("damaged", table)
        self.expect("repair", 0, "")
        self.expect("verify", 0, "")

    @unittest.skipIf(os.geteuid() == 0, "root may read all")
    def test_a_storage_that_may_not_be_read_is_refused(self):
        self.leave_20()
        folder = self.folder / "state" / "spool"
        folder.chmod(0)
        self.addCleanup(folder.chmod, 0o700)
        self.expect("inspect", 77, "EACCES")

    def test_the_spool_is_inspected_verified_repaired_and_exported(self):
        self.leave_20()
        file = self.folder / "p.yaml"
        seen = json.loads(self.spool("inspect", file, "--json").stdout)
        self.assertEqual({one["node"]: one["held"] for one in seen["streams"]}, {"intake": 20, "ehr": 20})
        self.assertEqual(self.spool("verify", file).returncode, 0)
        exported = [json.loads(line) for line in self.spool("export", file).stdout.splitlines()]
        self.assertEqual([one["node"] for one in exported], ["ehr"] * 20)
        self.assertNotIn("JANE", json.dumps(exported))
        exported = self.spool("export", file, "--phi", "--reason", "a test").stdout
        self.assertEqual(exported.count("DOE^JANE"), 20)
        self.assertIn("a test", (self.folder / "state" / "audit.log").read_text())
        self.damage()
        verified = self.spool("verify", file)
        self.assertEqual(verified.returncode, 1, verified.stdout + verified.stderr)
        self.assertEqual(self.spool("repair", file).returncode, 0)
        self.assertTrue(list((self.folder / "state" / "quarantine").iterdir()))
        exported = [json.loads(line) for line in self.spool("export", file).stdout.splitlines()]
        self.assertEqual(len(exported), 19, "only the damaged record is gone")


if __name__ == "__main__":
    unittest.main(verbosity=2)
