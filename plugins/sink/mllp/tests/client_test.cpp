// Answers credited to their messages, whatever the peer does.
#include "client_rig.hpp"

#include <optional>

namespace aorta::plugins::mllp::test {
namespace {

using ::testing::ElementsAre;

TEST_F(ClientTest, CompletesWhatThePeerAccepts) {
    std::string received;
    serve({[&](Peer& peer) {
        received = peer.receive_frame();
        peer.send(answer("AA", "1"));
        peer.receive_frame();
        peer.send(answer("CA", "2"));
    }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1"), message("2")}), ElementsAre(done(0), done(1)));
    server_.join();
    EXPECT_EQ(received, message("1"));
}

TEST_F(ClientTest, FramesWithOtherBytesInBothDirections) {
    config_.link.frame = {'\x02', '\x03', std::nullopt};
    std::string received;
    serve({[&](Peer& peer) {
        received = peer.receive_through("\x03");
        const std::string told = answer("AA", "1");
        peer.send(
            hl7::frame(std::string_view{told}.substr(1, told.size() - 3), config_.link.frame));
    }});
    Client client = make_client();
    const std::string holds_mllp = message("1") + "NTE|\x0b\x1c\r";
    EXPECT_THAT(deliver(client, {holds_mllp, message("2") + "NTE|\x03\r"}),
                ElementsAre(done(0),
                            failed(1,
                                   ErrorCode::InvalidData,
                                   kFramingByte,
                                   "byte " + std::to_string(message("2").size() + 4))));
    server_.join();
    EXPECT_EQ(received, "\x02" + holds_mllp + "\x03");
}

TEST_F(ClientTest, EndsSegmentsWithCrWhateverAFileHas) {
    std::vector<std::string> received;
    serve({[&](Peer& peer) {
        for (const char* id : {"1", "2"}) {
            received.push_back(peer.receive_frame());
            peer.send(answer("AA", id));
        }
    }});
    Client client = make_client();
    const std::string with_lf = "MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5.1\n\nPID|1\r\nPV1|1\n";
    const std::string with_crlf = "MSH|^~\\&|A|B|C|D|||ADT^A01|2|P|2.5.1\r\nNTE|1||a\nb";
    EXPECT_THAT(deliver(client, {with_lf, with_crlf}), ElementsAre(done(0), done(1)));
    server_.join();
    EXPECT_THAT(received,
                ElementsAre("MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5.1\rPID|1\rPV1|1\r",
                            "MSH|^~\\&|A|B|C|D|||ADT^A01|2|P|2.5.1\rNTE|1||a\nb\r"));
}

TEST_F(ClientTest, SendsOneMessageAtATime) {
    serve({[&](Peer& peer) {
        peer.receive_frame();
        peer.send("\x0bMSH|^~\\&|C|D|A|B|");
        peer.send("||ACK|9|P|2.5.1\rMSA|AA|1\r\x1c");  // nor does every peer send the last CR
        EXPECT_EQ(peer.receive_frame(), message("2"));
        peer.send(answer("AA", "2"));
    }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1"), message("2")}), ElementsAre(done(0), done(1)));
}

TEST_F(ClientTest, ARefusalFailsThatMessageAndTheNextIsSent) {
    serve({[&](Peer& peer) {
        peer.receive_frame();
        peer.send(answer("AR", "1", "ERR||PID^1^3|204^Unknown key^HL70357|E\r"));
        peer.receive_frame();
        peer.send(answer("AE", "2"));
        peer.receive_frame();
        peer.send(answer("AA", "3"));
    }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1"), message("2"), message("3")}),
                ElementsAre(failed(0, ErrorCode::InvalidData, "mllp.ar", "PID-3"),
                            failed(1, ErrorCode::InvalidData, "mllp.ae"),
                            done(2)));
}

TEST_F(ClientTest, ALateAnswerIsNeverCreditedToTheNextMessage) {
    std::optional<Peer> late;
    const LoopServer server{acceptor_, [&](Peer& peer, const std::string& frame) {
                                if (frame == message("1")) {
                                    late = std::move(peer);  // answers when 2 is under way
                                    return false;
                                }
                                late->send(answer("AA", "1") + answer("AA", "2"));
                                peer.send(answer("AR", "2"));
                                return true;
                            }};
    Client client = make_client(kShort);
    EXPECT_THAT(deliver(client, {message("1")}),
                ElementsAre(failed(0, ErrorCode::Timeout, "mllp.no_answer")));
    // On a busy machine the answer to 2 may be late, too; it is never one that came on the first
    // connection.
    while (deliver(client, {message("2")}).back().code == ErrorCode::Timeout) {
    }
    const Completion last = host_.completions().back();
    EXPECT_EQ(last, failed(last.record, ErrorCode::InvalidData, "mllp.ar"));
}

TEST_F(ClientTest, AnAnswerMayComeInManyPieces) {
    const LoopServer server{acceptor_, [&](Peer& peer, const std::string&) {
                                for (const char byte : answer("AA", "1")) {
                                    peer.send({&byte, 1});
                                }
                                return true;
                            }};
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1")}), ElementsAre(done(0)));
}

TEST_F(ClientTest, TwoOfTheSameControlIdAreNeverUnderWayTogether) {
    config_.window = 2;
    serve({[&](Peer& peer) {
        EXPECT_EQ(peer.receive_frame(), message("1") + "NTE|a\r");
        peer.send(answer("AR", "1"));
        EXPECT_EQ(peer.receive_frame(), message("1") + "NTE|b\r");
        peer.send(answer("AA", "1"));
    }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1") + "NTE|a\r", message("1") + "NTE|b\r"}),
                ElementsAre(failed(0, ErrorCode::InvalidData, "mllp.ar"), done(1)));
}

TEST_F(ClientTest, MakesAConnectionForEachMessageWhenAsked) {
    config_.keeps_open = false;
    const auto once = [&](Peer& peer) {
        peer.receive_frame();
        peer.send(answer("AA", "1"));
        EXPECT_EQ(peer.receive_rest(), "");
    };
    serve({once, once});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1"), message("1")}), ElementsAre(done(0), done(1)));
}

TEST_F(ClientTest, ReplacesAConnectionThatWasQuietForTooLong) {
    config_.max_idle = std::chrono::seconds{60};
    const auto first = [&](Peer& peer) {
        peer.receive_frame();
        peer.send(answer("AA", "1"));
        EXPECT_EQ(peer.receive_frame(), message("2"));
        peer.send(answer("AA", "2"));
        EXPECT_EQ(peer.receive_rest(), "");
    };
    const auto second = [&](Peer& peer) {
        EXPECT_EQ(peer.receive_frame(), message("3"));
        peer.send(answer("AA", "3"));
    };
    serve({first, second});
    Client client = make_client();
    EXPECT_EQ(deliver(client, {message("1")}).back(), done(0));
    host_.advance(std::chrono::seconds{60});
    EXPECT_EQ(deliver(client, {message("2")}).back(), done(1));
    host_.advance(std::chrono::seconds{61});
    EXPECT_EQ(deliver(client, {message("3")}).back(), done(2));
}

TEST_F(ClientTest, GivesThePeersAnswerBack) {
    const LoopServer server{acceptor_, [&](Peer& peer, const std::string& frame) {
                                peer.send(frame == message("1")   ? answer("AA", "1", "QAK|1\r")
                                          : frame == message("2") ? answer("AE", "2")
                                                                  : answer("CA", "3"));
                                return true;
                            }};
    Client client = make_client();
    deliver(client, {message("1"), message("2"), message("3")});
    EXPECT_THAT(hl7::frame(host_.reply(0)), answer("AA", "1", "QAK|1\r"));
    EXPECT_THAT(hl7::frame(host_.reply(1)), answer("AE", "2"));
    EXPECT_EQ(host_.reply(2), "") << "CA is nothing that an application said";
}

TEST_F(ClientTest, AnAnswerToAnotherMessageClosesTheConnection) {
    serve({[&](Peer& peer) {
               peer.receive_frame();
               peer.send(answer("AA", "other"));
               EXPECT_EQ(peer.receive_rest(), "");
           },
           [&](Peer& peer) {
               peer.receive_frame();
               peer.send(answer("AA", "1"));
           }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1"), message("2")}),
                ElementsAre(failed(0, ErrorCode::ResourceExhausted, "mllp.wrong_answer"),
                            failed(1, ErrorCode::Unavailable, kHeldBack)));
    EXPECT_EQ(deliver(client, {message("1")}).back(), done(2));
}

TEST_F(ClientTest, WhatIsNoAnswerIsNotOne) {
    const std::string cases[] = {hl7::frame(""),
                                 hl7::frame("\x06"),
                                 hl7::frame("PID|1\r"),
                                 hl7::frame("MSH|^~\\&|C|D|A|B|||ACK|9|P|2.5\r"),
                                 answer("XX", "1"),
                                 answer("AA", ""),
                                 hl7::frame(std::string(2 << 20, 'x'))};
    std::vector<std::function<void(Peer&)>> scripts;
    for (const std::string& bytes : cases) {
        scripts.emplace_back([bytes](Peer& peer) {
            peer.receive_frame();
            peer.send(bytes);
        });
    }
    serve(scripts);
    Client client = make_client();
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        EXPECT_EQ(deliver(client, {message("1")}).back(),
                  failed(i, ErrorCode::ResourceExhausted, "mllp.wrong_answer"));
    }
    EXPECT_EQ(host_.counter("wrong_answers"), std::size(cases));
    EXPECT_EQ(host_.logged("wrong_answer"), 1U) << "a minute's worth";
}

TEST_F(ClientTest, AnOutageFailsAllThatIsLeftInOrder) {
    serve({[&](Peer& peer) {
               peer.receive_frame();
               peer.send(answer("AA", "1"));
               peer.receive_frame();  // and hangs up
           },
           [&](Peer& peer) { EXPECT_EQ(peer.receive_frame(), message("2")); }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1"), message("2"), message("3")}),
                ElementsAre(done(0),
                            failed(1, ErrorCode::Unavailable, kConnectionLost),
                            failed(2, ErrorCode::Unavailable, kHeldBack)));
}

TEST_F(ClientTest, HalfAnAnswerIsNone) {
    serve({[&](Peer& peer) {
        peer.receive_frame();
        const std::string whole = answer("AA", "1");
        peer.send(std::string_view{whole}.substr(0, whole.size() - 2));
    }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1")}),
                ElementsAre(failed(0, ErrorCode::Unavailable, kConnectionLost)));
}

TEST_F(ClientTest, NobodyThereIsAnOutage) {
    Client client = make_client();
    acceptor_ = {};
    EXPECT_THAT(deliver(client, {message("1"), message("2")}),
                ElementsAre(failed(0, ErrorCode::Unavailable, "mllp.unreachable"),
                            failed(1, ErrorCode::Unavailable, kHeldBack)));
}

TEST_F(ClientTest, ConnectsAgainWhenThePeerHungUpMeanwhile) {
    const auto accept_one = [](Peer& peer) {
        const std::string text = peer.receive_frame();
        peer.send(answer("AA", text == message("1") ? "1" : "2"));
    };
    serve({accept_one, accept_one});
    Client client = make_client();
    EXPECT_EQ(deliver(client, {message("1")}).back(), done(0));
    EXPECT_EQ(deliver(client, {message("2")}).back(), done(1));
}

TEST_F(ClientTest, APeerThatHangsUpAfterEachAnswerGetsEveryMessageAtOnce) {
    const auto accept_one = [](std::string_view control_id) {
        return [control_id](Peer& peer) {
            EXPECT_EQ(peer.receive_frame(), message(control_id));
            peer.send(answer("AA", control_id));
        };
    };
    serve({accept_one("1"), accept_one("2"), accept_one("3")});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1"), message("2"), message("3")}),
                ElementsAre(done(0), done(1), done(2)));
}

TEST_F(ClientTest, SendsTheWholeWindowAgainOnANewConnection) {
    config_.window = 2;
    serve({[&](Peer& peer) {
               peer.receive_frame();
               peer.send(answer("AA", "1"));
               peer.receive_frame();
               peer.receive_frame();
           },
           [&](Peer& peer) {
               EXPECT_EQ(peer.receive_frame(), message("2"));
               EXPECT_EQ(peer.receive_frame(), message("3"));
               peer.send(answer("AA", "2") + answer("AA", "3"));
           }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1"), message("2"), message("3")}),
                ElementsAre(done(0), done(1), done(2)));
}

TEST_F(ClientTest, WhatIsSaidUnaskedEndsTheConnection) {
    serve({[&](Peer& peer) {
               peer.receive_frame();
               peer.send(answer("AA", "1") + answer("AA", "2"));
               EXPECT_EQ(peer.receive_rest(), "");
           },
           [&](Peer& peer) {
               EXPECT_EQ(peer.receive_frame(), message("2"));
               peer.send(answer("AE", "2"));
           }});
    Client client = make_client();
    EXPECT_EQ(deliver(client, {message("1")}).back(), done(0));
    EXPECT_EQ(deliver(client, {message("2")}).back(), failed(1, ErrorCode::InvalidData, "mllp.ae"));
}

TEST_F(ClientTest, InEnhancedModeTheCommitDeliversAndTheVerdictMayComeAtAnyTime) {
    serve({[&](Peer& peer) {
        peer.receive_frame();
        peer.send(answer("CA", "1") + answer("AA", "1"));
        EXPECT_EQ(peer.receive_frame(), message("2"));
        peer.send(answer("CA", "2"));
        EXPECT_EQ(peer.receive_frame(), message("3"));
        peer.send(answer("AE", "2") + answer("CA", "3"));
    }});
    Client client = make_client();
    EXPECT_EQ(deliver(client, {message("1")}).back(), done(0));
    EXPECT_THAT(deliver(client, {message("2"), message("3")}),
                ElementsAre(done(0), done(1), done(2)));
}

TEST_F(ClientTest, ASecondVerdictIsSaidUnasked) {
    serve({[&](Peer& peer) {
               peer.receive_frame();
               peer.send(answer("CA", "1") + answer("AA", "1") + answer("AA", "1"));
               EXPECT_EQ(peer.receive_rest(), "");
           },
           [&](Peer& peer) {
               EXPECT_EQ(peer.receive_frame(), message("2"));
               peer.send(answer("AA", "2"));
           }});
    Client client = make_client();
    deliver(client, {message("1")});
    EXPECT_EQ(deliver(client, {message("2")}).back(), done(1));
}

TEST_F(ClientTest, AWindowMatchesAnswersInAnyOrder) {
    config_.window = 3;
    serve({[&](Peer& peer) {
        for (int i = 0; i < 3; ++i) {
            peer.receive_frame();
        }
        peer.send(answer("AA", "3") + answer("AR", "1") + answer("AA", "2"));
        peer.receive_frame();
        peer.send(answer("AA", "4"));
    }});
    Client client = make_client();
    EXPECT_THAT(
        deliver(client, {message("1"), message("2"), message("3"), message("4")}),
        ElementsAre(done(2), failed(0, ErrorCode::InvalidData, "mllp.ar"), done(1), done(3)));
}

TEST_F(ClientTest, WhatCannotBeSentIsNot) {
    serve({[&](Peer& peer) {
        EXPECT_EQ(peer.receive_frame(), message("4"));
        peer.send(answer("AA", "4"));
    }});
    Client client = make_client();
    const std::string framing = message("3") + "NTE|\x1c\x0d\r";
    EXPECT_THAT(deliver(client, {message(""), "no header", framing, message("4")}),
                ElementsAre(failed(0, ErrorCode::InvalidData, kNoControlId, "MSH-10"),
                            failed(1, ErrorCode::InvalidData, kNoControlId, "MSH-10"),
                            failed(2,
                                   ErrorCode::InvalidData,
                                   kFramingByte,
                                   "byte " + std::to_string(message("3").size() + 4)),
                            done(3)));
}

// In the data type ST, blanks at the end mean nothing and those at the beginning do.
TEST_F(ClientTest, BlanksAtTheEndOfAControlIdMeanNothing) {
    serve({[&](Peer& peer) {
        for (const char* id : {"1", "2  ", " 3"}) {
            peer.receive_frame();
            peer.send(answer("AA", id));
        }
    }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1 "), message("2"), message("3"), message("   ")}),
                ElementsAre(done(0),
                            done(1),
                            failed(2, ErrorCode::ResourceExhausted, "mllp.wrong_answer"),
                            failed(3, ErrorCode::Unavailable, kHeldBack)));
}

TEST_F(ClientTest, KnowsAControlIdWithEscapes) {
    serve({[&](Peer& peer) {
        peer.receive_frame();
        peer.send(hl7::frame("MSH|^~\\&|C|D|A|B|||ACK|9|P|2.5\rMSA|AA|a\\T\\b\r"));
    }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("a\\T\\b")}), ElementsAre(done(0)));
}

}  // namespace
}  // namespace aorta::plugins::mllp::test
