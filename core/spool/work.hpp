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

/// What is said of entries.
struct Notes {
    std::map<StreamId, std::vector<Range>> trying = {};
    std::vector<Range> over = {};
    std::vector<Range> released = {};

    bool empty() const { return trying.empty() && over.empty() && released.empty(); }
};

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
    Notes notes = {};
    std::map<std::string, WaitingSnapshot> snapshots = {};
    std::map<StreamId, std::int64_t> held_corrections = {};  ///< found by the load
    std::uint64_t ticket = 0;  ///< what was appended up to it is here or durable
    std::uint64_t round = 0;   ///< of the notes
    bool is_tidying = false;   ///< segments may have become free
    bool is_last = false;      ///< the spool is being closed

    bool has_items() const {
        return !(streams.empty() && facts.empty() && outbox_entries.empty() && entries.empty() &&
                 notes.empty() && snapshots.empty());
    }
};

/// Adds a sequence to ranges, mostly without making them more.
void note(std::vector<Range>& ranges, StreamId stream, std::uint8_t fate, std::uint64_t sequence);
/// Takes those parts of the ranges that speak of entries below the streams' ends.
std::vector<Range> take_below(std::vector<Range>& ranges,
                              const std::map<StreamId, StreamState>& ends);
/// In order, with neighbours joined.
void sort_and_join(std::vector<Range>& ranges);

}  // namespace aorta::spool
