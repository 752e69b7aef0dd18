#include "common/net/socket.hpp"

#include "common/net/tls_session.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>

namespace aorta::net {
namespace {

constexpr int kBacklog = 1024;

std::string system_text(int error) {
    return std::generic_category().message(error);
}

void enable(int fd, int level, int option) {
    const int on = 1;
    setsockopt(fd, level, option, &on, sizeof on);
}

/// One small message each way: waiting to fill a segment would cost a round trip. Keep-alive finds
/// peers that vanished while nothing was said.
void tune(int fd) {
    enable(fd, IPPROTO_TCP, TCP_NODELAY);
    enable(fd, SOL_SOCKET, SO_KEEPALIVE);
}

IoResult finish(ssize_t result, bool zero_is_closed) {
    if (result > 0 || (result == 0 && !zero_is_closed)) {
        return {IoResult::Status::Done, static_cast<std::size_t>(result)};
    }
    const bool later = result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return {later ? IoResult::Status::WouldBlock : IoResult::Status::Closed, 0};
}

const sockaddr* generic(const sockaddr_storage& raw) {
    return reinterpret_cast<const sockaddr*>(&raw);
}

Result<Stream> connect_one(const addrinfo& target, std::chrono::nanoseconds timeout) {
    Fd fd{::socket(target.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) {
        return Error{ErrorCode::ResourceExhausted, "no socket: " + system_text(errno)};
    }
    tune(fd.get());
    const int started = ::connect(fd.get(), target.ai_addr, target.ai_addrlen);
    if (started < 0 && errno != EINPROGRESS) {
        return Error{ErrorCode::Unavailable, "cannot connect: " + system_text(errno)};
    }
    Stream stream{std::move(fd)};
    if (started < 0 && !wait(stream, Ready::Write, timeout)) {
        return Error{ErrorCode::Timeout, "the peer did not answer the connection attempt in time"};
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(stream.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        return Error{ErrorCode::Unavailable, "cannot connect: " + system_text(error)};
    }
    return stream;
}

}  // namespace

Stream::Stream() = default;

Stream::Stream(Fd fd) : fd_(std::move(fd)) {}

Stream::Stream(Stream&& other) noexcept = default;
Stream& Stream::operator=(Stream&& other) noexcept = default;
Stream::~Stream() = default;

void Stream::secure(std::shared_ptr<const TlsContext> context) {
    tls_ = std::make_unique<TlsSession>(std::move(context), fd_.get());
}

bool Stream::is_in_handshake() const {
    return tls_ != nullptr && !tls_->is_established();
}

bool Stream::wants_write() const {
    return tls_ != nullptr && tls_->wants_write();
}

IoResult Stream::read(std::span<char> into) {
    if (tls_ != nullptr) {
        return tls_->read(into);
    }
    return finish(::recv(fd_.get(), into.data(), into.size(), 0), true);
}

IoResult Stream::write(std::string_view bytes) {
    if (tls_ != nullptr) {
        return tls_->write(bytes);
    }
    return finish(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), false);
}

Result<Acceptor> Acceptor::open(const Address& address) {
    sockaddr_storage raw{};
    socklen_t size = address.to(raw);
    Acceptor acceptor;
    acceptor.fd_ = Fd{::socket(raw.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const int fd = acceptor.fd_.get();
    if (fd >= 0) {
        enable(fd, SOL_SOCKET, SO_REUSEADDR);
    }
    if (fd < 0 || ::bind(fd, generic(raw), size) < 0 || ::listen(fd, kBacklog) < 0) {
        return Error{ErrorCode::Unavailable,
                     "cannot listen on " + address.to_string() + ": " + system_text(errno)};
    }
    size = sizeof raw;
    getsockname(fd, reinterpret_cast<sockaddr*>(&raw), &size);
    acceptor.address_ = Address::from(raw);
    return acceptor;
}

Acceptor::Status Acceptor::accept(Peer& peer) {
    sockaddr_storage raw{};
    socklen_t size = sizeof raw;
    Fd fd{::accept4(
        fd_.get(), reinterpret_cast<sockaddr*>(&raw), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!fd) {
        const bool exhausted =
            errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        return exhausted ? Status::Exhausted : Status::None;
    }
    tune(fd.get());
    peer = {Stream{std::move(fd)}, Address::from(raw)};
    return Status::Accepted;
}

Result<Stream> connect(const HostPort& to, std::chrono::nanoseconds timeout) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* raw_list = nullptr;
    const int failed =
        getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &raw_list);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list{raw_list, freeaddrinfo};
    if (failed != 0) {
        return Error{ErrorCode::Unavailable,
                     std::string{"cannot resolve: "} + gai_strerror(failed)};
    }
    Error last{ErrorCode::Unavailable, "the name has no address"};
    for (const addrinfo* target = list.get(); target != nullptr; target = target->ai_next) {
        Result<Stream> stream = connect_one(*target, timeout);
        if (stream.ok()) {
            return stream;
        }
        last = stream.error();
    }
    return last;
}

bool shake_hands(Stream& stream, std::chrono::nanoseconds timeout) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        const IoResult result = stream.tls()->handshake();
        if (result.status != IoResult::Status::WouldBlock) {
            return result.status == IoResult::Status::Done;
        }
        if (!wait(stream, Ready::Read, end - std::chrono::steady_clock::now())) {
            stream.tls()->give_up();
            return false;
        }
    }
}

bool wait(const Stream& stream, Ready what, std::chrono::nanoseconds timeout) {
    const TlsSession* tls = stream.tls();
    if (what == Ready::Read && tls != nullptr && tls->has_buffered()) {
        return true;
    }
    const bool is_for_reading = what == Ready::Read && !stream.wants_write();
    const short events = is_for_reading ? POLLIN : POLLOUT;
    pollfd entry{stream.fd(), events, 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    const int limit = static_cast<int>(std::clamp<std::int64_t>(ms, 0, 1'000'000'000));
    int ready = 0;
    do {
        ready = ::poll(&entry, 1, limit);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

}  // namespace aorta::net
