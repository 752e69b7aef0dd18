#include "graph/timers.hpp"

#include <algorithm>

namespace aorta::graph {
namespace {

/// So that an alarm of the far future does not overflow the clock.
constexpr base::Nanoseconds kLongestWait = std::chrono::hours(1);

}  // namespace

void Timers::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            run_due();
            std::unique_lock lock(mutex_);
            if (alarms_.empty()) {
                changed_.wait(lock, stop, [&] { return !alarms_.empty(); });
                continue;
            }
            const base::Nanoseconds until = alarms_.top().at;
            const base::Nanoseconds wait = until - clock_.steady();
            changed_.wait_for(
                lock, stop, std::clamp(wait, base::Nanoseconds{0}, kLongestWait), [&] {
                    return !alarms_.empty() && alarms_.top().at < until;
                });
        }
    });
}

void Timers::stop() {
    thread_.request_stop();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Timers::set(base::Nanoseconds at, Lane& lane) {
    bool is_earliest = false;
    {
        const std::scoped_lock lock(mutex_);
        is_earliest = alarms_.empty() || at < alarms_.top().at;
        alarms_.push({at, &lane});
    }
    if (is_earliest) {
        changed_.notify_one();
    }
}

void Timers::run_due() {
    std::vector<Lane*> due;
    {
        const std::scoped_lock lock(mutex_);
        const base::Nanoseconds now = clock_.steady();
        while (!alarms_.empty() && alarms_.top().at <= now) {
            due.push_back(alarms_.top().lane);
            alarms_.pop();
        }
    }
    std::sort(due.begin(), due.end());
    due.erase(std::unique(due.begin(), due.end()), due.end());
    for (Lane* lane : due) {
        lane->wake();
    }
}

base::Nanoseconds Timers::next() const {
    const std::scoped_lock lock(mutex_);
    return alarms_.empty() ? base::Nanoseconds::max() : alarms_.top().at;
}

}  // namespace aorta::graph
