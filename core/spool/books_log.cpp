// The side of the books that the writer, the cursors and the load use.
#include "base/check.hpp"
#include "spool/books.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace aorta::spool {
namespace {

constexpr std::chrono::milliseconds kNotesWait{10};

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

bool Books::is_urgent() const {
    return is_closing_ || is_hurried_ || !work_.entries.empty() || !work_.outbox_entries.empty() ||
           !work_.streams.empty() || !work_.facts.empty() || !work_.trying.empty() ||
           !work_.snapshots.empty();
}

Work Books::take() {
    std::unique_lock lock{mutex_};
    const auto is_awake = [this] { return !writer_sleeps_; };
    while (!is_urgent()) {
        writer_sleeps_ = true;
        if (!work_.has_items() && !work_.is_tidying) {
            for_writer_.wait(lock, is_awake);
            continue;
        }
        // Nobody waits for notes, or for a segment to go: a sync for that alone would only delay
        // the next entries'.
        const auto until = std::chrono::steady_clock::now() + kNotesWait;
        while (!is_urgent() && for_writer_.wait_until(lock, until, is_awake)) {
            writer_sleeps_ = true;
        }
        break;
    }
    writer_sleeps_ = false;
    is_hurried_ = false;
    Work taken = std::move(work_);
    work_ = {};
    taken.ticket = ++ticket_;
    taken.is_last = is_closing_ && !taken.has_items();
    for (const auto& [name, waiting] : taken.snapshots) {
        writing_snapshots_[name] = waiting.bytes;
    }
    return taken;
}

std::vector<Entry> Books::take_outbox_entries() {
    const std::scoped_lock lock{mutex_};
    return std::exchange(work_.outbox_entries, {});
}

bool Books::wait_for_room(base::Nanoseconds at_most, bool or_outbox_entries) {
    std::unique_lock lock{mutex_};
    const auto until = std::chrono::steady_clock::now() + at_most;
    const auto is_called = [&] {
        return is_closing_ || work_.is_tidying ||
               (or_outbox_entries && !work_.outbox_entries.empty());
    };
    while (!is_called() && std::chrono::steady_clock::now() < until) {
        writer_sleeps_ = true;
        for_writer_.wait_until(lock, until, [this] { return !writer_sleeps_; });
    }
    writer_sleeps_ = false;
    work_.is_tidying = false;
    return !is_closing_;
}

void Books::close_down() {
    const std::scoped_lock lock{mutex_};
    is_closing_ = true;
    wake();
}

void Books::give_up() {
    const std::scoped_lock lock{mutex_};
    has_given_up_ = true;
    for_durable_.notify_all();
}

void Books::placed(const std::vector<Placed>& entries, const SegmentPtr& segment, bool copied) {
    const std::scoped_lock lock{mutex_};
    for (const Placed& entry : entries) {
        Stream* const stream = find(entry.stream);
        if (stream == nullptr) {
            continue;
        }
        const bool is_needed = stream->is_needed(entry.sequence);
        if (copied && !is_needed) {
            continue;  // it was over meanwhile
        }
        if (copied) {
            stop_counting(*stream, entry.sequence);
        }
        stream->stands_at(entry.sequence, {segment.get(), entry.position});
        ++segment->entries;
        segment->needed += is_needed ? 1 : 0;
    }
    if (!copied) {
        waiting_.fetch_sub(entries.size(), std::memory_order_relaxed);
    }
}

void Books::snapshot_placed(const std::string& name, const Place& place) {
    const std::scoped_lock lock{mutex_};
    snapshots_[snapshot_id(name)] = place;
    ++place.segment->snapshots;
    writing_snapshots_.erase(name);
}

void Books::durable(std::uint64_t ticket) {
    const std::scoped_lock lock{mutex_};
    durable_ticket_ = std::max(durable_ticket_, ticket);
    for_durable_.notify_all();
}

std::uint64_t Books::ticket() const {
    const std::scoped_lock lock{mutex_};
    // What waits goes with the next one that is taken.
    return work_.has_items() ? ticket_ + 1 : ticket_;
}

Books::Waited Books::wait_durable(std::uint64_t ticket, base::Nanoseconds timeout) {
    std::unique_lock lock{mutex_};
    is_hurried_ = ticket > durable_ticket_;
    wake();
    for_durable_.wait_for(
        lock, timeout, [&] { return durable_ticket_ >= ticket || has_given_up_; });
    if (durable_ticket_ >= ticket) {
        return Waited::Durable;
    }
    return has_given_up_ ? Waited::GivenUp : Waited::TimedOut;
}

void Books::add(SegmentPtr segment) {
    const std::scoped_lock lock{mutex_};
    segments_.push_back(std::move(segment));
}

void Books::fail(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    segment->has_failed = true;
}

void Books::let_go(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    segment->may_go = true;
}

void Books::holds_released(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    segment->has_released = true;
}

void Books::forget_released(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    segment->has_released = false;
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
        found->second = to;
        ++to.segment->snapshots;
    }
}

void Books::shrink(const SegmentPtr& segment, std::uint64_t bytes) {
    const std::scoped_lock lock{mutex_};
    segment->bytes = bytes;
}

std::optional<Books::Oldest> Books::oldest(const SegmentPtr& active) const {
    const std::scoped_lock lock{mutex_};
    if (!is_loaded() || segments_.empty() || segments_.front() == active) {
        return std::nullopt;
    }
    Oldest oldest;
    oldest.segment = segments_.front();
    oldest.is_shared = oldest.segment.use_count() > 2;  // this one, and the list's
    oldest.stood = oldest.segment->entries + oldest.segment->snapshots;
    oldest.needed = oldest.segment->needed;
    for (const auto& [id, place] : snapshots_) {
        oldest.needed += place.segment == oldest.segment.get() ? 1 : 0;
    }
    oldest.has_released = oldest.segment->has_released && waiting_roots_ > 0;
    oldest.is_noted = oldest.segment->noted_by <= durable_ticket_;
    for (const SegmentPtr& segment : segments_) {
        oldest.stood_in_all += segment->entries;
        oldest.needed_in_all += segment->needed;
    }
    oldest.is_kept = is_kept(*oldest.segment);
    for (std::size_t i = 1; i < segments_.size(); ++i) {
        const bool is_free = segments_[i] != active && segments_[i]->needed == 0;
        oldest.free_behind += is_free ? 1 : 0;
        oldest.is_next_free = oldest.is_next_free || (is_free && i == 1);
    }
    return oldest;
}

void Books::remove(const SegmentPtr& segment) {
    const std::scoped_lock lock{mutex_};
    std::erase(segments_, segment);
    for (auto& [id, stream] : streams_) {
        std::erase_if(stream.extents,
                      [&](const Extent& extent) { return extent.place.segment == segment.get(); });
        std::erase_if(stream.strays,
                      [&](const auto& stray) { return stray.second.segment == segment.get(); });
    }
    std::erase_if(snapshots_,
                  [&](const auto& snapshot) { return snapshot.second.segment == segment.get(); });
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
    const bool holds_kept = std::ranges::any_of(streams_, [&](const auto& entry) {
        const Stream& stream = entry.second;
        const auto kept =
            std::ranges::lower_bound(stream.extents, stream.keep_from, {}, &Extent::last);
        return std::any_of(kept, stream.extents.end(), [&](const Extent& extent) {
            return extent.place.segment == &segment;
        });
    });
    return holds_kept && bytes_locked() < most_kept_bytes_;
}

std::uint64_t Books::bytes() const {
    const std::scoped_lock lock{mutex_};
    return bytes_locked();
}

std::uint64_t Books::bytes_locked() const {
    std::uint64_t sum = 0;
    for (const SegmentPtr& segment : segments_) {
        sum += segment->bytes;
    }
    return sum;
}

std::vector<SegmentPtr> Books::segments() const {
    const std::scoped_lock lock{mutex_};
    return {segments_.begin(), segments_.end()};
}

bool Books::is_needed(StreamId id, std::uint64_t sequence) const {
    const std::scoped_lock lock{mutex_};
    const Stream* const stream = find(id);
    return stream != nullptr && stream->is_needed(sequence);
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

Books::Next Books::next(StreamId id, std::uint64_t from, Reads reads) const {
    const std::scoped_lock lock{mutex_};
    const Stream* const stream = find(id);
    if (stream == nullptr || !is_loaded()) {
        return {};
    }
    const auto stray = stream->strays.lower_bound(from);
    auto extent = std::ranges::lower_bound(stream->extents, from, {}, &Extent::last);
    const auto is_passed_over = [&](const Extent& one) {
        const bool is_kept = reads == Reads::Kept && one.last >= stream->keep_from;
        return one.place.segment->needed == 0 && !is_kept;
    };
    while (extent != stream->extents.end() && is_passed_over(*extent)) {
        ++extent;
    }
    const bool has_stray = stray != stream->strays.end();
    const bool has_extent = extent != stream->extents.end();
    if (has_stray && (!has_extent || stray->first <= std::max(from, extent->first))) {
        const Place& place = stray->second;
        return {
            place.segment->shared_from_this(), true, place.position, stray->first, stray->first};
    }
    if (!has_extent) {
        return {};
    }
    return {extent->place.segment->shared_from_this(),
            false,
            extent->place.position,
            std::max(from, extent->first),
            has_stray ? std::min(extent->last, stray->first - 1) : extent->last};
}

std::optional<Cursor::Lost> Books::lose(StreamId id, std::uint64_t sequence) {
    const std::scoped_lock lock{mutex_};
    Stream* const stream = find(id);
    if (stream == nullptr || !stream->is_needed(sequence)) {
        return std::nullopt;
    }
    const auto failed = message::FateKind::Failed;
    return Cursor::Lost{sequence,
                        stream->is_journal() ? close_locked({id, sequence}, failed)
                                             : finish_locked(*stream, sequence, failed)};
}

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
    for (const auto& [id, place] : snapshots_) {
        ++place.segment->snapshots;
    }
    const std::unordered_set<const Segment*> all = [&] {
        std::unordered_set<const Segment*> pointers;
        for (const SegmentPtr& segment : found) {
            pointers.insert(segment.get());
        }
        return pointers;
    }();
    const auto is_found = [&](const Segment* segment) { return all.contains(segment); };
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
    for (const auto& [id, place] : found.snapshots) {
        snapshots_.emplace(id, place);
    }
    count_segments(found.segments);
    for (const Range& range : found.settled) {
        work_.over.push_back(range);
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
