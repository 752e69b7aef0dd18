// What the tests of the client share: a server that answers as it is told, and what became of
// records.
#pragma once

#include "common/http/request_reader.hpp"
#include "common/net/tests/fake_host.hpp"
#include "common/net/tests/peer.hpp"
#include "sink/http/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aorta::plugins::http_sink::test {

using aorta::testing::FakeHost;
using Completion = FakeHost::Completion;

struct Seen {
    http::Head head;
    std::string body;
};

inline std::string response(unsigned status,
                            std::string_view body = {},
                            std::string_view fields = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " x\r\n" + std::string{fields} +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

/// Serves connections one after the other until it goes. An empty answer ends the connection.
class Server {
public:
    using OnRequest = std::function<std::string(const Seen&)>;

    explicit Server(OnRequest on_request, std::shared_ptr<const net::TlsContext> tls = {})
        : on_request_(std::move(on_request)), tls_(std::move(tls)), thread_([this] { run(); }) {}

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    ~Server() {
        is_over_ = true;
        aorta::testing::Peer::to(acceptor_.address());  // the last connection
    }

    std::string url(std::string_view path = {}) const {
        return (tls_ ? "https://" : "http://") + acceptor_.address().to_string() +
               std::string{path};
    }

    std::vector<Seen> seen() {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

    std::size_t connections() const { return connections_; }

private:
    void run() {
        while (!is_over_) {
            net::Acceptor::Peer peer;
            Result<net::Poller> poller = net::Poller::create();
            poller->add(acceptor_.fd(), 0, {.read = true});
            poller->wait(aorta::testing::kPatience);
            if (acceptor_.accept(peer) == net::Acceptor::Status::Accepted && !is_over_) {
                ++connections_;
                serve(peer.stream);
            }
        }
    }

    void serve(net::Stream& stream) {
        if (tls_) {
            stream.secure(tls_);
            if (!net::shake_hands(stream, aorta::testing::kPatience)) {
                return;
            }
        }
        http::RequestReader reader{{}};
        std::array<char, 65536> bytes;
        while (!is_over_) {
            const net::IoResult result = stream.read(bytes);
            if (result.status == net::IoResult::Status::Closed) {
                return;
            }
            if (result.status == net::IoResult::Status::WouldBlock) {
                net::wait(stream, net::Ready::Read, std::chrono::milliseconds{200});
                continue;
            }
            const std::string_view received{bytes.data(), result.bytes};
            if (received.starts_with("\x16\x03")) {  // as servers answer TLS on their other port
                static_cast<void>(stream.write(response(400)));
                return;
            }
            reader.feed(received);
            for (auto event = reader.next(); event != http::RequestReader::Event::None;
                 event = reader.next()) {
                if (event == http::RequestReader::Event::Request && !answer(stream, reader)) {
                    return;
                }
            }
        }
    }

    bool answer(net::Stream& stream, const http::RequestReader& reader) {
        Seen request{reader.head(), std::string{reader.body()}};
        {
            const std::lock_guard lock(mutex_);
            seen_.push_back(request);
        }
        std::string out = on_request_(request);
        for (std::string_view rest = out; !rest.empty();) {
            const net::IoResult result = stream.write(rest);
            if (result.status == net::IoResult::Status::Closed) {
                return false;
            }
            rest.remove_prefix(result.bytes);
        }
        return !out.empty();
    }

    OnRequest on_request_;
    std::shared_ptr<const net::TlsContext> tls_;
    net::Acceptor acceptor_ = *net::Acceptor::open(*net::Address::parse("127.0.0.1:0"));
    std::atomic<bool> is_over_{false};
    std::atomic<std::size_t> connections_{0};
    std::mutex mutex_;
    std::vector<Seen> seen_;  // guarded by mutex_
    std::jthread thread_;     // last: it uses the others
};

class ClientTest : public ::testing::Test {
protected:
    std::unique_ptr<Client> make_client(const std::string& url) {
        config_.url = *UrlTemplate::parse(url);
        config_.transfer.timeout = timeout_;
        auto client = std::make_unique<Client>(host_.host(), config_);
        EXPECT_TRUE(client->start().ok());
        return client;
    }

    /// What is said of these, in the order in which they ended.
    std::vector<Completion> deliver(Client& client, const std::vector<Delivery>& deliveries) {
        const std::size_t before = host_.completions().size();
        client.deliver(deliveries);
        std::vector<Completion> all = host_.completions();
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(before));
        return all;
    }

    Completion deliver(Client& client, const Delivery& delivery) {
        return deliver(client, std::vector<Delivery>{delivery}).front();
    }

    Nanoseconds timeout_ = aorta::testing::kPatience;
    FakeHost host_;
    SinkConfig config_;
};

}  // namespace aorta::plugins::http_sink::test
