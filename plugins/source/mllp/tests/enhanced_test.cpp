// Enhanced mode, MLLP release 2, other frame bytes and replies on real connections.
#include "source/mllp/tests/listener_fixture.hpp"

#include <thread>

namespace aorta::plugins::mllp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ListenerTest, EnhancedModeAcceptsAtOnceAndTellsTheFateLater) {
    Peer peer = start_and_connect();
    const auto record = send_accepted(peer, "1");
    settle(record, {AORTA_FATE_DELIVERED});
    const std::string application = peer.receive_frame();
    EXPECT_EQ(code_and_id(application), "AA 1");
    EXPECT_THAT(application, HasSubstr("|NE|NE\r"));
}

TEST_F(ListenerTest, AcceptAcknowledgementsDoNotWaitForFates) {
    Peer peer = start_and_connect();
    for (const char* id : {"1", "2", "3"}) {
        peer.send(enhanced(id, "AL", "AL"));
    }
    const auto records = host_.wait_pushed(3);
    for (const auto& record : records) {
        answer(record, {AORTA_ACK_ACCEPT});
    }
    EXPECT_THAT(answers(peer, 3), ElementsAre("CA 1", "CA 2", "CA 3"));
    settle(records[2], {AORTA_FATE_DELIVERED});
    settle(records[1], {AORTA_FATE_DEAD_LETTERED, ErrorCode::InvalidData, "hl7.x", "PID-3"});
    settle(records[0], {AORTA_FATE_FILTERED});
    EXPECT_THAT(answers(peer, 3), ElementsAre("AA 1", "AE 2", "AA 3"));
}

TEST_F(ListenerTest, BothModesShareAConnection) {
    Peer peer = start_and_connect();
    peer.send(enhanced("1", "AL", "AL") + framed("2") + enhanced("3", "NE", "NE") +
              enhanced("4", "NE", "AL") + enhanced("5", "AL", "NE"));
    const auto records = host_.wait_pushed(5);
    for (const auto& record : records) {
        answer(record, {AORTA_ACK_ACCEPT});
    }
    EXPECT_THAT(answers(peer, 3), ElementsAre("CA 1", "AA 2", "CA 5"));
    for (const auto& record : records) {
        settle(record, {AORTA_FATE_DELIVERED});
    }
    EXPECT_THAT(answers(peer, 2), ElementsAre("AA 1", "AA 4"));
}

TEST_F(ListenerTest, AnswersThatComeWithinPushLeaveInOrder) {
    host_.on_push([this](const FakeHost::Pushed& record) {
        answer(record, {AORTA_ACK_ACCEPT});
        settle(record, {AORTA_FATE_DELIVERED});
    });
    Peer peer = start_and_connect();
    peer.send(enhanced("1", "AL", "AL") + enhanced("2", "AL", "AL"));
    EXPECT_THAT(answers(peer, 4), ElementsAre("CA 1", "CA 2", "AA 1", "AA 2"));
}

TEST_F(ListenerTest, ARefusedMessageIsToldInItsMode) {
    accept_all();
    config_.accept.types = {"ADT"};
    Peer peer = start_and_connect();
    peer.send(enhanced("1", "AL", "AL") + enhanced("2", "NE", "AL") + enhanced("3", "SU", "NE") +
              framed("4"));
    EXPECT_THAT(answers(peer, 3), ElementsAre("CR 1", "AR 2", "AR 4"));
    EXPECT_TRUE(host_.pushed().empty());
}

TEST_F(ListenerTest, AnApplicationAcknowledgementWithoutConnectionIsCounted) {
    Peer peer = start_and_connect();
    const auto record = send_accepted(peer, "1");
    peer.reset();
    EXPECT_TRUE(host_.wait_counter("answers_unsent", 1));
    EXPECT_TRUE(host_.wait_logged("answers_unsent"));
    settle(record, {AORTA_FATE_DELIVERED});
    // The listener is as well as before.
    Peer next = connect();
    next.send(framed("2"));
    answer(host_.wait_pushed(2)[1], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(next.receive_frame()), "AA 2");
}

TEST_F(ListenerTest, ASenderThatEndsItsHalfStillHearsOfTheFate) {
    Peer peer = start_and_connect();
    peer.send(enhanced("1", "AL", "AL"));
    peer.end_sending();
    const auto records = host_.wait_pushed(1);
    answer(records[0], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "CA 1");
    settle(records[0], {AORTA_FATE_FAILED, ErrorCode::Unavailable, "mllp.unreachable", {}});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AE 1");
    EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ListenerTest, FatesFromSeveralThreadsAllReachTheirSenders) {
    start();
    constexpr std::size_t kConnections = 50;
    constexpr std::size_t kEach = 20;
    std::vector<Peer> peers;
    for (std::size_t i = 0; i < kConnections; ++i) {
        peers.push_back(connect());
        for (std::size_t k = 0; k < kEach; ++k) {
            peers.back().send(enhanced(std::to_string(k), "AL", "AL"));
        }
    }
    const auto records = host_.wait_pushed(kConnections * kEach);
    {
        std::vector<std::jthread> threads;
        for (std::size_t first = 0; first < 4; ++first) {
            threads.emplace_back([&, first] {
                for (std::size_t i = first; i < records.size(); i += 4) {
                    const auto& record = records[records.size() - 1 - i];
                    answer(record, {AORTA_ACK_ACCEPT});
                    settle(record, {AORTA_FATE_DELIVERED});
                }
            });
        }
    }
    for (Peer& peer : peers) {
        std::vector<std::string> accepted;
        std::vector<std::string> applied;
        std::vector<std::string> expected;
        for (std::size_t k = 0; k < 2 * kEach; ++k) {
            const std::string told = code_and_id(peer.receive_frame());
            (told.starts_with("CA") ? accepted : applied).push_back(told.substr(3));
            if (k < kEach) {
                expected.push_back(std::to_string(k));
            }
        }
        ASSERT_EQ(accepted, expected);
        ASSERT_EQ(applied, expected);
    }
}

TEST_F(ListenerTest, ASenderThatLeftDoesNotHoldItsPlaceUntilTheFateIsKnown) {
    Peer peer = start_and_connect();
    peer.send(enhanced("1", "AL", "AL"));
    peer.end_sending();
    const auto records = host_.wait_pushed(1);
    answer(records[0], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "CA 1");
    advance(kFrameTimeout);
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_TRUE(host_.wait_counter("answers_unsent", 1));
    settle(records[0], {AORTA_FATE_DELIVERED});
}

// MLLP release 2.
TEST_F(ListenerTest, CommitBlocksComeBeforeAnswersAndAreNoMessages) {
    accept_all();
    config_.has_commit = true;
    Peer peer = start_and_connect();
    peer.send(framed("1"));
    EXPECT_EQ(peer.receive_frame(), hl7::kCommitAck);
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    peer.send(hl7::frame(hl7::kCommitAck));  // for our answer
    peer.send(hl7::frame("MSH|^~\\&|A|B|C|D|||ACK^R01|1|P|2.5\rMSA|AA|9\r"));
    EXPECT_EQ(peer.receive_frame(), hl7::kCommitAck);  // taken, and nothing more to say
    peer.send(hl7::frame(hl7::kCommitNak) + framed("2"));
    EXPECT_EQ(peer.receive_frame(), hl7::kCommitAck);
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 2");
    EXPECT_TRUE(host_.wait_counter("answers_rejected", 1));
    EXPECT_EQ(host_.pushed().size(), 3U);
}

TEST_F(ListenerTest, ACommitBlockSaysWhatCouldNotBeStored) {
    config_.has_commit = true;
    Peer peer = start_and_connect();
    peer.send(framed("1"));
    answer(host_.wait_pushed(1)[0], {AORTA_ACK_ERROR, ErrorCode::Unavailable, "file.no_space", {}});
    EXPECT_EQ(peer.receive_frame(), hl7::kCommitNak);
}

TEST_F(ListenerTest, TakesOtherFrameBytes) {
    accept_all();
    config_.frame = {'\x02', '\x03', std::nullopt};
    Peer peer = start_and_connect();
    peer.send(hl7::frame(message("1"), config_.frame));
    const std::string received = peer.receive_through("\x03");
    EXPECT_EQ(received.front(), '\x02');
    EXPECT_EQ(code_and_id(received), "AA 1");
}

TEST_F(ListenerTest, ReportsNoiseAndMissingLastBytes) {
    accept_all();
    Peer peer = start_and_connect();
    std::string unterminated = framed("1");
    unterminated.pop_back();
    peer.send("GET SECRET\r\n" + unterminated + framed("2") + "xy" + framed("3"));
    EXPECT_THAT(answers(peer, 3), ElementsAre("AA 1", "AA 2", "AA 3"));
    EXPECT_TRUE(host_.wait_counter("noise_bytes", 14));
    EXPECT_TRUE(host_.wait_counter("frames_unterminated", 1));
    EXPECT_TRUE(host_.wait_logged("noise"));
    EXPECT_THAT(host_.log_text(), HasSubstr("bytes=12"));
    EXPECT_THAT(host_.log_text(), Not(HasSubstr("SECRET")));
}

TEST_F(ListenerTest, HandsTheReplyOfASinksPeerToTheSender) {
    Peer peer = start_and_connect();
    peer.send(framed("1") + framed("2"));
    const auto records = host_.wait_pushed(2);
    Outcome outcome{AORTA_ACK_ACCEPT};
    outcome.reply = "MSH|^~\\&|PEER|P|X|Y|||RSP^K22|9|P|2.5\rMSA|AA|ours\rPID|1||found\r";
    answer(records[0], outcome);
    outcome.reply = "no message";
    answer(records[1], outcome);
    EXPECT_EQ(peer.receive_frame(),
              "MSH|^~\\&|PEER|P|LAB|W|||RSP^K22|9|P|2.5\rMSA|AA|1\rPID|1||found\r");
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 2");
    EXPECT_TRUE(host_.wait_counter("replies_unusable", 1));
}

TEST_F(ListenerTest, WhoIsToGetNoAnswersGetsNoneAndIsReadOn) {
    host_.set_ack_policy(AORTA_LEVEL_NONE);
    config_.accept.types = {"ORU"};
    config_.duplicates = {std::chrono::seconds{600}, 10'000, OnDuplicate::Replay};
    Peer peer = start_and_connect();
    for (int i = 0; i < 3000; ++i) {  // more than may be unanswered
        peer.send(framed(std::to_string(i)));
    }
    peer.send(framed("1") + enhanced("e", "AL", "AL") + hl7::frame("x") +
              hl7::frame("MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5\r"));
    peer.end_sending();
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_EQ(host_.pushed().size(), 3002U);
}

TEST_F(ListenerTest, OnInvalidDecidesWhatAnApplicationAcknowledgementSays) {
    host_.set_ack_policy(AORTA_LEVEL_RECEIVED, AORTA_ACK_REFUSE);
    Peer peer = start_and_connect();
    peer.send(enhanced("1", "AL", "AL"));
    const auto records = host_.wait_pushed(1);
    answer(records[0], {AORTA_ACK_ACCEPT});
    settle(
        records[0],
        {AORTA_FATE_DEAD_LETTERED, ErrorCode::InvalidData, "hl7.required_field_missing", "PID-3"});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "CA 1");
    const std::string application = peer.receive_frame();
    EXPECT_EQ(code_and_id(application), "AR 1");
    EXPECT_THAT(application, HasSubstr("ERR||PID^1^3|101^"));
}

}  // namespace
}  // namespace aorta::plugins::mllp
