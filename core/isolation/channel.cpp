#include "isolation/channel.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace aorta::isolation {
namespace {

// A kind, and the number of bytes behind it, little-endian.
constexpr std::size_t kHead = 9;
/// A usual batch in one go.
constexpr std::size_t kUsual = std::size_t{128} << 10U;

using Head = std::array<char, kHead>;

Head head_of(FrameKind kind, std::uint64_t size) {
    Head head{};
    head[0] = static_cast<char>(kind);
    for (std::size_t i = 1; i < kHead; ++i) {
        head[i] = static_cast<char>(size);
        size >>= 8U;
    }
    return head;
}

std::uint64_t size_in(const char* head) {
    std::uint64_t size = 0;
    for (std::size_t i = kHead; i-- > 1;) {
        size = (size << 8U) | static_cast<std::uint8_t>(head[i]);
    }
    return size;
}

Error gone() {
    return {ErrorCode::Unavailable, "the other end is gone"};
}

}  // namespace

Channel::~Channel() {
    ::close(fd_);
}

bool Channel::is_open() const {
    pollfd socket{fd_, POLLRDHUP, 0};
    return ::poll(&socket, 1, 0) == 0;
}

Result<void> Channel::wait(short events, const Patience& patience) const {
    using Clock = std::chrono::steady_clock;
    std::array<pollfd, 2> watched{pollfd{fd_, events, 0}, pollfd{patience.wake_fd, POLLIN, 0}};
    while (true) {
        int milliseconds = -1;
        if (patience.until != Clock::time_point::max()) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(patience.until - Clock::now());
            milliseconds = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
        }
        const int ready = ::poll(watched.data(), watched.size(), milliseconds);
        if (ready < 0 && errno != EINTR) {
            return gone();
        }
        if (watched[1].revents != 0) {
            return Error{ErrorCode::Cancelled, "given up"};
        }
        if (watched[0].revents != 0) {
            return {};  // or an error, which the next call tells
        }
        if (ready == 0 && Clock::now() >= patience.until) {
            return Error{ErrorCode::Timeout, "no answer in time"};
        }
    }
}

Result<void> Channel::send(FrameKind kind, std::string_view body, const Patience& patience) {
    Head head = head_of(kind, body.size());
    std::string_view first{head.data(), head.size()};
    while (!first.empty() || !body.empty()) {
        std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                                   iovec{const_cast<char*>(body.data()), body.size()}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN) {
            if (Result<void> waited = wait(POLLOUT, patience); !waited.ok()) {
                return waited;
            }
            continue;
        }
        if (sent < 0 && errno != EINTR) {
            return gone();
        }
        const auto bytes = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
        const std::size_t of_first = std::min(bytes, first.size());
        first.remove_prefix(of_first);
        body.remove_prefix(bytes - of_first);
    }
    return {};
}

void Channel::make_room(std::size_t wanted) {
    if (wanted <= capacity_) {
        return;
    }
    const std::size_t larger = std::max(wanted, kUsual);
    auto grown = std::make_unique_for_overwrite<char[]>(larger);
    if (have_ != 0) {
        std::memcpy(grown.get(), in_.get(), have_);
    }
    in_ = std::move(grown);
    capacity_ = larger;
}

Result<void> Channel::fill(std::size_t wanted, const Patience& patience) {
    make_room(wanted);
    while (have_ < wanted) {
        const ssize_t got = ::recv(fd_, in_.get() + have_, capacity_ - have_, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) {
            if (Result<void> waited = wait(POLLIN, patience); !waited.ok()) {
                return waited;
            }
            continue;
        }
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return gone();
        }
        have_ += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    }
    return {};
}

Result<Frame> Channel::receive(std::uint64_t most_bytes, const Patience& patience) {
    have_ = 0;
    if (capacity_ > 8 * kUsual) {  // of an unusual frame
        in_.reset();
        capacity_ = 0;
    }
    if (Result<void> filled = fill(kHead, patience); !filled.ok()) {
        return filled.error();
    }
    const std::uint64_t size = size_in(in_.get());
    if (size > most_bytes) {
        return Error{ErrorCode::ResourceExhausted, "a frame is too large"};
    }
    if (Result<void> filled = fill(kHead + size, patience); !filled.ok()) {
        return filled.error();
    }
    if (have_ != kHead + size) {
        return Error{ErrorCode::Corrupt, "bytes behind a frame"};
    }
    return Frame{static_cast<FrameKind>(in_[0]), {in_.get() + kHead, size}};
}

}  // namespace aorta::isolation
