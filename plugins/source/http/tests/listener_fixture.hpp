// A listener on loopback with a fake host behind it.
#pragma once

#include "common/net/tests/fake_host.hpp"
#include "common/net/tests/peer.hpp"
#include "source/http/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace aorta::plugins::http_source {

using aorta::testing::FakeHost;
using aorta::testing::Peer;

inline constexpr std::chrono::seconds kRequestTimeout{30};
inline constexpr std::string_view kPatient = R"({"resourceType":"Patient","id":"7"})";

/// A request as bytes; `fields` end with line ends.
inline std::string request(std::string_view line, std::string_view fields, std::string_view body) {
    std::string bytes = std::string{line} + " HTTP/1.1\r\nHost: aorta\r\n" + std::string{fields};
    if (!body.empty()) {
        bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    return bytes + "\r\n" + std::string{body};
}

inline std::string hook(std::string_view body, std::string_view fields = {}) {
    return request("POST /hook", "Content-Type: text/plain\r\n" + std::string{fields}, body);
}

inline std::string fhir(std::string_view line,
                        std::string_view body,
                        std::string_view fields = {}) {
    return request(line, "Content-Type: application/fhir+json\r\n" + std::string{fields}, body);
}

struct Received {
    unsigned status = 0;
    std::string head;
    std::string body;
};

/// The next response; status 0 when the connection ended.
inline Received receive(Peer& peer) {
    Received received{.head = peer.receive_through("\r\n\r\n")};
    if (!received.head.starts_with("HTTP/1.1 ")) {
        return received;
    }
    received.status = static_cast<unsigned>(std::stoul(received.head.substr(9, 3)));
    const std::size_t length = received.head.find("Content-Length: ");
    std::size_t left =
        length == std::string::npos ? 0 : std::stoul(received.head.substr(length + 16));
    while (left > 0) {
        const std::string some = peer.receive_count(left);
        if (some.empty()) {
            break;
        }
        received.body += some;
        left -= some.size();
    }
    return received;
}

class ListenerTest : public ::testing::Test {
protected:
    ListenerTest() {
        config_.listen.address = *net::Address::parse("127.0.0.1:0");
        config_.listen.max_connections = 256;
        config_.limits = {.head_bytes = 4096, .body_bytes = std::uint64_t{1} << 20U};
        config_.partial_requests_bytes = std::uint64_t{4} << 20U;
        config_.request_timeout = kRequestTimeout;
        config_.retry_after = std::chrono::seconds{5};
        config_.paths = {{.path = "/hook", .methods = {"POST"}},
                         {.path = "/fhir", .kind = PathKind::Fhir}};
    }

    void start() {
        listener_ = std::make_unique<Listener>(host_.host(), config_);
        ASSERT_TRUE(listener_->start().ok());
    }

    Peer start_and_connect() {
        start();
        return connect();
    }

    /// Answers each record within push, as the engine does at level `received`.
    void answer_all(Outcome outcome = {.kind = AORTA_ACK_ACCEPT}) {
        host_.on_push([this, outcome](const FakeHost::Pushed& record) { answer(record, outcome); });
    }

    void answer(const FakeHost::Pushed& record, const Outcome& outcome) {
        listener_->on_ack(record.cookie, outcome);
    }

    Peer connect() { return Peer::to(listener_->address()); }

    /// The response to one request.
    static Received exchange(Peer& peer, const std::string& bytes) {
        peer.send(bytes);
        return receive(peer);
    }

    /// Lets time pass and makes the listener look at the clock.
    void advance(Nanoseconds time) {
        host_.advance(time);
        listener_->on_credit();
    }

    SourceConfig config_;
    FakeHost host_;
    std::unique_ptr<Listener> listener_;
};

}  // namespace aorta::plugins::http_source
