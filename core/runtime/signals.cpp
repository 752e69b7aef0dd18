#include "runtime/signals.hpp"

#include "base/check.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace aorta::runtime {
namespace {

constexpr int kExitInterrupted = 130;

sigset_t handled(bool with_hangup) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (with_hangup) {
        sigaddset(&set, SIGHUP);
    }
    return set;
}

}  // namespace

void Signals::block(bool with_hangup) {
    const sigset_t set = handled(with_hangup);
    AORTA_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}

Signals::Signals(std::function<void()> on_first, std::function<void()> on_hangup)
    : on_first_(std::move(on_first)), on_hangup_(std::move(on_hangup)) {
    const sigset_t set = handled(on_hangup_ != nullptr);
    signals_fd_ = ::signalfd(-1, &set, SFD_CLOEXEC);
    end_fd_ = ::eventfd(0, EFD_CLOEXEC);
    AORTA_CHECK(signals_fd_ >= 0 && end_fd_ >= 0);
    thread_ = std::jthread([this] { run(); });
}

Signals::~Signals() {
    const std::uint64_t one = 1;
    AORTA_CHECK(::write(end_fd_, &one, sizeof(one)) == sizeof(one));
    thread_.join();
    ::close(signals_fd_);
    ::close(end_fd_);
}

void Signals::run() {
    pollfd watched[] = {{signals_fd_, POLLIN, 0}, {end_fd_, POLLIN, 0}};
    bool is_first = true;
    while (true) {
        if (::poll(watched, 2, -1) < 0) {
            continue;
        }
        if (watched[1].revents != 0) {
            return;
        }
        signalfd_siginfo info;
        if (::read(signals_fd_, &info, sizeof(info)) != sizeof(info)) {
            continue;
        }
        if (info.ssi_signo == SIGHUP) {
            on_hangup_();
            continue;
        }
        if (!std::exchange(is_first, false)) {
            std::_Exit(kExitInterrupted);
        }
        on_first_();
    }
}

}  // namespace aorta::runtime
