// Waiting for many sockets at once: epoll with a wake-up.
#pragma once

#include "common/net/socket.hpp"

#include <aorta/result.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace aorta::net {

/// Level-triggered readiness of sockets. All but wake() belong to one thread; wake() may be called
/// by any. Descriptors are borrowed: remove or close them before they are reused.
class Poller {
public:
    struct Interest {
        bool read = false;
        bool write = false;

        bool operator==(const Interest&) const = default;
    };

    struct Event {
        std::uint64_t tag = 0;
        bool readable = false;  // or the peer has ended its half
        bool writable = false;
        bool broken = false;  // both halves are gone: reported whatever the interest
    };

    static Result<Poller> create();

    bool add(int fd, std::uint64_t tag, Interest interest);
    void change(int fd, std::uint64_t tag, Interest interest);
    void remove(int fd);

    /// What is ready now or becomes so within the time; empty when it passed, or on wake().
    std::span<const Event> wait(std::chrono::nanoseconds timeout);

    /// Makes the current wait return, or else the next one. [any thread]
    void wake() const;

private:
    Fd epoll_;
    Fd wake_;
    std::vector<Event> events_;
};

}  // namespace aorta::net
