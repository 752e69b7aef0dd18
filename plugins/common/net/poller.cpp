#include "common/net/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace aorta::net {
namespace {

constexpr std::uint64_t kWakeTag = ~std::uint64_t{0};
constexpr std::size_t kMaxEvents = 128;

epoll_event wanted(std::uint64_t tag, Poller::Interest interest) {
    epoll_event event{};
    event.data.u64 = tag;
    event.events = (interest.read ? EPOLLIN : 0U) | (interest.write ? EPOLLOUT : 0U);
    return event;
}

}  // namespace

Result<Poller> Poller::create() {
    Poller poller;
    poller.epoll_ = Fd{epoll_create1(EPOLL_CLOEXEC)};
    poller.wake_ = Fd{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!poller.epoll_ || !poller.wake_ ||
        !poller.add(poller.wake_.get(), kWakeTag, {.read = true})) {
        return Error{ErrorCode::ResourceExhausted,
                     "cannot create an event loop: " + std::generic_category().message(errno)};
    }
    return poller;
}

bool Poller::add(int fd, std::uint64_t tag, Interest interest) {
    epoll_event event = wanted(tag, interest);
    return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::change(int fd, std::uint64_t tag, Interest interest) {
    epoll_event event = wanted(tag, interest);
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Poller::remove(int fd) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const Poller::Event> Poller::wait(std::chrono::nanoseconds timeout) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    std::array<epoll_event, kMaxEvents> ready{};
    const int count = epoll_wait(epoll_.get(),
                                 ready.data(),
                                 static_cast<int>(ready.size()),
                                 static_cast<int>(std::clamp<std::int64_t>(ms, 0, 3'600'000)));
    events_.clear();
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = ready[static_cast<std::size_t>(i)];
        if (event.data.u64 == kWakeTag) {
            std::uint64_t wakes = 0;
            [[maybe_unused]] const ssize_t cleared = ::read(wake_.get(), &wakes, sizeof wakes);
            continue;
        }
        events_.push_back({.tag = event.data.u64,
                           .readable = (event.events & EPOLLIN) != 0,
                           .writable = (event.events & EPOLLOUT) != 0,
                           .broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0});
    }
    return events_;
}

void Poller::wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace aorta::net
