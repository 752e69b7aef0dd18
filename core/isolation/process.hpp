// The process of an isolated plugin, seen from the worker.
#pragma once

#include "isolation/channel.hpp"

#include <aorta/result.hpp>

#include <sys/types.h>

#include <memory>

namespace aorta::isolation {

/// How a process ended: by a signal, or with an exit code.
struct Ending {
    bool by_signal = false;
    int number = 0;
};

/// Ends with the object. One thread at a time.
class GuestProcess {
public:
    /// This program once more, with an empty environment and nothing open but its end of the
    /// socket: see guest.hpp. Unavailable when the system has no room for it.
    static Result<std::unique_ptr<GuestProcess>> start();

    GuestProcess(pid_t pid, int fd) : pid_(pid), channel_(fd) {}

    GuestProcess(const GuestProcess&) = delete;
    GuestProcess& operator=(const GuestProcess&) = delete;
    ~GuestProcess();

    Channel& channel() { return channel_; }

    /// Kills it unless it has ended by itself. Once.
    Ending end();

private:
    pid_t pid_;  // 0: ended
    Channel channel_;
};

}  // namespace aorta::isolation
