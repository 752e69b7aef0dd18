// Back-pressure, limits and time.
#include "source/mllp/tests/listener_fixture.hpp"

namespace aorta::plugins::mllp {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> payloads(const std::vector<FakeHost::Pushed>& records) {
    std::vector<std::string> all;
    for (const FakeHost::Pushed& record : records) {
        all.push_back(record.payload);
    }
    return all;
}

TEST_F(ListenerTest, WithoutCreditNothingIsLostAndOrderIsKept) {
    accept_all();
    host_.set_credit(0);
    start();
    Peer peer = connect();
    peer.send(framed("1") + framed("2") + framed("3"));
    ASSERT_TRUE(host_.wait_denied(1));
    EXPECT_TRUE(host_.pushed().empty());

    host_.set_credit(message("1").size());
    listener_->on_credit();
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    ASSERT_TRUE(host_.wait_denied(2));
    EXPECT_EQ(host_.pushed().size(), 1U);

    host_.set_credit(1'000'000);
    listener_->on_credit();
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 2");
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 3");
}

TEST_F(ListenerTest, WaitingConnectionsResumeInTheOrderInWhichTheyCame) {
    accept_all();
    host_.set_credit(0);
    start();
    Peer first = connect();
    first.send(framed("1"));
    ASSERT_TRUE(host_.wait_denied(1));
    Peer second = connect();
    second.send(framed("2", "NTE|shorter would fit\r"));
    // A poke makes the listener try again, after it has read what came before.
    listener_->on_credit();
    ASSERT_TRUE(host_.wait_denied(2));
    Peer third = connect();
    third.send(framed("3"));

    host_.set_credit(1'000'000);
    listener_->on_credit();
    EXPECT_EQ(code_and_id(first.receive_frame()), "AA 1");
    EXPECT_EQ(code_and_id(second.receive_frame()), "AA 2");
    EXPECT_EQ(code_and_id(third.receive_frame()), "AA 3");
    EXPECT_EQ(payloads(host_.pushed()),
              (std::vector{message("1"), message("2", "NTE|shorter would fit\r"), message("3")}));
}

TEST_F(ListenerTest, AConnectionWithoutCreditIsNotReadFrom) {
    accept_all();
    host_.set_credit(0);
    start();
    Peer peer = connect();
    peer.send(framed("1"));
    ASSERT_TRUE(host_.wait_denied(1));
    // More than the socket buffers of both sides hold can only be sent once it is read again.
    std::thread sender([&] {
        for (int i = 0; i < 40; ++i) {
            peer.send(framed(std::to_string(i + 2), std::string(500'000, 'x')));
        }
    });
    EXPECT_TRUE(host_.pushed().empty());
    host_.set_credit(~std::uint64_t{0});
    listener_->on_credit();
    sender.join();
    for (int i = 0; i < 41; ++i) {
        ASSERT_EQ(code_and_id(peer.receive_frame()), "AA " + std::to_string(i + 1));
    }
}

TEST_F(ListenerTest, CreditThatComesWithinPushIsUsed) {
    // As when a record is done inline: its bytes are free again before push returns.
    host_.set_credit(message("1").size());
    host_.on_push([this](const FakeHost::Pushed& record) {
        answer(record, {AORTA_ACK_ACCEPT});
        host_.set_credit(message("1").size());
        listener_->on_credit();
    });
    start();
    Peer peer = connect();
    peer.send(framed("1") + framed("2") + framed("3") + framed("4"));
    for (const char* expected : {"AA 1", "AA 2", "AA 3", "AA 4"}) {
        EXPECT_EQ(code_and_id(peer.receive_frame()), expected);
    }
}

TEST_F(ListenerTest, PartialFramesBeyondTheReserveStillAllGetThrough) {
    accept_all();
    config_.partial_frames_bytes = 64 << 10;
    start();
    const std::string big(300'000, 'x');
    const std::string frame = framed("1", big);
    std::vector<Peer> peers;
    for (int i = 0; i < 5; ++i) {
        peers.push_back(connect());
        peers.back().send(std::string_view{frame}.substr(0, 200'000));
    }
    for (Peer& peer : peers) {
        peer.send(std::string_view{frame}.substr(200'000));
    }
    for (Peer& peer : peers) {
        EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    }
    EXPECT_THAT(payloads(host_.pushed()), ::testing::Each(message("1", big)));
}

TEST_F(ListenerTest, ASlowSenderIsCutOff) {
    accept_all();
    start();
    Peer slow = connect();
    Peer good = connect();
    slow.send(framed("1") + "\x0bMSH|^");
    EXPECT_EQ(code_and_id(slow.receive_frame()), "AA 1");
    advance(kFrameTimeout - std::chrono::seconds{1});
    good.send(framed("2"));
    EXPECT_EQ(code_and_id(good.receive_frame()), "AA 2");
    slow.send("~");  // one byte more does not buy time
    advance(std::chrono::seconds{1});
    EXPECT_EQ(slow.receive_rest(), "");
    EXPECT_TRUE(host_.wait_logged("frame_timeout"));
    EXPECT_TRUE(host_.wait_counter("frames_discarded", 1));
    good.send(framed("3"));
    EXPECT_EQ(code_and_id(good.receive_frame()), "AA 3");
}

TEST_F(ListenerTest, ASlowSenderStillGetsTheAnswersItIsOwed) {
    start();
    Peer peer = connect();
    peer.send(framed("1") + "\x0bMSH|^");
    const auto records = host_.wait_pushed(1);
    advance(kFrameTimeout);
    ASSERT_TRUE(host_.wait_logged("frame_timeout"));
    answer(records[0], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ListenerTest, WaitingForCreditDoesNotCountAsSlow) {
    accept_all();
    host_.set_credit(0);
    start();
    Peer peer = connect();
    peer.send(framed("1") + "\x0b" + message("2").substr(0, 10));
    ASSERT_TRUE(host_.wait_denied(1));
    advance(kFrameTimeout * 2);
    ASSERT_TRUE(host_.wait_denied(2));
    host_.set_credit(1'000'000);
    listener_->on_credit();
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    peer.send(message("2").substr(10) + "\x1c\x0d");
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 2");
}

TEST_F(ListenerTest, AQuietConnectionIsClosedIfAsked) {
    accept_all();
    config_.idle_timeout = std::chrono::seconds{60};
    start();
    Peer peer = connect();
    peer.send(framed("1"));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
    advance(std::chrono::seconds{60});
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_TRUE(host_.wait_logged("idle_timeout"));
}

TEST_F(ListenerTest, AQuietConnectionThatIsOwedAnAnswerIsKept) {
    config_.idle_timeout = std::chrono::seconds{60};
    start();
    Peer peer = connect();
    peer.send(framed("1"));
    const auto records = host_.wait_pushed(1);
    advance(std::chrono::seconds{600});
    answer(records[0], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
}

TEST_F(ListenerTest, ASenderThatTakesNoAnswersIsNotReadFromAndThenClosed) {
    start();
    Peer peer = connect();
    std::string stream;
    for (int i = 0; i < 2000; ++i) {
        stream += hl7::frame("x");  // each is answered AR at once
    }
    std::jthread sender([&] {
        for (int i = 0; i < 200; ++i) {
            peer.send(stream);
        }
    });
    // Its answers fill the socket buffers and the listener's limit; time then makes it let go.
    host_.wait_pushed(2000);
    while (host_.log_text().find("answers_not_taken") == std::string::npos) {
        advance(kFrameTimeout);
        std::this_thread::yield();
    }
    EXPECT_TRUE(host_.wait_logged("answers_not_taken"));
}

}  // namespace
}  // namespace aorta::plugins::mllp
