// The byte budget of a pipeline: what bounds its memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>

namespace aorta::message {

/// Counts the bytes of payloads, views and records that are alive. Sources ask (`try_charge`) and
/// wait; processors take what they need (`charge`), and sources then wait until the balance is
/// positive again. Tokens are the objects themselves: each returns its charge when it is destroyed.
/// [any thread]
class Budget {
public:
    explicit Budget(std::uint64_t limit_bytes) : limit_(static_cast<std::int64_t>(limit_bytes)) {}

    Budget(const Budget&) = delete;
    Budget& operator=(const Budget&) = delete;

    /// Grants when the charge fits, or when nothing is charged at all, so that one record larger
    /// than the budget still passes. A refusal is remembered: `on_credit` is called when what was
    /// refused would fit.
    bool try_charge(std::uint64_t bytes);

    void charge(std::uint64_t bytes) {
        used_.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    }

    void release(std::uint64_t bytes);

    /// Called by whoever releases, after a refusal, once half of the budget is free and the
    /// smallest refused charge fits, or when all of it is free. Set it while nobody charges or
    /// releases.
    void on_credit(std::function<void()> callback) { on_credit_ = std::move(callback); }

    std::uint64_t used() const {
        return static_cast<std::uint64_t>(used_.load(std::memory_order_relaxed));
    }

    std::uint64_t limit() const { return static_cast<std::uint64_t>(limit_); }

    bool is_refusing() const { return refused_.load(std::memory_order_relaxed) != kNone; }

private:
    static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

    void give_credit(std::int64_t used);

    const std::int64_t limit_;
    std::atomic<std::int64_t> used_{0};
    std::atomic<std::int64_t> refused_{kNone};  // the smallest charge that waits for credit
    std::function<void()> on_credit_;
};

}  // namespace aorta::message
