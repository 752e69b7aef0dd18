#include "source/mllp/tests/listener_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

namespace aorta::plugins::mllp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ListenerTest, PushesAFrameAndAnswersIt) {
    accept_all();
    start();
    Peer peer = connect();
    peer.send(framed("7"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 7");
    const auto records = host_.pushed();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].payload, message("7"));
    EXPECT_EQ(records[0].content_type, "bytes");
    EXPECT_THAT(records[0].attributes.at("peer"), HasSubstr("127.0.0.1:"));
    EXPECT_NE(records[0].connection, 0U);
}

TEST_F(ListenerTest, TakesFragmentsOfEverySize) {
    accept_all();
    start();
    Peer peer = connect();
    const std::string stream = framed("1") + framed("2", "NTE|x\r") + framed("3");
    for (std::size_t size = 1; size <= stream.size(); size += size < 16 ? 1 : 37) {
        for (std::size_t at = 0; at < stream.size(); at += size) {
            peer.send(std::string_view{stream}.substr(at, size));
        }
        for (const char* expected : {"AA 1", "AA 2", "AA 3"}) {
            ASSERT_EQ(code_and_id(peer.receive_frame()), expected) << "fragments of " << size;
        }
    }
    EXPECT_EQ(host_.pushed()[1].payload, message("2", "NTE|x\r"));
}

TEST_F(ListenerTest, TakesManyFramesOfOneRead) {
    accept_all();
    start();
    Peer peer = connect();
    std::string stream;
    for (int i = 0; i < 500; ++i) {
        stream += framed(std::to_string(i));
    }
    peer.send(stream);
    for (int i = 0; i < 500; ++i) {
        ASSERT_EQ(code_and_id(peer.receive_frame()), "AA " + std::to_string(i));
    }
}

TEST_F(ListenerTest, SkipsNoiseAndResynchronises) {
    accept_all();
    start();
    Peer peer = connect();
    peer.send("GET / HTTP/1.1\r\n" + framed("1"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    peer.send("\x0bMSH|half" + framed("2"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 2");
    EXPECT_TRUE(host_.wait_counter("noise_bytes", 16));
    EXPECT_TRUE(host_.wait_counter("frames_discarded", 1));
    EXPECT_EQ(host_.pushed().size(), 2U);
}

TEST_F(ListenerTest, CountsAFrameThatTheStreamCutOff) {
    accept_all();
    start();
    Peer peer = connect();
    peer.send("\x0bMSH|^~\\&|LAB|W|SECRET");
    peer.close();
    EXPECT_TRUE(host_.wait_counter("frames_discarded", 1));
    EXPECT_TRUE(host_.wait_logged("frames_discarded"));
    EXPECT_TRUE(host_.pushed().empty());
    EXPECT_THAT(host_.log_text(), HasSubstr("bytes=21"));
    EXPECT_THAT(host_.log_text(), Not(HasSubstr("SECRET")));
}

TEST_F(ListenerTest, RefusesAnOversizeFrameAndGoesOn) {
    accept_all();
    config_.max_message_bytes = 1000;
    start();
    Peer peer = connect();
    peer.send(framed("1", std::string(200'000, 'x')) + framed("2"));
    const std::string refusal = peer.receive_frame();
    EXPECT_EQ(code_and_id(refusal), "AR 1") << "a sender that looks at MSA-2 must not try for ever";
    EXPECT_THAT(refusal, HasSubstr("mllp.message_too_large"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 2");
    EXPECT_EQ(host_.pushed().size(), 1U);
    EXPECT_TRUE(host_.wait_counter("frames_discarded", 1));
}

TEST_F(ListenerTest, AnOversizeFrameIsAnsweredInItsModeAndAnAcknowledgementNever) {
    accept_all();
    config_.max_message_bytes = 1000;
    start();
    Peer peer = connect();
    const std::string large(2000, 'x');
    const auto oversize = [&](std::string_view type, std::string_view modes) {
        return hl7::frame("MSH|^~\\&|LAB|W|EHR|H|2024||" + std::string{type} + "|1|P|2.5|||" +
                          std::string{modes} + "\rNTE|1||" + large);
    };
    peer.send(oversize("ACK", "") + oversize("ORU^R01", "NE|NE") + oversize("ORU^R01", "AL|NE") +
              hl7::frame(large) + framed("2"));
    EXPECT_THAT(answers(peer, 3), ElementsAre("CR 1", "AR ", "AA 2"));
    EXPECT_EQ(host_.counter("frames_discarded"), 4U);
}

TEST_F(ListenerTest, PushesAFrameWithoutHeaderButRefusesItItself) {
    accept_all();
    start();
    Peer peer = connect();
    peer.send(hl7::frame("PID|1||4711\r") + hl7::frame("") + framed("3"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AR ");
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AR ");
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 3");
    EXPECT_EQ(host_.pushed().size(), 3U);
}

TEST_F(ListenerTest, ABatchInOneFrameIsAnsweredAsAWhole) {
    start();
    Peer peer = connect();
    const std::string batch =
        "FHS|^~\\&|LAB\rBHS|^~\\&|LAB\r\r" + message("1") + message("2") + "BTS|2\rFTS|1\r";
    peer.send(hl7::frame(batch));
    const auto records = host_.wait_pushed(1);
    EXPECT_EQ(records[0].payload, batch);
    answer(records[0], {AORTA_ACK_ACCEPT});
    EXPECT_THAT(answers(peer, 1), ElementsAre("AA 1"));
}

TEST_F(ListenerTest, DoesNotPushWhatItDoesNotTake) {
    accept_all();
    config_.accept.types = {"ADT"};
    start();
    Peer peer = connect();
    peer.send(framed("1"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AR 1");
    EXPECT_TRUE(host_.pushed().empty());
    EXPECT_TRUE(host_.wait_counter("frames_refused", 1));
}

TEST_F(ListenerTest, NeverAcknowledgesAnAcknowledgement) {
    accept_all();
    config_.accept.types = {"ORU"};
    start();
    Peer peer = connect();
    peer.send(hl7::frame("MSH|^~\\&|A|B|C|D|||ACK^R01|1|P|2.5\rMSA|AA|9\r") + framed("2"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 2");
    EXPECT_EQ(host_.pushed().size(), 2U);
}

TEST_F(ListenerTest, SurvivesBinaryGarbage) {
    accept_all();
    start();
    std::mt19937 random(20240101);  // NOLINT(cert-msc51-cpp): the same garbage each time
    for (int round = 0; round < 20; ++round) {
        std::string garbage(5000, '\0');
        for (char& c : garbage) {
            constexpr char kOften[] = "\x0b\x1c\x0d|^~\\&MSH";
            const auto pick = static_cast<unsigned>(random());
            c = pick % 4 == 0 ? kOften[pick / 4 % 11] : static_cast<char>(pick / 4);
        }
        Peer peer = connect();
        peer.send(garbage);
        peer.close();
    }
    Peer peer = connect();
    peer.send(framed("last"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA last");
}

TEST_F(ListenerTest, ServesManyConnectionsAtATime) {
    accept_all();
    start();
    std::vector<Peer> peers;
    for (int i = 0; i < 100; ++i) {
        peers.push_back(connect());
        peers.back().send(framed(std::to_string(i)));
    }
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(code_and_id(peers[static_cast<std::size_t>(i)].receive_frame()),
                  "AA " + std::to_string(i));
    }
}

TEST_F(ListenerTest, AnswersInArrivalOrderWhateverTheOrderOfOutcomes) {
    start();
    Peer peer = connect();
    peer.send(framed("1") + framed("2") + framed("3"));
    const auto records = host_.wait_pushed(3);
    answer(records[2], {AORTA_ACK_ACCEPT});
    answer(records[0], {AORTA_ACK_ERROR, ErrorCode::InvalidData, "hl7.x", "PID-3"});
    answer(records[1], {AORTA_ACK_REFUSE, ErrorCode::InvalidData, "hl7.y", ""});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AE 1");
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AR 2");
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 3");
}

TEST_F(ListenerTest, TakesOutcomesFromSeveralThreads) {
    start();
    constexpr std::size_t kCount = 200;
    std::vector<Peer> peers;
    std::string stream;
    for (std::size_t i = 0; i < kCount; ++i) {
        stream += framed(std::to_string(i));
    }
    for (int i = 0; i < 4; ++i) {
        peers.push_back(connect());
        peers.back().send(stream);
    }
    const auto records = host_.wait_pushed(4 * kCount);
    {
        std::vector<std::jthread> threads;
        for (std::size_t first = 0; first < 4; ++first) {
            threads.emplace_back([&, first] {
                for (std::size_t i = first; i < records.size(); i += 4) {
                    answer(records[records.size() - 1 - i], {AORTA_ACK_ACCEPT});
                }
            });
        }
    }
    for (Peer& peer : peers) {
        for (std::size_t i = 0; i < kCount; ++i) {
            ASSERT_EQ(code_and_id(peer.receive_frame()), "AA " + std::to_string(i));
        }
    }
}

TEST_F(ListenerTest, ClosesWhenThereIsNoAnswer) {
    start();
    Peer peer = connect();
    peer.send(framed("1") + framed("2"));
    const auto records = host_.wait_pushed(2);
    answer(records[1], {AORTA_ACK_NONE});
    answer(records[0], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ListenerTest, CountsAnAnswerWhoseSenderHasGone) {
    start();
    Peer peer = connect();
    peer.send(framed("1") + framed("2"));
    const auto records = host_.wait_pushed(2);
    answer(records[0], {AORTA_ACK_NONE});
    EXPECT_EQ(peer.receive_rest(), "");
    answer(records[1], {AORTA_ACK_ACCEPT});
    EXPECT_TRUE(host_.wait_counter("answers_unsent", 1));
}

TEST_F(ListenerTest, StopPushesNothingMoreButStillAnswers) {
    start();
    Peer peer = connect();
    peer.send(framed("1"));
    const auto records = host_.wait_pushed(1);
    peer.send("\x0bMSH|half");
    listener_->stop();
    peer.send(framed("2"));
    answer(records[0], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_EQ(host_.pushed().size(), 1U);
}

TEST_F(ListenerTest, SendsWhatIsSettledBeforeItIsDestroyed) {
    start();
    Peer peer = connect();
    peer.send(framed("1"));
    const auto records = host_.wait_pushed(1);
    listener_->stop();
    answer(records[0], {AORTA_ACK_ACCEPT});
    listener_.reset();
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
}

TEST_F(ListenerTest, TurnsAwayPeersThatThePlaintextRuleDoesNotName) {
    config_.listen.has_plaintext = true;
    config_.listen.plaintext_from = {*net::Network::parse("10.1.2.0/24")};
    start();
    Peer peer = connect();
    peer.send(framed("1"));
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_TRUE(host_.wait_counter("connections_refused", 1));
    EXPECT_TRUE(host_.pushed().empty());
}

TEST_F(ListenerTest, TurnsAwayConnectionsAboveTheLimit) {
    accept_all();
    config_.listen.max_connections = 1;
    start();
    Peer first = connect();
    first.send(framed("1"));
    EXPECT_EQ(code_and_id(first.receive_frame()), "AA 1");
    EXPECT_EQ(connect().receive_rest(), "");
    first.send(framed("2"));
    EXPECT_EQ(code_and_id(first.receive_frame()), "AA 2");
}

TEST_F(ListenerTest, WritesThePortFileAndLogsTheAddress) {
    config_.listen.port_file = ::testing::TempDir() + "mllp_listener_test.port";
    start();
    std::ifstream file(config_.listen.port_file);
    unsigned port = 0;
    file >> port;
    EXPECT_EQ(port, listener_->address().port());
    EXPECT_THAT(host_.log_text(), HasSubstr("listening address=127.0.0.1:"));
    std::filesystem::remove(config_.listen.port_file);
}

TEST_F(ListenerTest, ReportsAPortThatIsTaken) {
    start();
    ListenerConfig same = config_;
    same.listen.address = listener_->address();
    Listener second(host_.host(), same);
    const Result<void> result = second.start();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::Unavailable);
    second.stop();
}

TEST_F(ListenerTest, AnswersASenderThatEndsItsHalfFirst) {
    start();
    Peer peer = connect();
    peer.send(framed("1"));
    peer.end_sending();
    const auto records = host_.wait_pushed(1);
    answer(records[0], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    EXPECT_EQ(peer.receive_rest(), "");
}

}  // namespace
}  // namespace aorta::plugins::mllp
