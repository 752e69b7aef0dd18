// Which fingerprints were seen, and when.
#pragma once

#include "common/hash/siphash.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_set>

namespace aorta::plugins::dedupe {

/// Remembers each fingerprint for a window that begins when it was first seen; repetitions do not
/// lengthen it, so that something that comes again and again is let through once a window. Knows no
/// clock: times are steady and passed in. One thread.
class Memory {
public:
    Memory(std::chrono::nanoseconds window, std::size_t max_entries)
        : window_(window), max_entries_(max_entries) {}

    /// True if it is remembered. Otherwise it is from now on, and the oldest gives way if there are
    /// too many.
    bool seen(const hash::Hash128& print, std::chrono::nanoseconds now);

    /// How many were forgotten before their window was over.
    std::uint64_t evicted() const { return evicted_; }

    std::size_t size() const { return entries_.size(); }

    struct Entry {
        hash::Hash128 print;
        std::chrono::nanoseconds first_seen;
    };

    /// Oldest first.
    const std::deque<Entry>& entries() const { return entries_; }

private:
    void forget_oldest();

    std::chrono::nanoseconds window_;
    std::size_t max_entries_;
    std::deque<Entry> entries_;  // oldest first
    std::unordered_set<hash::Hash128, hash::HashOfHash> prints_;
    std::uint64_t evicted_ = 0;
};

}  // namespace aorta::plugins::dedupe
