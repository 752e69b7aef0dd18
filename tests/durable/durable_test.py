#!/usr/bin/env python3
"""durable_test.py AORTA

What was acknowledged as durable outlives the process; a sink that is down holds up nobody: over real sockets, through
the real command."""
import signal
import time
import unittest

from rig import PATIENCE, DurableTest


class Durable(DurableTest):
    def test_a_sink_that_is_down_holds_up_nobody_and_gets_everything_in_order(self):
        run, connection = self.start()
        self.send(connection, 0, 300)
        self.wait_kept(300)
        self.peer.come_up()
        self.peer.wait_for(300)
        self.assertEqual(self.peer.seen, self.numbers(300))
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual((ledger["in"], ledger["delivered"], ledger["held"]), (300, 300, 0))

    def test_what_was_acknowledged_outlives_kill_9(self):
        for round_number in range(3):
            run, connection = self.start()
            self.send(connection, 100 * round_number, 100 * (round_number + 1))
            run.send_signal(signal.SIGKILL)
            run.wait(PATIENCE)
        self.peer.come_up()
        run, connection = self.start()
        self.peer.wait_for(300)
        self.assertEqual(list(dict.fromkeys(self.peer.seen)), self.numbers(300))
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual(ledger["held"], 0)
        self.assertEqual(ledger["held_at_start"] + ledger["in"], ledger["delivered"] + ledger["held"])
        self.assertEqual(self.kept(), self.numbers(300), "no line is torn, doubled or out of order")

    def test_a_stop_leaves_in_the_outbox_what_the_sink_did_not_take(self):
        run, connection = self.start()
        self.send(connection, 0, 20)
        ledger = self.stop(run)
        self.assertEqual((ledger["held"], ledger["failed"]), (20, 0))
        self.assertEqual(run.returncode, 0)
        self.peer.come_up()
        run, connection = self.start()
        self.peer.wait_for(20)
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual((ledger["held_at_start"], ledger["delivered"]), (20, 20))

    def test_a_second_signal_ends_at_once_and_loses_nothing(self):
        run, connection = self.start()
        self.send(connection, 0, 20)
        run.terminate()
        run.terminate()
        run.wait(PATIENCE)
        self.peer.come_up()
        self.start()
        self.peer.wait_for(20)

    def test_control_a_second_signal_loses_what_had_only_been_received(self):
        self.write(ack="received", buffer="")
        run, connection = self.start()
        self.send(connection, 0, 20)
        run.terminate()
        run.terminate()
        run.wait(PATIENCE)
        self.peer.come_up()
        run, connection = self.start()
        self.send(connection, 20, 21)
        self.peer.wait_times(1)
        self.assertEqual(self.peer.seen, ["M20"])

    def test_a_stop_while_it_catches_up_ends_the_intake_at_once_and_loses_nothing(self):
        self.write(buffer="", budget="256KiB", grace="10s")
        for round_number in range(4):  # each brings what the budget has room for
            run, connection = self.start()
            self.send(connection, 20 * round_number, 20 * (round_number + 1), padding=8000)
            run.send_signal(signal.SIGKILL)
            run.wait(PATIENCE)
        run, connection = self.start()
        begin = time.monotonic()
        run.terminate()
        self.assertEqual(connection.recv(1), b"")
        self.assertLess(time.monotonic() - begin, 8, "the intake ends before the grace is over")
        ledger = self.ended(run)
        self.assertEqual((ledger["held_at_start"], ledger["held"], ledger["failed"]), (80, 80, 0))
        self.peer.come_up()
        run, connection = self.start()
        self.peer.wait_for(80)
        self.assertEqual(list(dict.fromkeys(self.peer.seen)), self.numbers(80))

    def test_an_outbox_behind_a_source_without_a_journal_outlives_the_process(self):
        self.write(ack="received")
        run, connection = self.start()
        self.send(connection, 0, 20)
        self.wait_kept(20)
        ledger = self.stop(run)
        self.assertEqual((ledger["in"], ledger["held"], ledger["failed"]), (20, 20, 0))
        self.peer.come_up()
        run, connection = self.start()
        self.send(connection, 20, 40)
        self.peer.wait_for(40)
        self.assertEqual(self.peer.seen, self.numbers(40))
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual((ledger["held_at_start"], ledger["in"], ledger["delivered"], ledger["held"]), (20, 20, 40, 0))

    def test_a_damaged_record_has_failed_in_the_ledger_and_the_others_are_delivered(self):
        self.leave_20()
        self.damage()
        self.peer.come_up()
        run, _ = self.start()
        self.peer.wait_for(19)
        while self.held():
            pass
        ledger = self.stop(run)
        self.assertEqual((ledger["held_at_start"], ledger["delivered"], ledger["failed"], ledger["held"]), (20, 19, 1, 0))
        self.assertEqual(run.returncode, 1)

    def test_refusals_count_over_restarts(self):
        self.write(buffer="buffer: disk, retry: { first: 1h, longest: 1h, attempts: { invalid_data: 4 } }, ")
        self.peer.code = "AE"
        self.peer.come_up()
        lives, letters = 0, []
        while not letters and lives < 8:
            run, connection = self.start()
            if lives == 0:
                self.send(connection, 0, 1)
            lives += 1
            self.peer.wait_times(lives)
            self.stop(run)
            letters = self.letters()
        # An answer may come too late for an ending process: then it is no attempt.
        self.assertIn(lives, (4, 5))
        self.assertEqual([letter["reason"] for letter in letters], ["mllp.ae"])

    def lives_until_a_letter(self, buffer, most):
        """Kills the worker each time that the peer has refused the record twice more: how many lives it took, and the letters."""
        self.write(buffer=buffer, on=", retry_pause: 200ms, on: { AE: { retry: 4 } }")
        self.peer.code = "AE"
        self.peer.come_up()
        run, connection = self.start()
        self.send(connection, 0, 1)
        for life in range(1, most + 1):
            before, letters = len(self.peer.seen), []
            while len(self.peer.seen) < before + 2 and not letters:
                letters = self.letters()
            run.kill()
            run.wait(PATIENCE)
            if letters:
                return life, letters
            run, _ = self.start()
        return most, []

    def test_the_refusals_that_a_sink_counts_by_itself_count_over_kill_9(self):
        lives, letters = self.lives_until_a_letter("buffer: disk, ", 8)
        # Each kill may take the last count away, and the letter is stored after the answer that it follows.
        self.assertIn(lives, range(3, 7))
        self.assertEqual([letter["reason"] for letter in letters], ["mllp.ae"])

    def test_control_without_an_outbox_each_life_counts_anew(self):
        _, letters = self.lives_until_a_letter("", 8)
        # In the end the journal gives up what was in work at so many crashes.
        self.assertIn([letter["reason"] for letter in letters], ([], ["engine.crash_suspect"]))

    def test_a_second_worker_is_refused(self):
        run, _ = self.start()
        said = self.refused()
        self.assertIn(str(run.pid), said)

    def test_nothing_of_a_patient_lies_readable_in_a_sealed_storage(self):
        self.leave_20()
        for file in (self.folder / "state").rglob("*"):
            if file.is_file():
                self.assertNotIn(b"JANE", file.read_bytes(), file)
                self.assertEqual(file.stat().st_mode & 0o077, 0, file)


if __name__ == "__main__":
    unittest.main(verbosity=2)
