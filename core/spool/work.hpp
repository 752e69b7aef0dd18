// What waits to be written.
#pragma once

#include "spool/stream.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace aorta::spool {

struct WaitingSnapshot {
    std::shared_ptr<const std::string> bytes;
    std::vector<std::function<void()>> done;
};

/// In the order in which it is written: notes stand behind the entries that were appended before
/// them.
struct Work {
    std::vector<StreamState> streams = {};
    std::vector<std::pair<std::string, std::string>> facts = {};
    std::vector<Entry> outbox_entries = {};
    std::vector<Entry> entries = {};  ///< of journals
    std::map<StreamId, std::vector<Range>> trying = {};
    std::map<std::string, WaitingSnapshot> snapshots = {};
    std::vector<Range> over = {};
    std::vector<Range> released = {};
    std::map<StreamId, std::int64_t> held_corrections = {};  ///< found by the load
    std::uint64_t ticket = 0;  ///< what was appended up to it is here or durable
    bool is_tidying = false;   ///< segments may have become free
    bool is_last = false;      ///< the spool is being closed

    bool has_items() const {
        return !(streams.empty() && facts.empty() && outbox_entries.empty() && entries.empty() &&
                 trying.empty() && snapshots.empty() && over.empty() && released.empty());
    }
};

/// Adds a sequence to ranges, mostly without making them more.
void note(std::vector<Range>& ranges, StreamId stream, std::uint8_t fate, std::uint64_t sequence);
/// In order, with neighbours joined.
void sort_and_join(std::vector<Range>& ranges);

}  // namespace aorta::spool
