// A ZeroMQ context and socket that are closed by their owner, without libzmq's header.
#pragma once

#include <aorta/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::zmq {

/// What libzmq says of errno, as ours.
Error socket_error(const char* doing, std::string_view address = {});

/// A context of libzmq. Destroy it after its sockets: it waits until what lingers is sent.
class SocketContext {
public:
    SocketContext();
    SocketContext(const SocketContext&) = delete;
    SocketContext& operator=(const SocketContext&) = delete;
    ~SocketContext();

    void* get() const { return context_; }

private:
    void* context_;
};

/// One message of one part, and who sent it.
struct Received {
    std::string from = {};        ///< routing id, ROUTER only
    std::string user = {};        ///< what the ZAP handler called the peer
    std::string_view frame = {};  ///< the owner's
    std::shared_ptr<const void> owner = {};
    bool is_multipart = false;  ///< it had more parts than it should
};

/// [one thread]
class Socket {
public:
    enum class Kind { Dealer, Router, Reply, Pull, Push, Sub, Pub };

    Socket() = default;
    Socket(SocketContext& context, Kind kind);
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    Socket(Socket&& other) noexcept { *this = std::move(other); }

    Socket& operator=(Socket&& other) noexcept {
        std::swap(socket_, other.socket_);
        std::swap(kind_, other.kind_);
        return *this;
    }

    ~Socket();

    /// Options of libzmq by number.
    void set(int option, int value);
    void set(int option, std::int64_t value);
    void set(int option, std::string_view value);

    Result<void> bind(const std::string& address);
    Result<void> connect(const std::string& address);
    /// The address that it is bound to, with the port that was taken.
    std::string bound_to() const;

    /// False when the peer cannot be reached (a ROUTER's) or the socket takes no more. The frame is
    /// not copied.
    bool send(std::string_view to, std::string frame);
    bool send_parts(const std::vector<std::string>& parts);
    /// Nothing when nothing has come.
    std::optional<Received> receive();
    /// All parts of a message, with the routing id first for a ROUTER. Of one that has more than
    /// `most`, the first `most + 1`.
    std::optional<std::vector<std::string>> receive_parts(std::size_t most);

    enum class Ready { ToReceive, ToSend };
    /// Waits until it is. False when the time is over.
    bool wait(Ready ready, long timeout_ms) const;

    void* get() const { return socket_; }

private:
    void* socket_ = nullptr;
    Kind kind_ = Kind::Dealer;
};

/// Wakes a thread that waits in `wait`. [wake: any thread]
class Waker {
public:
    Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;
    ~Waker();

    void wake() const;
    /// Until the socket (which may be closed) may be read, `wake` was called, or the time is over
    /// (-1: no end).
    void wait(const Socket& socket, long timeout_ms) const;

private:
    int fd_;
};

}  // namespace aorta::zmq
