// Sees which lanes are stuck in one and the same call.
#pragma once

#include "base/clock.hpp"
#include "graph/lane.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace aorta::runtime {

/// A lane that works on one batch for longer than `patience` makes no progress: a plugin hangs. An
/// outage is no such thing: a sink that waits for its peer has returned.
class ProgressWatch {
public:
    explicit ProgressWatch(base::Nanoseconds patience) : patience_(patience) {}

    /// Before the first look.
    void add(const graph::Lane& lane) { lanes_.push_back({&lane}); }

    /// Names (once each) of lanes that are newly found stuck. [one thread]
    std::vector<std::string> look(base::Nanoseconds now);

    /// Names of all that are stuck, as of the last look. [any thread]
    std::vector<std::string> stuck() const;

private:
    struct Watched {
        const graph::Lane* lane;
        std::uint64_t turns = 0;
        base::Nanoseconds since{0};
        bool is_stuck = false;
    };

    const base::Nanoseconds patience_;
    std::vector<Watched> lanes_;
    mutable std::mutex mutex_;  // guards stuck_
    std::vector<std::string> stuck_;
};

}  // namespace aorta::runtime
