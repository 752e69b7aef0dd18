// TCP sockets: listening, accepting, connecting, and the byte stream of one connection.
#pragma once

#include "common/files/fd.hpp"
#include "common/net/address.hpp"
#include "common/net/io_result.hpp"

#include <aorta/result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace aorta::net {

using files::Fd;

class TlsContext;
class TlsSession;

/// The bytes of one connection, in the clear or through TLS; never blocks.
class Stream {
public:
    Stream();
    explicit Stream(Fd fd);
    Stream(Stream&& other) noexcept;
    Stream& operator=(Stream&& other) noexcept;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream();

    bool is_open() const { return static_cast<bool>(fd_); }

    /// For Poller and wait; not for reading and writing.
    int fd() const { return fd_.get(); }

    /// Through TLS, a read with less room than kRoomyRead may leave bytes that Poller does not know
    /// of (wait does): read again until WouldBlock.
    IoResult read(std::span<char> into);
    IoResult write(std::string_view bytes);

    /// TLS from now on. The handshake goes on within read and write.
    void secure(std::shared_ptr<const TlsContext> context);

    /// Null without TLS.
    TlsSession* tls() const { return tls_.get(); }

    /// In the handshake of TLS: nothing of the peer's has come yet.
    bool is_in_handshake() const;

    /// Reading waits until the socket can be written: add this to the interest in writing, and read
    /// when it is writable.
    bool wants_write() const;

private:
    Fd fd_;
    std::unique_ptr<TlsSession> tls_;  // after fd_: takes its leave before the socket is closed
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

/// Carries the handshake of TLS to its end, blocking; false when it failed or the time is up: then
/// the session knows why.
bool shake_hands(Stream& stream, std::chrono::nanoseconds timeout);

/// Blocks until the stream can be read or written (or is broken); false when the time is up.
bool wait(const Stream& stream, Ready what, std::chrono::nanoseconds timeout);

}  // namespace aorta::net
