// What the books know of segments: what is needed of them, which may go, what has gone.
#include "spool/books.hpp"

#include <algorithm>
#include <utility>

namespace aorta::spool {
namespace {

/// Shares of a segment's entries that are needed, below which it is worth moving them.
constexpr double kWorthWhenCrowded = 0.5;
constexpr double kWorthWhenFull = 0.75;

/// What was found not to be where it counts goes first.
double share_of(const Segment& segment) {
    return segment.has_doubles ? -1
                               : static_cast<double>(segment.needed) /
                                     static_cast<double>(std::max(segment.entries, segment.needed));
}

}  // namespace

void Books::add(SegmentPtr segment) {
    const std::scoped_lock lock{mutex_};
    if (!segments_.empty()) {
        Segment& last = *segments_.back();
        last.behind = segment->header.before;
        const auto hole =
            std::ranges::lower_bound(holes_, last.header.start(), {}, &Gone::Hole::begin);
        if (hole != holes_.end() && hole->begin < segment->header.start()) {
            last.behind = hole->before;
        }
    }
    bytes_ += segment->bytes;
    segments_.push_back(std::move(segment));
    work_.is_tidying = true;
}

void Books::fail(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    segment->has_failed = true;
    segment->has_doubles = true;
}

void Books::holds_released(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    segment->has_released = true;
}

void Books::snapshot_placed(const std::string& name, const Place& place) {
    const std::scoped_lock lock{mutex_};
    put_snapshot(snapshot_id(name), place);
    writing_snapshots_.erase(name);
}

void Books::put_snapshot(std::uint64_t id, const Place& place) {
    const auto [found, is_new] = snapshots_.try_emplace(id, place);
    if (!is_new) {
        stop_needing(*found->second.segment);
        found->second = place;
    }
    ++place.segment->entries;
    ++place.segment->needed;
}

bool Books::is_newest_snapshot(const ItemHeader& header, const Segment& segment) const {
    const std::scoped_lock lock{mutex_};
    const auto found = snapshots_.find(header.sequence);
    return found != snapshots_.end() && found->second.segment == &segment &&
           found->second.position == header.position;
}

void Books::snapshot_moved(std::uint64_t id, const SegmentPtr& from, const Place& to) {
    const std::scoped_lock lock{mutex_};
    const auto found = snapshots_.find(id);
    if (found != snapshots_.end() && found->second.segment == from.get()) {
        put_snapshot(id, to);
    }
}

void Books::shrink(const SegmentPtr& segment, std::uint64_t bytes) {
    const std::scoped_lock lock{mutex_};
    bytes_ -= segment->bytes - bytes;
    segment->bytes = bytes;
}

void Books::moved(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    segment->has_released = false;
    segment->has_doubles = true;
}

void Books::cannot_move(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    segment->stuck_at = segment->needed;
}

bool Books::must_be_read(const Segment& segment) const {
    const bool is_oldest = &segment == segments_.front().get();
    return !is_oldest || segment.needed > 0 || (segment.has_released && waiting_roots_ > 0);
}

std::optional<Books::Candidate> Books::next_to_go(const Tidying& how) const {
    const std::scoped_lock lock{mutex_};
    if (!is_loaded()) {
        return std::nullopt;
    }
    const bool is_crowded = bytes_ > how.max_bytes / 4 * 3;
    double best = how.is_full ? kWorthWhenFull : is_crowded ? kWorthWhenCrowded : 0;
    std::optional<Candidate> chosen;
    for (const SegmentPtr& segment : segments_) {
        if (segment->header.number >= how.end || segment == how.active) {
            break;
        }
        const bool is_read = must_be_read(*segment);
        if ((segment->stuck_at == segment->needed && is_read) || is_kept(*segment)) {
            continue;
        }
        if (segment->needed == 0) {
            if (segment->noted_by <= noted_ || how.without_notes) {
                return Candidate{segment, is_read};
            }
            continue;
        }
        const double share = share_of(*segment);
        if (how.may_move && share < best) {
            best = share;
            chosen = Candidate{segment, true};
        }
    }
    return chosen;
}

void Books::let_go(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    if (std::exchange(segment->is_gone, true)) {
        return;
    }
    const SegmentHeader& header = segment->header;
    const auto at = std::ranges::lower_bound(holes_, header.start(), {}, &Gone::Hole::begin);
    holes_.insert(at, {header.start(), header.end(), header.before, segment->behind});
    join_holes();
}

/// Those with nothing in between.
void Books::join_holes() {
    const auto stands = [&](std::uint64_t begin, std::uint64_t end) {
        return std::ranges::any_of(segments_, [&](const SegmentPtr& segment) {
            const std::uint64_t at = segment->header.start();
            return at >= begin && at < end && !segment->is_gone;
        });
    };
    std::vector<Gone::Hole> joined;
    for (const Gone::Hole& hole : holes_) {
        // A number may never have been used.
        const bool joins =
            !joined.empty() &&
            (joined.back().end == hole.begin ||
             (joined.back().behind == hole.before && !stands(joined.back().end, hole.begin)));
        if (joins) {
            joined.back().end = hole.end;
            joined.back().behind = hole.behind;
        } else {
            joined.push_back(hole);
        }
    }
    holes_ = std::move(joined);
}

Gone Books::gone(const std::map<StreamId, StreamState>& durable) const {
    const std::scoped_lock lock{mutex_};
    Gone gone{holes_};
    for (const auto& [id, state] : durable) {
        const Stream* const stream = find(id);
        if (stream == nullptr) {
            continue;
        }
        std::uint64_t next = 1;
        for (const Extent& extent : stream->extents) {
            if (extent.place.segment->is_gone) {
                continue;
            }
            if (extent.first > next) {
                gone.entries.push_back({id, 0, next, extent.first - 1});
            }
            next = std::max(next, extent.last + 1);
        }
        if (state.next > next) {
            gone.entries.push_back({id, 0, next, state.next - 1});
        }
    }
    return gone;
}

bool Books::is_shared(const SegmentPtr& segment) const {
    const std::scoped_lock lock{mutex_};
    return segment.use_count() > 2;  // the list's, and the caller's
}

void Books::remove(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    if (std::erase(segments_, segment) != 0) {
        bytes_ -= segment->bytes;
    }
    const auto is_there = [&](const Place& place) { return place.segment == segment.get(); };
    for (auto& [id, stream] : streams_) {
        std::erase_if(stream.extents, [&](const Extent& extent) { return is_there(extent.place); });
        std::erase_if(stream.strays, [&](const auto& stray) { return is_there(stray.second); });
    }
    std::erase_if(snapshots_, [&](const auto& snapshot) { return is_there(snapshot.second); });
}

void Books::keep(StreamId id, std::uint64_t from, std::uint64_t most_bytes) {
    const std::scoped_lock lock{mutex_};
    if (Stream* const stream = find(id)) {
        stream->keep_from = from;
        most_kept_bytes_ = most_bytes;
        work_.is_tidying = true;
        wake();
    }
}

std::uint64_t Books::keep_from(StreamId id) const {
    const std::scoped_lock lock{mutex_};
    const Stream* const stream = find(id);
    return stream == nullptr ? std::numeric_limits<std::uint64_t>::max() : stream->keep_from;
}

bool Books::is_kept(const Segment& segment) const {
    return bytes_ < most_kept_bytes_ && std::ranges::any_of(streams_, [&](const auto& entry) {
               const Stream& stream = entry.second;
               const auto kept =
                   std::ranges::lower_bound(stream.extents, stream.keep_from, {}, &Extent::last);
               return std::any_of(kept, stream.extents.end(), [&](const Extent& extent) {
                   return extent.place.segment == &segment;
               });
           });
}

std::uint64_t Books::bytes() const {
    const std::scoped_lock lock{mutex_};
    return bytes_;
}

bool Books::is_needed_in(StreamId id, std::uint64_t sequence, const Segment& segment) const {
    const std::scoped_lock lock{mutex_};
    const Stream* const stream = find(id);
    return stream != nullptr && stream->is_needed(sequence) &&
           stream->segment_of(sequence) == &segment;
}

std::vector<Range> Books::still_waiting(const Range& range) const {
    const std::scoped_lock lock{mutex_};
    std::vector<Range> waiting;
    const auto found = streams_.find(range.stream);
    if (found == streams_.end()) {
        return waiting;
    }
    const Marks& marks = found->second.marks;
    marks.each(range.first, range.last, [&](std::uint64_t sequence) {
        if (marks.is_released(sequence) && !marks.is_over(sequence)) {
            note(waiting, range.stream, fate_byte(marks.fate(sequence)), sequence);
        }
    });
    return waiting;
}

std::vector<Range> Books::still_standing(const Range& range, const Segment& but) const {
    const std::scoped_lock lock{mutex_};
    std::vector<Range> standing;
    const Stream* const stream = find(range.stream);
    if (stream == nullptr) {
        return standing;
    }
    const auto add = [&](std::uint64_t first, std::uint64_t last) {
        // A note that was not believed says of entries that they are over which are not.
        stream->marks.each(first, last, [&](std::uint64_t sequence) {
            if (!stream->marks.is_over(sequence)) {
                if (sequence > first) {
                    standing.push_back({range.stream, range.fate, first, sequence - 1});
                }
                first = sequence + 1;
            }
        });
        if (first <= last) {
            standing.push_back({range.stream, range.fate, first, last});
        }
    };
    const bool has_doubles = std::ranges::any_of(segments_, [&](const SegmentPtr& segment) {
        return segment->has_doubles && segment.get() != &but;
    });
    if (has_doubles) {
        add(range.first, range.last);
        return standing;
    }
    auto extent = std::ranges::lower_bound(stream->extents, range.first, {}, &Extent::last);
    for (; extent != stream->extents.end() && extent->first <= range.last; ++extent) {
        if (extent->place.segment != &but) {
            add(std::max(range.first, extent->first), std::min(range.last, extent->last));
        }
    }
    auto stray = stream->strays.lower_bound(range.first);
    for (; stray != stream->strays.end() && stray->first <= range.last; ++stray) {
        if (stray->second.segment != &but && stream->marks.is_over(stray->first)) {
            note(standing, range.stream, range.fate, stray->first);
        }
    }
    return standing;
}

}  // namespace aorta::spool
