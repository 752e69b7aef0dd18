// TCP sockets: listening, accepting, connecting, and the byte stream of one connection.
#pragma once

#include "common/net/address.hpp"

#include <aorta/result.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace aorta::net {

/// Owns a file descriptor.
class Fd {
public:
    Fd() = default;

    explicit Fd(int fd) : fd_(fd) {}

    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd();

    int get() const { return fd_; }

    bool is_open() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

struct IoResult {
    enum class Status { Done, WouldBlock, Closed };  // Closed: by the peer, or broken

    Status status = Status::Done;
    std::size_t bytes = 0;
};

/// The bytes of one connection; never blocks. The one place where TLS is going to go: whoever reads
/// and writes through this class will not notice.
class Stream {
public:
    Stream() = default;

    explicit Stream(Fd fd) : fd_(std::move(fd)) {}

    bool is_open() const { return fd_.is_open(); }

    /// For Poller and wait; not for reading and writing.
    int fd() const { return fd_.get(); }

    IoResult read(std::span<char> into);
    IoResult write(std::string_view bytes);

private:
    Fd fd_;
};

/// A listening socket; never blocks.
class Acceptor {
public:
    enum class Status {
        Accepted,
        None,       // nobody waits
        Exhausted,  // no descriptors or memory: try again when some are freed
    };

    struct Peer {
        Stream stream;
        Address address;
    };

    /// Binds and listens. Port 0 takes a free one.
    static Result<Acceptor> open(const Address& address);

    /// The bound address, with the real port.
    const Address& address() const { return address_; }

    int fd() const { return fd_.get(); }

    /// Fills `peer` when it returns Accepted.
    Status accept(Peer& peer);

private:
    Fd fd_;
    Address address_;
};

/// Resolves and connects, blocking the caller: the time limit bounds the attempts to connect, not
/// the resolver, which has its own. Fails with Unavailable or Timeout; the message names no
/// address.
Result<Stream> connect(const HostPort& to, std::chrono::nanoseconds timeout);

enum class Ready { Read, Write };

/// Blocks until the stream can be read or written (or is broken); false when the time is up.
bool wait(const Stream& stream, Ready what, std::chrono::nanoseconds timeout);

}  // namespace aorta::net
