#!/usr/bin/env python3
"""sink_test.py AORTA PEER: the sink `mllp` sends to a server that nobody here wrote."""
import itertools
import json
import sys
import unittest

import rig

PIPELINE = """
aorta: 1
pipeline: peer
nodes:
  batch: {{ source: file, with: {{ path: in.hl7 }} }}
  decode: {{ process: decode_hl7v2, from: batch }}
  peer: {{ sink: mllp, from: decode, with: {{ connect: "127.0.0.1:{port}"{options} }} }}
"""


class Receiver(rig.PeerTest):
    tls = ""  # option of the sink
    arguments = ()  # of the server

    def listen(self, plan=None, port=0):
        """A peer and its port; the plan says what it answers, message by message."""
        peer = self.start_peer("--plan", json.dumps(plan or {}), "--port", port, *self.arguments)
        return peer, peer.next()["listening"]

    def send(self, port, messages, options=""):
        aorta = rig.Aorta(self.aorta_binary, PIPELINE.format(port=port, options=options + self.tls))
        self.addCleanup(aorta.discard)
        (aorta.folder / "in.hl7").write_text("".join(messages))
        aorta.start()
        return aorta

    def run_through(self, plan, sent, options=""):
        """What the peer got, the ledger and the dead letters' reasons."""
        peer, port = self.listen(plan)
        aorta = self.send(port, map(rig.adt, sent), options)
        ledger = aorta.end(by=None)
        return [line["got"] for line in peer.end()], ledger, aorta.dead_letters() if ledger["dead_lettered"] else []


class Receives(Receiver):
    def test_many_messages_arrive_once_and_in_order(self):
        sent = rig.ids("M", 1000)
        got, ledger, letters = self.run_through({}, sent)
        self.assertEqual(got, sent)
        self.assertEqual(ledger, rig.ledger(1000, delivered=1000))
        self.assertEqual(letters, [])

    def test_ae_and_ar_become_dead_letters_with_their_reason(self):
        sent = rig.ids("M", 10)
        got, ledger, letters = self.run_through({"M0003": ["AE"], "M0006": ["AR"]}, sent)
        self.assertEqual(got, sent)
        self.assertEqual(ledger, rig.ledger(10, delivered=8, dead_lettered=2))
        self.assertEqual(sorted(letters), ["mllp.ae", "mllp.ar"])

    def test_ae_is_tried_again_in_order_when_so_configured(self):
        sent = rig.ids("M", 10)
        got, ledger, letters = self.run_through({"M0003": ["AE", "AE"]}, sent, ", on: { AE: hold }")
        self.assertEqual(got, sent[:3] + ["M0003"] * 3 + sent[4:])
        self.assertEqual(ledger, rig.ledger(10, delivered=10))
        self.assertEqual(letters, [])

    def test_an_answer_to_another_message_is_not_taken(self):
        sent = rig.ids("M", 10)
        got, ledger, _ = self.run_through({"M0004": ["wrong"]}, sent)
        self.assertEqual(got, sent[:5] + ["M0004"] + sent[5:])
        self.assertEqual(ledger, rig.ledger(10, delivered=10))

    def test_a_silent_peer_is_asked_again_after_the_timeout(self):
        sent = rig.ids("M", 10)
        got, ledger, _ = self.run_through({"M0004": ["silent"]}, sent, ", timeout: 2s")
        self.assertEqual(got, sent[:5] + ["M0004"] + sent[5:])
        self.assertEqual(ledger, rig.ledger(10, delivered=10))

    def test_a_connection_that_ends_before_the_answer_is_made_anew(self):
        sent = rig.ids("M", 10)
        got, ledger, _ = self.run_through({"M0004": ["hang_up", "hang_up"]}, sent)
        self.assertEqual(got, sent[:5] + ["M0004"] * 2 + sent[5:])
        self.assertEqual(ledger, rig.ledger(10, delivered=10))

    def test_a_peer_that_closes_after_each_answer_loses_nothing(self):
        # What is sent while the end of the connection is under way may be read, and cannot be answered any more.
        sent = rig.ids("M", 30)
        got, ledger, _ = self.run_through({id: ["close"] for id in sent}, sent)
        self.assertEqual([id for id, _ in itertools.groupby(got)], sent)
        self.assertLessEqual(max(map(got.count, sent)), 2)
        self.assertEqual(ledger, rig.ledger(30, delivered=30))

    def test_a_restart_of_the_peer_loses_nothing_and_repeats_what_was_under_way(self):
        sent = rig.ids("M", 200)
        first, port = self.listen({"M0100": ["die"]})
        aorta = self.send(port, map(rig.adt, sent))
        first.wait()
        before = [line["got"] for line in first.end()]
        second, _ = self.listen(port=port)
        self.assertEqual(aorta.end(by=None), rig.ledger(200, delivered=200))
        after = [line["got"] for line in second.end()]
        self.assertEqual(before, sent[:101])
        self.assertEqual(after, sent[100:])

    def test_a_peer_that_comes_late_gets_everything(self):
        early, port = self.listen()
        early.end()
        aorta = self.send(port, map(rig.adt, rig.ids("M", 20)))
        late, _ = self.listen(port=port)
        self.assertEqual(aorta.end(by=None), rig.ledger(20, delivered=20))
        self.assertEqual([line["got"] for line in late.end()], rig.ids("M", 20))

    def test_a_large_message_arrives(self):
        peer, port = self.listen()
        aorta = self.send(port, [rig.adt("L1") + "NTE|1||" + "x" * 400_000 + "\r", rig.adt("L2")])
        self.assertEqual(aorta.end(by=None), rig.ledger(2, delivered=2))
        self.assertEqual([line["got"] for line in peer.end()], ["L1", "L2"])


@unittest.skipUnless(sys.argv[2:3] == ["medplum"], "the one server that knows enhanced mode")
class ReceivesInEnhancedMode(Receiver):
    arguments = ("--enhanced", "yes")

    def test_the_commit_delivers_and_the_later_answer_disturbs_nothing(self):
        sent = rig.ids("M", 100)
        got, ledger, _ = self.run_through({"M0005": ["AE"]}, sent)
        self.assertEqual(got, sent)
        self.assertEqual(ledger, rig.ledger(100, delivered=100))


class ReceivesByMutualTls(Receives):
    @classmethod
    def setUpClass(cls):
        folder = cls.make_certificates()
        cls.tls = (f', tls: {{ authorities: "{folder}/ca.pem", certificate: "{folder}/client.pem", '
                   f'key: "{folder}/client.key" }}')
        cls.arguments = ("--ca", folder / "ca.pem", "--cert", folder / "server.pem", "--key", folder / "server.key",
                         "--mutual", "yes")


if __name__ == "__main__":
    rig.main("server")
