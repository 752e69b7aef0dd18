// The side of the books that the writer and the cursors use.
#include "base/check.hpp"
#include "spool/books.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace aorta::spool {
namespace {

constexpr std::chrono::milliseconds kNotesWait{10};

}  // namespace

bool Books::is_urgent() const {
    return is_closing_ || is_hurried_ || !work_.entries.empty() || !work_.outbox_entries.empty() ||
           !work_.streams.empty() || !work_.facts.empty() || !work_.notes.trying.empty() ||
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
    taken.round = ++round_;
    taken.is_last = is_closing_ && !taken.has_items();
    for (const auto& [name, waiting] : taken.snapshots) {
        writing_snapshots_[name] = waiting.bytes;
    }
    return taken;
}

Work Books::take_late(bool with_outbox_entries) {
    const std::scoped_lock lock{mutex_};
    Work late;
    late.streams = std::exchange(work_.streams, {});
    late.facts = std::exchange(work_.facts, {});
    late.notes = std::exchange(work_.notes, {});
    late.round = ++round_;
    if (with_outbox_entries) {
        late.outbox_entries = std::exchange(work_.outbox_entries, {});
    }
    return late;
}

void Books::put_back(Notes&& notes) {
    const std::scoped_lock lock{mutex_};
    std::ranges::copy(notes.over, std::back_inserter(work_.notes.over));
    std::ranges::copy(notes.released, std::back_inserter(work_.notes.released));
}

void Books::noted(std::uint64_t round) {
    const std::scoped_lock lock{mutex_};
    noted_ = round;
}

void Books::tidy_later() {
    const std::scoped_lock lock{mutex_};
    work_.is_tidying = true;
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
            if (Segment* const before = stream->segment_of(entry.sequence)) {
                stop_needing(*before);
            }
            stream->strays.erase(entry.sequence);
        }
        stream->stands_at(entry.sequence, {segment.get(), entry.position});
        ++segment->entries;
        segment->needed += is_needed ? 1 : 0;
    }
    if (!copied) {
        waiting_.fetch_sub(entries.size(), std::memory_order_relaxed);
    }
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

bool Books::is_needed(StreamId id, std::uint64_t sequence) const {
    const std::scoped_lock lock{mutex_};
    const Stream* const stream = find(id);
    return stream != nullptr && stream->is_needed(sequence);
}

Books::Next Books::next(StreamId id, std::uint64_t from, Reads reads) const {
    const std::scoped_lock lock{mutex_};
    const Stream* const stream = find(id);
    if (stream == nullptr || !is_loaded()) {
        return {};
    }
    auto stray = stream->strays.lower_bound(from);
    while (stray != stream->strays.end() && !stream->is_needed(stray->first)) {
        ++stray;
    }
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

}  // namespace aorta::spool
