#!/usr/bin/env python3
"""durable_changed_test.py AORTA

What the storage holds meets a changed pipeline: another name, another secret, another key."""
import os
import signal
import unittest
import unittest.mock

from rig import PATIENCE, DurableTest


class Changed(DurableTest):
    def test_records_of_a_renamed_sink_wait_for_a_decision(self):
        self.leave_20()
        self.write(sink="hospital")
        said = self.refused()
        self.assertIn("holds 20 records in the outbox of `ehr`", said)
        self.assertIn("--adopt ehr=NEW", said)
        self.assertIn("--to-dead-letters ehr", said)
        self.peer.come_up()
        self.start("--adopt", "ehr=hospital")
        self.peer.wait_for(20)
        self.assertEqual(self.peer.seen, self.numbers(20))

    def test_records_of_a_removed_outbox_become_dead_letters(self):
        self.leave_20()
        self.write(buffer="")
        self.assertIn("holds 20 records in the outbox of `ehr`", self.refused())
        run, connection = self.start("--to-dead-letters", "ehr")
        self.assertEqual({letter["reason"] for letter in self.wait_letters(20)}, {"storage.node_gone"})
        ledger = self.stop(run)
        self.assertEqual((ledger["held_at_start"], ledger["dead_lettered"], ledger["held"]), (20, 20, 0))

    def leave_20_with_another_secret(self):
        self.key("1" * 64, "ids.key")
        self.write(secret="key: !secret file:ids.key")
        self.leave_20()
        self.key("2" * 64, "ids.key")
        said = self.refused()
        self.assertIn("outboxes hold 20 records keyed with the former one", said)
        self.assertIn("--adopt-key", said)
        self.assertIn("--to-dead-letters", said)

    def test_records_keyed_with_another_secret_wait_for_the_former_one(self):
        self.leave_20_with_another_secret()
        self.key("1" * 64, "ids.key")
        self.peer.come_up()
        self.start()
        self.peer.wait_for(20)

    def test_records_keyed_with_another_secret_are_adopted(self):
        self.leave_20_with_another_secret()
        run, _ = self.start("--adopt-key")
        self.stop(run)
        self.peer.come_up()
        self.start()  # the decision stands
        self.peer.wait_for(20)
        self.assertEqual(self.peer.seen, self.numbers(20))

    def test_records_keyed_with_another_secret_become_dead_letters_and_the_next_are_delivered(self):
        self.leave_20_with_another_secret()
        self.peer.come_up()
        run, connection = self.start("--to-dead-letters", "ehr")
        self.send(connection, 20, 25)
        self.peer.wait_for(5)
        self.assertEqual({letter["reason"] for letter in self.wait_letters(20)}, {"storage.given_up"})
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual((ledger["held_at_start"], ledger["dead_lettered"], ledger["delivered"], ledger["held"]), (20, 20, 5, 0))
        self.assertEqual(self.peer.seen, self.numbers(25)[20:])

    def test_what_is_given_up_stays_so_when_a_crash_comes_in_between(self):
        self.leave_20_with_another_secret()
        self.peer.come_up()
        with unittest.mock.patch.dict(os.environ, AORTA_CRASH_AT="outbox.over:5"):
            run, _ = self.start("--to-dead-letters", "ehr")
            self.assertEqual(run.wait(PATIENCE), -signal.SIGKILL)
        run, connection = self.start()
        self.send(connection, 20, 25)
        self.peer.wait_for(5)
        self.wait_letters(20)
        self.stop(run)
        self.assertEqual(self.peer.seen, self.numbers(25)[20:])

    def test_a_journal_that_still_has_its_source_is_not_given_up(self):
        self.write(buffer="")
        self.leave_20()
        said = self.refused("--to-dead-letters", "intake")
        self.assertIn("`intake` is still there, and takes up by itself the 20 records", said)
        self.peer.come_up()
        self.start()
        self.peer.wait_for(20)

    def test_without_the_key_it_does_not_start_and_with_a_new_one_it_reads_what_the_former_sealed(self):
        self.leave_20()
        self.key("b" * 64)
        self.assertIn("key", self.refused())
        self.key("a" * 64, "former.key")
        self.write(seal="key: !secret file:storage.key, former_keys: [ !secret file:former.key ]")
        self.peer.come_up()
        self.start()
        self.peer.wait_for(20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
