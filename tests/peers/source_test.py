#!/usr/bin/env python3
"""source_test.py AORTA PEER: a client that nobody here wrote sends to the source `mllp`."""
import shutil
import subprocess
import sys
import unittest

import rig

PIPELINE = """
aorta: 1
pipeline: peer
nodes:
  intake: { source: mllp, ack: { level: delivered, after: check }, with: { listen: "127.0.0.1:${PORT:-0}", port_file: port TLS } }
  decode: { process: decode_hl7v2, from: intake }
  check: { process: validate_hl7v2, from: decode }
  store: { sink: file, from: check, with: { path: stored.hl7 } }
"""


class Sender(rig.PeerTest):
    tls = ""  # option of the source
    arguments = ()  # of the client

    def start_source(self):
        return self.start_aorta(PIPELINE.replace("TLS", self.tls))

    def start_client(self, port):
        return self.start_peer("--port", port, *self.arguments)

    def send(self, peer, messages, **more):
        """One after the other, the next when the previous is answered."""
        answers = []
        for message in messages:
            peer.tell(on=0, send=message, **more)
            answers.append(peer.next())
        return answers

    def assert_all(self, answers, code, expected):
        self.assertEqual([(answer.get("code"), answer.get("id")) for answer in answers], [(code, id) for id in expected])


class Sends(Sender):
    def test_every_message_is_accepted_and_stored_in_order(self):
        aorta = self.start_source()
        peer = self.start_client(aorta.port())
        sent = rig.ids("P", 50)
        self.assert_all(self.send(peer, map(rig.adt, sent)), "AA", sent)
        self.assertEqual(peer.end(), [])
        self.assertEqual(aorta.end(), rig.ledger(50, delivered=50))
        self.assertEqual(rig.control_ids(aorta.folder / "stored.hl7"), sent)

    def test_many_connections_keep_their_order_each(self):
        connections, each = 16, 25
        aorta = self.start_source()
        peer = self.start_client(aorta.port())
        sent = {on: rig.ids(f"C{on:02}N", each) for on in range(connections)}
        for number in range(each):
            for on in range(connections):
                peer.tell(on=on, send=rig.adt(sent[on][number]))
        answers = [peer.next() for _ in range(connections * each)]
        peer.end()
        self.assertEqual(aorta.end(), rig.ledger(connections * each, delivered=connections * each))
        stored = rig.control_ids(aorta.folder / "stored.hl7")
        for on in range(connections):
            self.assert_all([answer for answer in answers if answer["on"] == on], "AA", sent[on])
            self.assertEqual([id for id in stored if id.startswith(f"C{on:02}N")], sent[on])
        self.assertEqual(len(stored), connections * each)

    def test_a_refused_message_is_answered_ae_and_the_connection_goes_on(self):
        aorta = self.start_source()
        peer = self.start_client(aorta.port())
        messages = [rig.adt("G1"), rig.invalid("B1"), rig.adt("G2"), rig.invalid("B2"), rig.adt("G3")]
        answers = self.send(peer, messages)
        self.assertEqual([(answer.get("code"), answer.get("id")) for answer in answers],
                         [("AA", "G1"), ("AE", "B1"), ("AA", "G2"), ("AE", "B2"), ("AA", "G3")])
        peer.end()
        self.assertEqual(aorta.end(), rig.ledger(5, delivered=3, dead_lettered=2))
        self.assertEqual(rig.control_ids(aorta.folder / "stored.hl7"), ["G1", "G2", "G3"])

    def test_a_large_message_arrives_whole(self):
        aorta = self.start_source()
        peer = self.start_client(aorta.port())
        note = "x" * 400_000
        self.assert_all(self.send(peer, [rig.adt("L1") + f"NTE|1||{note}\r"]), "AA", ["L1"])
        peer.end()
        self.assertEqual(aorta.end(), rig.ledger(1, delivered=1))
        self.assertIn(note.encode(), (aorta.folder / "stored.hl7").read_bytes())

    def test_a_restart_is_survived_by_sending_again_what_was_not_answered(self):
        aorta = self.start_source()
        port = aorta.port()
        peer = self.start_client(port)
        before, after = rig.ids("A", 10), rig.ids("B", 10)
        self.assert_all(self.send(peer, map(rig.adt, before)), "AA", before)
        self.assertEqual(aorta.end(), rig.ledger(10, delivered=10))
        aorta.start(PORT=port)
        aorta.port()
        answers = [self.send_until_answered(peer, id) for id in after]
        self.assert_all(answers, "AA", after)
        peer.end()
        self.assertEqual(aorta.end(), rig.ledger(10, delivered=10))
        self.assertEqual(rig.control_ids(aorta.folder / "stored.hl7"), before + after)

    def send_until_answered(self, peer, id, tries=3):
        """The client may first have to learn that its connection ended."""
        for _ in range(tries):
            [answer] = self.send(peer, [rig.adt(id)])
            if "error" not in answer:
                break
        return answer

    def test_what_was_answered_before_a_kill_is_stored_and_only_the_rest_is_sent_twice(self):
        connections, each = 8, 20
        aorta = self.start_source()
        port = aorta.port()
        peer = self.start_client(port)
        waiting = {on: rig.ids(f"K{on}N", each) for on in range(connections)}
        sent = [id for queue in waiting.values() for id in queue]
        accepted = []

        def send_next(on):
            peer.tell(on=on, send=rig.adt(waiting[on][0]))

        def take(answer):
            if "error" not in answer:
                self.assertEqual((answer["code"], answer["id"]), ("AA", waiting[answer["on"]][0]))
                accepted.append(waiting[answer["on"]].pop(0))

        for on in range(connections):
            send_next(on)
        while len(accepted) < 40:
            answer = peer.next()
            take(answer)
            send_next(answer["on"])
        aorta.kill()
        for _ in range(connections):
            take(peer.next())
        at_accepted = list(accepted)
        at_kill = rig.control_ids(aorta.folder / "stored.hl7")
        self.assertLessEqual(set(accepted), set(at_kill), "accepted, but not stored")
        unanswered = [queue[0] for queue in waiting.values() if queue]
        twice = set(at_kill) - set(accepted)
        self.assertLessEqual(twice, set(unanswered))

        aorta.start(PORT=port)
        aorta.port()
        tries = 0
        while any(waiting.values()) and tries < 4 * connections * each:
            for on in [on for on, queue in waiting.items() if queue]:
                send_next(on)
                take(peer.next())
                tries += 1
        peer.end()
        rest = len(sent) - len(at_accepted)
        self.assertEqual(aorta.end(), rig.ledger(rest, delivered=rest))
        stored = rig.control_ids(aorta.folder / "stored.hl7")
        # What was written and not answered is cut away at the start and sent again, unless the sink had promised it.
        again = [id for id in sorted(twice) if stored.count(id) == 2]
        self.assert_same(sent + again, stored)


class SendsByMutualTls(Sends):
    @classmethod
    def setUpClass(cls):
        folder = cls.make_certificates()
        cls.tls = (f', tls: {{ certificate: "{folder}/server.pem", key: "{folder}/server.key", '
                   f'clients: {{ authorities: "{folder}/ca.pem" }} }}')
        cls.stranger = ("--ca", folder / "ca.pem")
        cls.arguments = (*cls.stranger, "--cert", folder / "client.pem", "--key", folder / "client.key")

    def test_a_client_without_a_certificate_is_turned_away(self):
        aorta = self.start_source()
        port = aorta.port()
        stranger = self.start_peer("--port", port, *self.stranger)
        [answer] = self.send(stranger, [rig.adt("S1")])
        self.assertIn("error", answer)
        stranger.end()
        peer = self.start_client(port)
        self.assert_all(self.send(peer, [rig.adt("P1")]), "AA", ["P1"])
        peer.end()
        self.assertEqual(aorta.end(), rig.ledger(1, delivered=1))


@unittest.skipUnless(sys.argv[2:3] == ["medplum"], "the one client that knows enhanced mode")
class SendsInEnhancedMode(Sender):
    def test_both_acknowledgements_come_and_name_the_message(self):
        aorta = self.start_source()
        peer = self.start_client(aorta.port())
        asked = "|||AL|AL"  # MSH-15, MSH-16
        accepted, applied = rig.ids("C", 10), rig.ids("A", 10)
        self.assert_all(self.send(peer, [rig.adt(id, asked) for id in accepted], until="first"), "CA", accepted)
        self.assert_all(self.send(peer, [rig.adt(id, asked) for id in applied], until="application"), "AA", applied)
        peer.end()
        self.assertEqual(aorta.end(), rig.ledger(20, delivered=20))
        self.assertEqual(rig.control_ids(aorta.folder / "stored.hl7"), accepted + applied)


@unittest.skipUnless(sys.argv[2:3] == [rig.PYTHON_PEER], "a client that shows the whole answer, and a tool of python3-hl7")
class SendsWithPython(Sender):
    def test_answers_say_who_and_what_and_nothing_of_the_patient(self):
        aorta = self.start_source()
        peer = self.start_client(aorta.port())
        good, bad, not_hl7 = self.send(peer, [rig.adt("G1"), rig.invalid("B1"), "this is not HL7\r"])
        peer.end()
        for answer, (code, id) in ((good, ("AA", "G1")), (bad, ("AE", "B1")), (not_hl7, ("AR", ""))):
            self.assertEqual((answer["code"], answer["id"]), (code, id))
            self.assertNotIn(rig.CANARY, answer["text"])
        for answer in (good, bad):
            self.assertEqual(answer["text"].split("|")[2:6], ["AORTA", "HOSP", "ADT", "HOSP"])
        self.assertEqual(aorta.end(), rig.ledger(3, delivered=1, dead_lettered=2))

    def test_mllp_send_sends_a_file_of_messages(self):
        aorta = self.start_source()
        sent = rig.ids("T", 20)
        (aorta.folder / "many.hl7").write_text("".join(map(rig.adt, sent)))
        tool = shutil.which("mllp_send")
        self.assertTrue(tool)
        subprocess.run([tool, "--loose", "--file", "many.hl7", "-p", str(aorta.port()), "127.0.0.1"], cwd=aorta.folder,
                       check=True, stdout=subprocess.DEVNULL, timeout=rig.PATIENCE_S)
        self.assertEqual(aorta.end(), rig.ledger(20, delivered=20))
        self.assertEqual(rig.control_ids(aorta.folder / "stored.hl7"), sent)


if __name__ == "__main__":
    rig.main("client")
