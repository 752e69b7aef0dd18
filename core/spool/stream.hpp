// What is known in memory of a stream and of a segment.
#pragma once

#include "spool/format.hpp"
#include "spool/table.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aorta::spool {

/// A segment of the log. Guarded by the lock of the books that list it, but for `header` and
/// `path`, which stay. Whoever reads its file shares it, so that the file is not used again
/// meanwhile.
struct Segment : std::enable_shared_from_this<Segment> {
    Segment(const SegmentHeader& of, std::filesystem::path at) : header(of), path(std::move(at)) {}

    const SegmentHeader header;
    const std::filesystem::path path;
    std::uint64_t bytes = 0;     ///< of the file
    std::uint64_t behind = 0;    ///< the durable end of the log when the next one was begun
    std::uint64_t items = 0;     ///< as a replay counted them
    std::uint64_t entries = 0;   ///< that count as standing here, and snapshots
    std::uint64_t needed = 0;    ///< of those, neither over nor released; the newest snapshots
    std::uint64_t noted_by = 0;  ///< round of the newest note about an entry of it
    bool has_released = false;   ///< holds `released` ranges
    bool has_failed = false;     ///< a write or sync of it failed: it is never written again
    bool has_doubles = false;    ///< entries may stand in it that count elsewhere
    bool is_gone = false;        ///< the log says so, or is about to
    bool may_go = false;         ///< the log says durably that it is gone
    /// So many were needed when it was found that it could not be moved, or at no gain.
    std::uint64_t stuck_at = std::numeric_limits<std::uint64_t>::max();
};

using SegmentPtr = std::shared_ptr<Segment>;

/// Where an item stands.
struct Place {
    Segment* segment = nullptr;  ///< of the books or findings that the place is of
    std::uint64_t position = 0;
};

/// Entries of a stream that stand in one segment, in order.
struct Extent {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    Place place = {};  ///< of the first
};

struct Stream {
    StreamState state = {};
    Marks marks = {};
    Roots roots = {};                 ///< of an outbox
    std::deque<Extent> extents = {};  ///< durable ones, rising
    /// Those that stand elsewhere: copied forward. They stay as long as the segment does.
    std::map<std::uint64_t, Place> strays = {};
    std::map<std::uint64_t, std::uint8_t> attempts = {};
    std::vector<Range> trying = {};                                       ///< as the log has it
    std::uint64_t keep_from = std::numeric_limits<std::uint64_t>::max();  ///< Spool::keep

    bool is_journal() const { return state.kind == StreamKind::Journal; }

    bool is_needed(std::uint64_t sequence) const {
        return !marks.is_over(sequence) && !marks.is_released(sequence);
    }

    /// The extent that the sequence lies in, or null.
    const Extent* extent_of(std::uint64_t sequence) const {
        const auto behind = std::ranges::upper_bound(extents, sequence, {}, &Extent::first);
        if (behind == extents.begin()) {
            return nullptr;
        }
        const Extent& extent = *std::prev(behind);
        return sequence <= extent.last ? &extent : nullptr;
    }

    /// The segment that the sequence counts for, or null: not durable, or gone.
    Segment* segment_of(std::uint64_t sequence) const {
        if (!strays.empty()) {
            if (const auto found = strays.find(sequence); found != strays.end()) {
                return found->second.segment;
            }
        }
        const Extent* const extent = extent_of(sequence);
        return extent == nullptr ? nullptr : extent->place.segment;
    }

    /// Adds an entry that became durable behind all others, or a stray.
    void stands_at(std::uint64_t sequence, const Place& place) {
        if (!extents.empty() && sequence <= extents.back().last) {
            strays[sequence] = place;
        } else if (!extents.empty() && extents.back().last + 1 == sequence &&
                   extents.back().place.segment == place.segment) {
            extents.back().last = sequence;
        } else {
            extents.push_back({sequence, sequence, place});
        }
    }
};

}  // namespace aorta::spool
