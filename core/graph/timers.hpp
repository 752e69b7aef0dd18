// Alarms of lanes: wakes a lane at a steady time.
#pragma once

#include "base/clock.hpp"
#include "graph/lane.hpp"

#include <condition_variable>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace aorta::graph {

/// [any thread] With `start`, a thread waits for the alarms (the machine's clock); without it, a
/// test moves a virtual clock and calls `run_due`.
class Timers {
public:
    explicit Timers(const base::Clock& clock) : clock_(clock) {}

    Timers(const Timers&) = delete;
    Timers& operator=(const Timers&) = delete;
    ~Timers() = default;

    void start();
    /// No lane is woken by the thread any more when it returns.
    void stop();
    void set(base::Nanoseconds at, Lane& lane);
    /// Wakes all lanes whose time has come.
    void run_due();
    /// The earliest alarm, or Nanoseconds::max().
    base::Nanoseconds next() const;

private:
    struct Alarm {
        base::Nanoseconds at;
        Lane* lane;

        friend bool operator<(const Alarm& left, const Alarm& right) { return left.at > right.at; }
    };

    const base::Clock& clock_;
    mutable std::mutex mutex_;  // guards alarms_
    std::condition_variable_any changed_;
    std::priority_queue<Alarm> alarms_;
    std::jthread thread_;
};

}  // namespace aorta::graph
