// When the process of an isolated plugin is started again.
#pragma once

#include <algorithm>
#include <chrono>

namespace aorta::isolation {

/// Pauses double with each failure in a row. A value; the caller has the clock.
class Restarts {
public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr std::chrono::milliseconds kFirst{100};
    static constexpr std::chrono::milliseconds kLongest{5'000};

    void failed(Time now) {
        due_ = now + std::min(kFirst * (1 << std::min(failures_, kMostDoublings)), kLongest);
        ++failures_;
    }

    /// It has done something: the next failure is the first again.
    void worked() { failures_ = 0; }

    /// The next start, not before.
    Time due() const { return due_; }

private:
    static constexpr int kMostDoublings = 10;

    int failures_ = 0;
    Time due_ = {};
};

}  // namespace aorta::isolation
