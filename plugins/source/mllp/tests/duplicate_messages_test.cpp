// Duplicates and sequence numbers on real connections.
#include "source/mllp/tests/listener_fixture.hpp"

#include <filesystem>

namespace aorta::plugins::mllp {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DuplicateMessagesTest : public ListenerTest {
protected:
    DuplicateMessagesTest() { config_.duplicates = {seconds{600}, 1000, OnDuplicate::Replay}; }
};

TEST_F(DuplicateMessagesTest, AMessageSentAgainIsAnsweredAgainAndNotTakenAgain) {
    accept_all();
    Peer peer = start_and_connect();
    peer.send(framed("1"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    peer.close();
    Peer again = connect();
    again.send(framed("1") + framed("2"));
    EXPECT_THAT(answers(again, 2), ElementsAre("AA 1", "AA 2"));
    EXPECT_EQ(host_.pushed().size(), 2U);
    EXPECT_TRUE(host_.wait_counter("duplicates", 1));
}

TEST_F(DuplicateMessagesTest, ADuplicateThatComesWhileTheFirstIsUnderWayWaitsForTheSameAnswer) {
    Peer first = start_and_connect();
    first.send(framed("1"));
    const auto records = host_.wait_pushed(1);
    first.close();  // gave up waiting
    Peer second = connect();
    second.send(framed("1") + framed("2"));
    const auto both = host_.wait_pushed(2);
    answer(both[1], {AORTA_ACK_ACCEPT});
    answer(records[0], {AORTA_ACK_ACCEPT});
    EXPECT_THAT(answers(second, 2), ElementsAre("AA 1", "AA 2"));
    EXPECT_EQ(host_.pushed().size(), 2U);
}

TEST_F(DuplicateMessagesTest, WhatWasRefusedIsTakenAgain) {
    Peer peer = start_and_connect();
    peer.send(framed("1"));
    answer(host_.wait_pushed(1)[0], {AORTA_ACK_ERROR, ErrorCode::Unavailable, "file.no_space", {}});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AE 1");
    peer.send(framed("1"));
    answer(host_.wait_pushed(2)[1], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
}

TEST_F(DuplicateMessagesTest, ASecondAttemptAfterATimeOutIsAnsweredByTheFate) {
    Peer peer = start_and_connect();
    peer.send(framed("1"));
    const auto records = host_.wait_pushed(1);
    answer(records[0], {AORTA_ACK_NONE});
    EXPECT_EQ(peer.receive_rest(), "");
    Peer again = connect();
    again.send(framed("1") + framed("2"));
    host_.wait_pushed(2);
    settle(records[0], {AORTA_FATE_DELIVERED});
    EXPECT_EQ(code_and_id(again.receive_frame()), "AA 1");
}

TEST_F(DuplicateMessagesTest, BothAnswersOfEnhancedModeAreReplayed) {
    Peer peer = start_and_connect();
    const auto record = send_accepted(peer, "1");
    Peer early = connect();
    early.send(enhanced("1", "AL", "AL"));
    EXPECT_EQ(code_and_id(early.receive_frame()), "CA 1");
    settle(record, {AORTA_FATE_DELIVERED});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    EXPECT_EQ(code_and_id(early.receive_frame()), "AA 1");
    Peer late = connect();
    late.send(enhanced("1", "AL", "AL"));
    EXPECT_THAT(answers(late, 2), ElementsAre("CA 1", "AA 1"));
    EXPECT_EQ(host_.pushed().size(), 1U);
}

TEST_F(DuplicateMessagesTest, AReplyOfAPeerIsReplayed) {
    Peer peer = start_and_connect();
    peer.send(framed("1"));
    Outcome outcome{AORTA_ACK_ACCEPT};
    outcome.reply = "MSH|^~\\&|PEER|P|X|Y|||RSP^K22|9|P|2.5\rMSA|AA|ours\r";
    answer(host_.wait_pushed(1)[0], outcome);
    const std::string told = peer.receive_frame();
    peer.send(framed("1"));
    EXPECT_EQ(peer.receive_frame(), told);
}

TEST_F(DuplicateMessagesTest, TheSameIdWithOtherContentIsAnotherMessage) {
    accept_all();
    Peer peer = start_and_connect();
    peer.send(framed("1") + framed("1", "NTE|1\r"));
    EXPECT_THAT(answers(peer, 2), ElementsAre("AA 1", "AA 1"));
    EXPECT_EQ(host_.pushed().size(), 2U);
    EXPECT_TRUE(host_.wait_counter("control_ids_reused", 1));
}

TEST_F(DuplicateMessagesTest, IsTakenAgainAfterTheWindow) {
    host_.on_push([this](const FakeHost::Pushed& record) {
        answer(record, {AORTA_ACK_ACCEPT});
        settle(record, {AORTA_FATE_DELIVERED});
    });
    Peer peer = start_and_connect();
    peer.send(framed("1"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    advance(seconds{600});
    peer.send(framed("1"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    EXPECT_EQ(host_.pushed().size(), 2U);
}

TEST_F(DuplicateMessagesTest, MayBeRejected) {
    accept_all();
    config_.duplicates->action = OnDuplicate::Reject;
    Peer peer = start_and_connect();
    peer.send(framed("1") + framed("1") + enhanced("2", "AL", "AL") + enhanced("2", "AL", "AL"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    const std::string refusal = peer.receive_frame();
    EXPECT_EQ(code_and_id(refusal), "AR 1");
    EXPECT_THAT(refusal, HasSubstr("MSH^1^10|205^Duplicate key identifier"));
    EXPECT_THAT(answers(peer, 2), ElementsAre("CA 2", "CR 2"));
    EXPECT_EQ(host_.pushed().size(), 2U);
}

TEST_F(DuplicateMessagesTest, MayPassMarked) {
    accept_all();
    config_.duplicates->action = OnDuplicate::Pass;
    Peer peer = start_and_connect();
    peer.send(framed("1") + framed("1"));
    EXPECT_THAT(answers(peer, 2), ElementsAre("AA 1", "AA 1"));
    EXPECT_FALSE(host_.pushed()[0].attributes.contains("duplicate"));
    EXPECT_EQ(host_.pushed()[1].attributes.at("duplicate"), "true");
}

TEST_F(DuplicateMessagesTest, WithoutCreditADuplicateIsStillOne) {
    accept_all();
    host_.set_credit(0);
    Peer peer = start_and_connect();
    peer.send(framed("1") + framed("1"));
    ASSERT_TRUE(host_.wait_denied(1));
    listener_->on_credit();
    ASSERT_TRUE(host_.wait_denied(2));
    host_.set_credit(1'000'000);
    listener_->on_credit();
    EXPECT_THAT(answers(peer, 2), ElementsAre("AA 1", "AA 1"));
    EXPECT_EQ(host_.pushed().size(), 1U);
}

class SequenceNumbersTest : public ListenerTest {
protected:
    SequenceNumbersTest() { config_.sequence_file = ::testing::TempDir() + "mllp_sequence.test"; }

    ~SequenceNumbersTest() override {
        std::error_code ignored;
        std::filesystem::remove(config_.sequence_file, ignored);
    }

    static std::string numbered(std::string_view number) {
        const std::string text{number};
        return hl7::frame("MSH|^~\\&|LAB|W|EHR|H|2024||ORU^R01|" + text + "|P|2.5|" + text +
                          "\rPID|1||4711\r");
    }

    static std::string link_start() {
        return hl7::frame("MSH|^~\\&|LAB|W|EHR|H|2024||^|S|P|2.1|0\r");
    }
};

TEST_F(SequenceNumbersTest, AGapAndARepetitionAreAnsweredWithTheExpectedNumber) {
    accept_all();
    Peer peer = start_and_connect();
    peer.send(numbered("5"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 5");
    for (const char* wrong : {"7", "5"}) {
        peer.send(numbered(wrong));
        EXPECT_THAT(peer.receive_frame(),
                    HasSubstr("MSA|AE|" + std::string{wrong} + "|mllp.sequence_number|6\r"));
    }
    peer.send(numbered("6"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 6");
    EXPECT_EQ(host_.pushed().size(), 2U);
    EXPECT_TRUE(host_.wait_counter("sequence_errors", 2));
}

TEST_F(SequenceNumbersTest, TheExpectedNumberSurvivesARestart) {
    accept_all();
    Peer peer = start_and_connect();
    peer.send(link_start() + numbered("41"));
    EXPECT_THAT(peer.receive_frame(), HasSubstr("MSA|AA|S||-1\r"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 41");
    listener_.reset();
    start();
    Peer again = connect();
    again.send(link_start());
    EXPECT_THAT(again.receive_frame(), HasSubstr("MSA|AA|S||42\r"));
    EXPECT_EQ(host_.pushed().size(), 1U);
}

TEST_F(SequenceNumbersTest, WhatFailedIsExpectedAgain) {
    Peer peer = start_and_connect();
    peer.send(numbered("5"));
    answer(host_.wait_pushed(1)[0], {AORTA_ACK_ERROR, ErrorCode::Unavailable, "file.no_space", {}});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AE 5");
    peer.send(numbered("5"));
    answer(host_.wait_pushed(2)[1], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 5");
}

TEST_F(SequenceNumbersTest, ADamagedFileIsRefusedAtTheStart) {
    ASSERT_TRUE(std::filesystem::create_directories(config_.sequence_file));
    Listener listener(host_.host(), config_);
    EXPECT_FALSE(listener.start().ok());
}

TEST_F(SequenceNumbersTest, AFileThatCannotBeWrittenIsRefusedAtTheStart) {
    config_.sequence_file = "/dev/null/mllp.sequence";
    Listener listener(host_.host(), config_);
    EXPECT_FALSE(listener.start().ok());
}

TEST_F(SequenceNumbersTest, NeedsAnswersToTellTheExpectedNumber) {
    host_.set_ack_policy(AORTA_LEVEL_NONE);
    Listener listener(host_.host(), config_);
    const Result<void> started = listener.start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().code, ErrorCode::InvalidConfig);
}

TEST_F(SequenceNumbersTest, ARepetitionThatIsADuplicateIsAnsweredAsOne) {
    accept_all();
    config_.duplicates = {seconds{600}, 1000, OnDuplicate::Replay};
    Peer peer = start_and_connect();
    peer.send(numbered("5") + numbered("5") + numbered("6"));
    EXPECT_THAT(answers(peer, 3), ElementsAre("AA 5", "AA 5", "AA 6"));
}

}  // namespace
}  // namespace aorta::plugins::mllp
