// What the tests of the client share: a peer that follows a script, and what became of messages.
#pragma once

#include "common/net/tests/fake_host.hpp"
#include "common/net/tests/peer.hpp"
#include "sink/mllp/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aorta::plugins::mllp::test {

using aorta::testing::FakeHost;
using aorta::testing::Peer;
using Completion = FakeHost::Completion;

inline constexpr Nanoseconds kShort{std::chrono::milliseconds{20}};  // for answers that never come
inline constexpr Nanoseconds kLong{aorta::testing::kPatience};

/// A message; `modes` is MSH-15 and MSH-16, such as "AL|NE".
inline std::string message(std::string_view control_id, std::string_view modes = {}) {
    return "MSH|^~\\&|A|B|C|D|20240101||ORU^R01|" + std::string{control_id} + "|P|2.5.1" +
           (modes.empty() ? "" : "|||" + std::string{modes}) + "\rPID|1\r";
}

inline std::string answer(std::string_view code,
                          std::string_view control_id,
                          std::string_view more = {}) {
    return hl7::frame("MSH|^~\\&|C|D|A|B|20240101||ACK|9|P|2.5.1\rMSA|" + std::string{code} + "|" +
                      std::string{control_id} + "\r" + std::string{more});
}

inline Completion done(std::size_t record) {
    return {record, ErrorCode::Ok, "", ""};
}

inline Completion failed(std::size_t record,
                         ErrorCode code,
                         std::string_view reason,
                         std::string_view where = "") {
    return {record, code, std::string{reason}, std::string{where}};
}

/// Serves connections one after the other until it goes, frame by frame.
class LoopServer {
public:
    /// Answers one frame; false closes the connection.
    using OnFrame = std::function<bool(Peer& peer, const std::string& frame)>;

    LoopServer(net::Acceptor& acceptor, OnFrame on_frame)
        : acceptor_(acceptor), thread_([this, call = std::move(on_frame)] { run(call); }) {}

    ~LoopServer() {
        is_over_ = true;
        Peer::to(acceptor_.address());  // the last connection
    }

    LoopServer(const LoopServer&) = delete;
    LoopServer& operator=(const LoopServer&) = delete;

    std::size_t frames() const { return frames_; }

private:
    void run(const OnFrame& on_frame) {
        while (!is_over_) {
            Peer peer = aorta::testing::accept(acceptor_);
            std::string frame = peer.receive_frame();
            while (!frame.empty()) {
                ++frames_;
                if (!on_frame(peer, frame)) {
                    break;
                }
                frame = peer.receive_frame();
            }
        }
    }

    net::Acceptor& acceptor_;
    std::atomic<bool> is_over_{false};
    std::atomic<std::size_t> frames_{0};
    std::jthread thread_;
};

class ClientTest : public ::testing::Test {
protected:
    /// One call of the script for each connection, in order; then no more are accepted.
    void serve(std::vector<std::function<void(Peer&)>> connections) {
        server_ = std::jthread([this, scripts = std::move(connections)] {
            for (const auto& script : scripts) {
                Peer peer = aorta::testing::accept(acceptor_);
                script(peer);
            }
        });
    }

    Client make_client(Nanoseconds timeout = kLong) {
        config_.link.connect = {"127.0.0.1", acceptor_.address().port()};
        config_.link.connect_timeout = kLong;
        config_.timeout = timeout;
        return Client(host_.host(), config_);
    }

    std::vector<Delivery> make(const std::vector<std::string>& messages) {
        std::vector<Delivery> deliveries;
        for (const std::string& text : messages) {
            deliveries.push_back(host_.delivery(text));
        }
        return deliveries;
    }

    /// What has been said of all messages so far, in the order in which they ended.
    std::vector<Completion> deliver(Client& client, const std::vector<std::string>& messages) {
        client.deliver(make(messages));
        return host_.completions();
    }

    /// What is said of these, which may have been delivered before.
    std::vector<Completion> attempt(Client& client, const std::vector<Delivery>& deliveries) {
        const std::size_t before = host_.completions().size();
        client.deliver(deliveries);
        std::vector<Completion> all = host_.completions();
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(before));
        return all;
    }

    FakeHost host_;
    ClientConfig config_;
    net::Acceptor acceptor_ = *net::Acceptor::open(*net::Address::parse("127.0.0.1:0"));
    std::jthread server_;
};

}  // namespace aorta::plugins::mllp::test
