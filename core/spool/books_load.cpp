// What the load adds to the books: what the whole log says.
#include "spool/books.hpp"

#include <unordered_set>
#include <utility>

namespace aorta::spool {
namespace {

/// Entries of an outbox whose root is not known.
std::uint64_t rootless(const Stream& stream) {
    std::uint64_t count = 0;
    if (stream.state.kind == StreamKind::Outbox) {
        stream.marks.each(0, UINT64_MAX, [&](std::uint64_t sequence) {
            const bool is_held = stream.marks.is_seen(sequence) && !stream.marks.is_over(sequence);
            count += is_held && stream.roots.find(sequence).stream == 0 ? 1 : 0;
        });
    }
    return count;
}

}  // namespace

void Books::adopt(Stream& mine, Stream&& found) {
    const std::uint64_t believed = held_at_start_[mine.state.id];
    mine.state.held += found.state.held;
    mine.state.held -= believed;
    work_.held_corrections[mine.state.id] = static_cast<std::int64_t>(found.state.held - believed);
    mine.marks.merge(std::move(found.marks));
    mine.roots.merge(std::move(found.roots));
    mine.extents.insert(mine.extents.begin(), found.extents.begin(), found.extents.end());
    mine.strays.merge(found.strays);
}

void Books::count_segments(const std::vector<SegmentPtr>& found) {
    for (const SegmentPtr& segment : found) {
        segment->entries = 0;
        segment->needed = 0;
    }
    const std::unordered_set<const Segment*> all = [&] {
        std::unordered_set<const Segment*> pointers;
        for (const SegmentPtr& segment : found) {
            pointers.insert(segment.get());
        }
        return pointers;
    }();
    const auto is_found = [&](const Segment* segment) { return all.contains(segment); };
    for (const auto& [id, place] : snapshots_) {
        if (is_found(place.segment)) {
            ++place.segment->entries;
            ++place.segment->needed;
        }
    }
    for (auto& [id, stream] : streams_) {
        for (const Extent& extent : stream.extents) {
            if (is_found(extent.place.segment)) {
                extent.place.segment->entries += extent.last - extent.first + 1;
                extent.place.segment->needed += stream.marks.needed(extent.first, extent.last);
            }
        }
        for (const auto& [sequence, place] : stream.strays) {
            const Extent* const extent = stream.extent_of(sequence);
            const bool is_needed = stream.is_needed(sequence);
            if (extent != nullptr && is_found(extent->place.segment) && is_needed) {
                --extent->place.segment->needed;
            }
            if (is_found(place.segment)) {
                ++place.segment->entries;
                place.segment->needed += is_needed ? 1 : 0;
            }
        }
    }
}

Loaded Books::merge(Findings&& found) {
    const std::scoped_lock lock{mutex_};
    Loaded loaded;
    for (auto& [id, stream] : found.streams) {
        loaded.streams.push_back(stream.state);
        loaded.rootless += rootless(stream);
        if (Stream* const mine = find(id)) {
            loaded.streams.back().name = mine->state.name;  // it may have been renamed since
            adopt(*mine, std::move(stream));
        }
    }
    snapshots_.merge(found.snapshots);
    count_segments(found.segments);
    for (const Range& range : found.settled) {
        work_.notes.over.push_back(range);
        work_.held_corrections[range.stream] +=
            static_cast<std::int64_t>(range.last - range.first + 1);
    }
    is_loaded_.store(true, std::memory_order_release);
    work_.is_tidying = true;
    wake();
    waiting_roots_ = 0;
    for (const auto& [id, stream] : streams_) {
        stream.marks.each(0, UINT64_MAX, [&, &marks = stream.marks](std::uint64_t sequence) {
            waiting_roots_ += marks.is_released(sequence) && !marks.is_over(sequence) ? 1 : 0;
        });
    }
    loaded.damage = std::move(found.damage);
    loaded.lost = std::move(found.lost);
    loaded.was_closed = found.is_closed;
    return loaded;
}

}  // namespace aorta::spool
