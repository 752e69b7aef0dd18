// Logging and counting what a stream holds besides records.
#pragma once

#include "common/reading/splitter.hpp"

#include <aorta/sdk.hpp>

#include <string_view>

namespace aorta::reading {

/// Counters of a node, made once. Any thread.
class Findings {
public:
    explicit Findings(Host host);

    /// Logs and counts a piece that is no record. `stream` is the file's path, or "-".
    void report(const Piece& piece, std::string_view stream) const;

private:
    Host host_;
    Counter too_large_;
    Counter noise_bytes_;
    Counter batch_mismatches_;
    Counter truncated_;
    Counter ends_inside_;
    Counter missing_trailers_;
};

}  // namespace aorta::reading
