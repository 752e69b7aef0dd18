// The other end of a connection, for tests: blocking, with a limit of 20 seconds for everything.
#pragma once

#include "common/net/poller.hpp"
#include "common/net/socket.hpp"

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

namespace aorta::testing {

inline constexpr std::chrono::seconds kPatience{20};

class Peer {
public:
    explicit Peer(net::Stream stream) : stream_(std::move(stream)) {}

    static Peer to(const net::Address& address) {
        const std::string text = address.to_string();
        auto stream = net::connect(*net::parse_host_port(text), kPatience);
        return Peer{stream.ok() ? std::move(*stream) : net::Stream{}};
    }

    bool is_open() const { return stream_.is_open(); }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const net::IoResult result = stream_.write(bytes);
            if (result.status == net::IoResult::Status::Closed ||
                (result.bytes == 0 && !net::wait(stream_, net::Ready::Write, kPatience))) {
                return;
            }
            bytes.remove_prefix(result.bytes);
        }
    }

    /// What arrives up to and including `end`; what had come when the connection ended, otherwise.
    std::string receive_through(std::string_view end) {
        std::size_t at = received_.find(end);
        while (at == std::string::npos && receive_some()) {
            at = received_.find(end);
        }
        const std::size_t count = at == std::string::npos ? received_.size() : at + end.size();
        std::string taken = received_.substr(0, count);
        received_.erase(0, count);
        return taken;
    }

    /// So many bytes; fewer when the connection ended.
    std::string receive_count(std::size_t count) {
        while (received_.size() < count && receive_some()) {
        }
        std::string taken = received_.substr(0, count);
        received_.erase(0, taken.size());
        return taken;
    }

    /// The payload of the next MLLP frame; empty when the connection ended.
    std::string receive_frame() {
        const std::string frame = receive_through("\x1c\x0d");
        return frame.size() < 3 ? std::string{} : frame.substr(1, frame.size() - 3);
    }

    /// All that comes until the connection ends.
    std::string receive_rest() {
        while (receive_some()) {
        }
        return std::move(received_);
    }

    void close() { stream_ = {}; }

    /// Ends at once, without the usual farewell.
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(stream_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close();
    }

    /// The other side sees the end of the stream, but may still answer.
    void end_sending() { ::shutdown(stream_.fd(), SHUT_WR); }

private:
    bool receive_some() {
        std::array<char, 4096> bytes;
        net::IoResult result = stream_.read(bytes);
        if (result.status == net::IoResult::Status::WouldBlock) {
            if (!net::wait(stream_, net::Ready::Read, kPatience)) {
                return false;
            }
            result = stream_.read(bytes);
        }
        received_.append(bytes.data(), result.bytes);
        return result.status != net::IoResult::Status::Closed;
    }

    net::Stream stream_;
    std::string received_;
};

/// Waits for the next connection; a closed peer when none comes.
inline Peer accept(net::Acceptor& acceptor) {
    net::Acceptor::Peer peer;
    Result<net::Poller> poller = net::Poller::create();
    if (poller.ok() && poller->add(acceptor.fd(), 0, {.read = true})) {
        poller->wait(kPatience);
        static_cast<void>(acceptor.accept(peer));
    }
    return Peer{std::move(peer.stream)};
}

}  // namespace aorta::testing
