// SIGTERM and SIGINT, taken by one thread.
#pragma once

#include <functional>
#include <thread>

namespace aorta::runtime {

/// The first signal calls `on_first` (on the thread of its own), the second ends the process at
/// once with 130: what was promised to senders is on disk by then.
class Signals {
public:
    /// Before any other thread is started, so that all inherit it: SIGTERM and SIGINT are kept for
    /// the thread of Signals, SIGPIPE is ignored.
    static void block();

    explicit Signals(std::function<void()> on_first);
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

private:
    void run();

    std::function<void()> on_first_;
    int signals_fd_ = -1;
    int end_fd_ = -1;  // becomes readable when the thread is to end
    std::jthread thread_;
};

}  // namespace aorta::runtime
