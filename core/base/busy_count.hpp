// A counter that someone may wait on to become zero, cheap for those who count.
#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace aorta::base {

/// [any thread] `up` and `down` are one atomic operation each while nobody waits.
class BusyCount {
public:
    BusyCount() = default;
    BusyCount(const BusyCount&) = delete;
    BusyCount& operator=(const BusyCount&) = delete;

    void up(std::int64_t by = 1) { count_.fetch_add(by, std::memory_order_relaxed); }

    void down() {
        if (count_.fetch_sub(1) == 1 && waiters_.load() != 0) {
            const std::scoped_lock lock(mutex_);
            zero_.notify_all();
        }
    }

    std::int64_t value() const { return count_.load(std::memory_order_acquire); }

    /// True when the count was zero before `timeout` was over.
    bool wait_zero(Nanoseconds timeout) {
        waiters_.fetch_add(1);
        std::unique_lock lock(mutex_);
        const bool is_zero = zero_.wait_for(lock, timeout, [&] { return count_.load() == 0; });
        waiters_.fetch_sub(1);
        return is_zero;
    }

private:
    std::atomic<std::int64_t> count_{0};
    std::atomic<std::int32_t> waiters_{0};
    std::mutex mutex_;  // for zero_ only
    std::condition_variable zero_;
};

}  // namespace aorta::base
