// The line that shows how a run gets on.
#pragma once

#include "app/console.hpp"
#include "runtime/worker.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace aorta::app {

/// Redraws the line twice a second until it is destroyed. The worker outlives it.
class Progress {
public:
    Progress(Console& console, const runtime::Worker& worker, const base::Clock& clock);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

private:
    void run(const std::stop_token& stop);
    std::string line(double seconds);

    Console& console_;
    const runtime::Worker& worker_;
    const base::Clock& clock_;
    std::uint64_t last_settled_ = 0;
    std::mutex mutex_;  // for stop_ only
    std::condition_variable_any stop_;
    std::jthread thread_;
};

}  // namespace aorta::app
