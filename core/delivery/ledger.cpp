#include "delivery/ledger.hpp"

namespace aorta::delivery {

using message::FateKind;

LedgerCounts& LedgerCounts::operator+=(const LedgerCounts& other) {
    held_at_start += other.held_at_start;
    in += other.in;
    replayed += other.replayed;
    delivered += other.delivered;
    filtered += other.filtered;
    dead_lettered += other.dead_lettered;
    failed += other.failed;
    held += other.held;
    return *this;
}

void Ledger::open() {
    held_.up();
    in_.fetch_add(1, std::memory_order_relaxed);
}

void Ledger::open_replayed() {
    held_.up();
    replayed_.fetch_add(1, std::memory_order_relaxed);
}

void Ledger::settle(const message::Fate& fate, std::uint64_t sequence) {
    count(fate, sequence);
    held_.down();
}

void Ledger::begin_with(std::uint64_t stored) {
    held_at_start_.store(stored);
    stored_.up(static_cast<std::int64_t>(stored));
}

void Ledger::set_aside() {
    stored_.up();
    held_.down();
}

void Ledger::take_up() {
    held_.up();
    stored_.down();
}

void Ledger::settle_stored(const message::Fate& fate, std::uint64_t sequence) {
    count(fate, sequence);
    stored_.down();
}

void Ledger::count(const message::Fate& fate, std::uint64_t sequence) {
    if (fate.kind != FateKind::Delivered) {
        const std::scoped_lock lock(mutex_);
        ++reasons_[{fate.node, fate.kind, fate.reason}];
    }
    fates_[static_cast<std::size_t>(fate.kind)].fetch_add(1, std::memory_order_relaxed);
    if (observer_) {
        observer_(sequence, fate);
    }
}

LedgerCounts Ledger::counts() const {
    LedgerCounts counts;
    counts.held = held();
    counts.held_at_start = held_at_start_.load();
    counts.in = in_.load();
    counts.replayed = replayed_.load();
    counts.filtered = fates_[static_cast<std::size_t>(FateKind::Filtered)].load();
    counts.delivered = fates_[static_cast<std::size_t>(FateKind::Delivered)].load();
    counts.dead_lettered = fates_[static_cast<std::size_t>(FateKind::DeadLettered)].load();
    counts.failed = fates_[static_cast<std::size_t>(FateKind::Failed)].load();
    return counts;
}

std::vector<ReasonCount> Ledger::reasons() const {
    const std::scoped_lock lock(mutex_);
    std::vector<ReasonCount> all;
    for (const auto& [key, count] : reasons_) {
        const auto& [node, fate, reason] = key;
        all.push_back({node, fate, reason, count});
    }
    return all;
}

}  // namespace aorta::delivery
