// The ledger: every source record counted once, by what became of it.
#pragma once

#include "base/busy_count.hpp"
#include "message/receipt.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace aorta::delivery {

/// held at start + in + replayed = delivered + filtered + dead-lettered + failed + held.
struct LedgerCounts {
    std::uint64_t held_at_start = 0;
    std::uint64_t in = 0;
    std::uint64_t replayed = 0;
    std::uint64_t delivered = 0;
    std::uint64_t filtered = 0;
    std::uint64_t dead_lettered = 0;
    std::uint64_t failed = 0;
    std::uint64_t held = 0;

    bool balances() const {
        return held_at_start + in + replayed ==
               delivered + filtered + dead_lettered + failed + held;
    }

    LedgerCounts& operator+=(const LedgerCounts& other);
};

/// How often a node gave a fate with a reason.
struct ReasonCount {
    std::uint32_t node = 0;
    message::FateKind fate = message::FateKind::Filtered;
    std::string reason;
    std::uint64_t count = 0;
};

/// [any thread] Counters are atomic; reasons of what was not delivered are behind a mutex.
class Ledger {
public:
    Ledger() = default;
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// A source record came in and has a receipt.
    void open();
    /// A dead letter is sent again, and has a receipt.
    void open_replayed();
    /// Its receipt is settled. `sequence` is its number at its source.
    void settle(const message::Fate& fate, std::uint64_t sequence = 0);

    /// What the storage held when the pipeline started. Once.
    void begin_with(std::uint64_t stored);
    /// The receipt is closed, but the record stays held: in the journal, or in an outbox.
    void set_aside();
    /// A record that is held in the storage has a receipt again.
    void take_up();
    /// A record that is held in the storage alone is over.
    void settle_stored(const message::Fate& fate, std::uint64_t sequence = 0);

    /// Held in the storage alone.
    std::uint64_t stored() const { return static_cast<std::uint64_t>(stored_.value()); }

    /// Told of each record that is settled, when its counters are up to date but for `held`. Set it
    /// before the first record; nobody is told unless it is.
    using Observer = std::function<void(std::uint64_t sequence, const message::Fate&)>;

    void observe(Observer observer) { observer_ = std::move(observer); }

    LedgerCounts counts() const;

    /// Held in memory, or in the storage alone.
    std::uint64_t held() const {
        return static_cast<std::uint64_t>(held_.value() + stored_.value());
    }

    /// True when nothing was held in memory any more before `timeout` was over.
    bool wait_settled(base::Nanoseconds timeout) { return held_.wait_zero(timeout); }

    /// What was not delivered, by node, fate and reason.
    std::vector<ReasonCount> reasons() const;

private:
    void count(const message::Fate& fate, std::uint64_t sequence);

    static constexpr std::size_t kCacheLine = 64;

    // Sources count in while sinks count out: apart, so that they do not take turns with one line.
    alignas(kCacheLine) std::atomic<std::uint64_t> in_{0};
    std::atomic<std::uint64_t> replayed_{0};
    alignas(kCacheLine) base::BusyCount held_;  // receipts alive, counted apart from `in_`
    base::BusyCount stored_;
    std::atomic<std::uint64_t> held_at_start_{0};
    alignas(kCacheLine) std::atomic<std::uint64_t> fates_[4] = {};
    Observer observer_;
    mutable std::mutex mutex_;
    std::map<std::tuple<std::uint32_t, message::FateKind, std::string>, std::uint64_t> reasons_;
};

}  // namespace aorta::delivery
