// How a sink is doing, for people and metrics.
#pragma once

#include "base/clock.hpp"
#include "message/record.hpp"

#include <cstdint>
#include <string>

namespace aorta::graph {

/// Of one lane, or of all lanes of a sink.
struct SinkHealth {
    bool is_down = false;          ///< its last attempt failed
    bool is_breaker_open = false;  ///< it is spared: one record tries it now and then
    std::string reason;            ///< why, a declared id, and where
    std::uint64_t waiting = 0;     ///< records that it has not finished
    base::Nanoseconds oldest{0};   ///< ingest time (wall clock) of the oldest of them; 0: none

    /// Another lane of the same sink, or more of this one's records.
    void add(const SinkHealth& other);
    /// `count` records that wait, `first` the oldest of them.
    void add(const message::Record& first, std::size_t count);
};

}  // namespace aorta::graph
