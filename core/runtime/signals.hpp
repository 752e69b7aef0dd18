// SIGTERM, SIGINT and SIGHUP, taken by one thread.
#pragma once

#include <functional>
#include <thread>

namespace aorta::runtime {

/// The first SIGTERM or SIGINT calls `on_first` (on the thread of its own), the second ends the
/// process at once with 130: what was promised to senders is on disk by then. SIGHUP calls
/// `on_hangup`, each time, if there is one.
class Signals {
public:
    /// Before any other thread is started, so that all inherit it: they are kept for the thread
    /// of Signals, SIGPIPE is ignored.
    /// `with_hangup`: a hangup is to be taken; else it ends the process, as ever.
    static void block(bool with_hangup = false);

    explicit Signals(std::function<void()> on_first, std::function<void()> on_hangup = {});
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

private:
    void run();

    std::function<void()> on_first_;
    std::function<void()> on_hangup_;
    int signals_fd_ = -1;
    int end_fd_ = -1;  // becomes readable when the thread is to end
    std::jthread thread_;
};

}  // namespace aorta::runtime
