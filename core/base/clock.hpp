// Time, injected: the machine's clocks in production, a virtual one in tests.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace aorta::base {

using Nanoseconds = std::chrono::nanoseconds;

/// Two clocks: `now` is the wall clock since 1970 UTC and may jump; `steady` never jumps and is the
/// one for time-outs. [any thread]
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    virtual Nanoseconds now() const = 0;
    virtual Nanoseconds steady() const = 0;
};

class SystemClock final : public Clock {
public:
    Nanoseconds now() const override;
    Nanoseconds steady() const override;
};

/// Stands still until it is moved. Both clocks move together.
class VirtualClock final : public Clock {
public:
    explicit VirtualClock(Nanoseconds start) : now_ns_(start.count()), start_(start) {}

    Nanoseconds now() const override { return Nanoseconds{now_ns_.load()}; }

    Nanoseconds steady() const override { return now() - start_; }

    void advance(Nanoseconds by) { now_ns_.fetch_add(by.count()); }

private:
    std::atomic<std::int64_t> now_ns_;
    Nanoseconds start_;
};

/// RFC 3339 UTC with nanoseconds: 2026-03-29T01:30:00.000000000Z.
std::string to_rfc3339(Nanoseconds since_epoch);

}  // namespace aorta::base
