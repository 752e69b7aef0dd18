// A listener on loopback with a fake host behind it.
#pragma once

#include "common/hl7/frame.hpp"
#include "common/net/tests/fake_host.hpp"
#include "common/net/tests/peer.hpp"
#include "source/mllp/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::mllp {

using aorta::testing::FakeHost;
using aorta::testing::Peer;

inline constexpr std::chrono::seconds kFrameTimeout{30};

inline std::string message(std::string_view control_id, std::string_view padding = {}) {
    return "MSH|^~\\&|LAB|W|EHR|H|20240101||ORU^R01|" + std::string{control_id} +
           "|P|2.5.1\rPID|1||4711||DOE\r" + std::string{padding};
}

inline std::string framed(std::string_view control_id, std::string_view padding = {}) {
    return hl7::frame(message(control_id, padding));
}

/// A message in enhanced mode.
inline std::string enhanced(std::string_view control_id,
                            std::string_view accept,
                            std::string_view application) {
    return hl7::frame("MSH|^~\\&|LAB|W|EHR|H|20240101||ORU^R01|" + std::string{control_id} +
                      "|P|2.5.1|||" + std::string{accept} + "|" + std::string{application} +
                      "\rPID|1||4711||DOE\r");
}

/// "AA 7" of an answer.
inline std::string code_and_id(const std::string& answer) {
    const std::size_t msa = answer.find("\rMSA|");
    if (msa == std::string::npos) {
        return answer;
    }
    const std::size_t id = msa + 8;
    return answer.substr(msa + 5, 2) + " " +
           answer.substr(id, answer.find_first_of("|\r", id) - id);
}

class ListenerTest : public ::testing::Test {
protected:
    ListenerTest() {
        config_.listen.address = *net::Address::parse("127.0.0.1:0");
        config_.max_message_bytes = std::uint64_t{1} << 20U;
        config_.listen.max_connections = 256;
        config_.partial_frames_bytes = std::uint64_t{4} << 20U;
        config_.frame_timeout = kFrameTimeout;
    }

    void start() {
        listener_ = std::make_unique<Listener>(host_.host(), config_);
        ASSERT_TRUE(listener_->start().ok());
    }

    /// Starts the listener; the first sender's connection.
    Peer start_and_connect() {
        start();
        return connect();
    }

    /// Answers each record within push, as the engine does at level `received`.
    void accept_all() {
        host_.on_push(
            [this](const FakeHost::Pushed& record) { answer(record, {AORTA_ACK_ACCEPT}); });
    }

    void answer(const FakeHost::Pushed& record, const Outcome& outcome) {
        listener_->on_ack(record.cookie, outcome);
    }

    void settle(const FakeHost::Pushed& record, const Outcome& fate) {
        listener_->on_settled(record.cookie, fate);
    }

    Peer connect() { return Peer::to(listener_->address()); }

    /// "AA 7" of each of the next answers.
    static std::vector<std::string> answers(Peer& peer, std::size_t count) {
        std::vector<std::string> all;
        while (all.size() < count) {
            all.push_back(code_and_id(peer.receive_frame()));
        }
        return all;
    }

    /// Sends a message that wants both answers and gets the first; the record, whose fate is open.
    FakeHost::Pushed send_accepted(Peer& peer, std::string_view control_id) {
        const std::size_t before = host_.pushed().size();
        peer.send(enhanced(control_id, "AL", "AL"));
        FakeHost::Pushed record = host_.wait_pushed(before + 1)[before];
        answer(record, {AORTA_ACK_ACCEPT});
        EXPECT_EQ(answers(peer, 1).front(), "CA " + std::string{control_id});
        return record;
    }

    /// Lets time pass and makes the listener look at the clock.
    void advance(Nanoseconds time) {
        host_.advance(time);
        listener_->on_credit();
    }

    ListenerConfig config_;
    FakeHost host_;
    std::unique_ptr<Listener> listener_;
};

}  // namespace aorta::plugins::mllp
