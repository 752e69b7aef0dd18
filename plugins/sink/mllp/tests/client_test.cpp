#include "sink/mllp/client.hpp"

#include "common/net/tests/fake_host.hpp"
#include "common/net/tests/peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

namespace aorta::plugins::mllp {
namespace {

using aorta::testing::FakeHost;
using aorta::testing::Peer;
using ::testing::ElementsAre;
using Completion = FakeHost::Completion;

constexpr Nanoseconds kShort{std::chrono::milliseconds{20}};  // for answers that never come
constexpr Nanoseconds kLong{aorta::testing::kPatience};

std::string message(std::string_view control_id) {
    return "MSH|^~\\&|A|B|C|D|20240101||ORU^R01|" + std::string{control_id} + "|P|2.5.1\rPID|1\r";
}

std::string answer(std::string_view code, std::string_view control_id, std::string_view more = {}) {
    return hl7::frame("MSH|^~\\&|C|D|A|B|20240101||ACK|9|P|2.5.1\rMSA|" + std::string{code} + "|" +
                      std::string{control_id} + "\r" + std::string{more});
}

Completion done(std::size_t record) {
    return {record, ErrorCode::Ok, "", ""};
}

Completion failed(std::size_t record,
                  ErrorCode code,
                  std::string_view reason,
                  std::string_view where = "") {
    return {record, code, std::string{reason}, std::string{where}};
}

class ClientTest : public ::testing::Test {
protected:
    /// One call of the script for each connection, in order; then no more are accepted.
    void serve(std::vector<std::function<void(Peer&)>> connections) {
        server_ = std::jthread([this, scripts = std::move(connections)] {
            for (const auto& script : scripts) {
                Peer peer = testing_accept();
                script(peer);
            }
        });
    }

    Peer testing_accept() { return aorta::testing::accept(acceptor_); }

    Client make_client(Nanoseconds timeout = kLong) {
        config_.connect = {"127.0.0.1", acceptor_.address().port()};
        config_.timeout = timeout;
        config_.connect_timeout = kLong;
        return Client(host_.host(), config_);
    }

    std::vector<Completion> deliver(Client& client, std::vector<std::string> messages) {
        std::vector<Delivery> deliveries;
        for (const std::string& text : messages) {
            deliveries.push_back(host_.delivery(text));
        }
        client.deliver(deliveries);
        return host_.completions();
    }

    FakeHost host_;
    ClientConfig config_;
    net::Acceptor acceptor_ = *net::Acceptor::open(*net::Address::parse("127.0.0.1:0"));
    std::jthread server_;
};

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
                ElementsAre(failed(0, ErrorCode::InvalidData, kAr, "PID-3"),
                            failed(1, ErrorCode::InvalidData, kAe),
                            done(2)));
}

TEST_F(ClientTest, AnErrorToBeRetriedHoldsBackTheRest) {
    config_.is_ae_retried = true;
    serve({[&](Peer& peer) {
        peer.receive_frame();
        peer.send(answer("AE", "1"));
        peer.receive_frame();
        peer.send(answer("AA", "1"));
    }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("1"), message("2")}),
                ElementsAre(failed(0, ErrorCode::ResourceExhausted, kAe),
                            failed(1, ErrorCode::Unavailable, kHeldBack)));
    EXPECT_EQ(deliver(client, {message("1")}).back(), done(2));
}

TEST_F(ClientTest, ALateAnswerIsNeverCreditedToTheNextMessage) {
    serve({[&](Peer& peer) {
               peer.receive_frame();
               EXPECT_EQ(peer.receive_rest(), "");  // the client has given up, and hung up
               peer.send(answer("AA", "1"));
           },
           [&](Peer& peer) {
               EXPECT_EQ(peer.receive_frame(), message("2"));
               peer.send(answer("AR", "2"));
           }});
    Client impatient = make_client(kShort);
    EXPECT_THAT(deliver(impatient, {message("1")}),
                ElementsAre(failed(0, ErrorCode::Timeout, kNoAnswer)));
    Client client = make_client();
    EXPECT_EQ(deliver(client, {message("2")}).back(), failed(1, ErrorCode::InvalidData, kAr));
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
                ElementsAre(failed(0, ErrorCode::ResourceExhausted, kWrongAnswer),
                            failed(1, ErrorCode::ResourceExhausted, kWrongAnswer)));
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
                  failed(i, ErrorCode::ResourceExhausted, kWrongAnswer));
    }
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
                            failed(2, ErrorCode::Unavailable, kConnectionLost)));
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
                ElementsAre(failed(0, ErrorCode::Unavailable, kUnreachable),
                            failed(1, ErrorCode::Unavailable, kUnreachable)));
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
    EXPECT_EQ(deliver(client, {message("2")}).back(), failed(1, ErrorCode::InvalidData, kAe));
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
    EXPECT_THAT(deliver(client, {message("1"), message("2"), message("3"), message("4")}),
                ElementsAre(done(2), failed(0, ErrorCode::InvalidData, kAr), done(1), done(3)));
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

TEST_F(ClientTest, KnowsAControlIdWithEscapes) {
    serve({[&](Peer& peer) {
        peer.receive_frame();
        peer.send(hl7::frame("MSH|^~\\&|C|D|A|B|||ACK|9|P|2.5\rMSA|AA|a\\T\\b\r"));
    }});
    Client client = make_client();
    EXPECT_THAT(deliver(client, {message("a\\T\\b")}), ElementsAre(done(0)));
}

}  // namespace
}  // namespace aorta::plugins::mllp
