#include "spool/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace aorta::spool {
namespace {

/// More than a log can hold: a range or gap that long is nonsense.
constexpr std::uint64_t kLongestRange = 1ULL << 26U;
constexpr std::uint64_t kLongestGap = 1ULL << 20U;

/// Says something of what stands elsewhere.
bool is_note(ItemKind kind) {
    return kind == ItemKind::Over || kind == ItemKind::Released || kind == ItemKind::Snapshot ||
           kind == ItemKind::Gone;
}

}  // namespace

Stream* Replay::find(StreamId id) {
    const auto found = found_.streams.find(id);
    return found == found_.streams.end() ? nullptr : &found->second;
}

void Replay::begin(SegmentPtr segment) {
    const std::uint64_t before = segment->header.before;
    if (has_end_) {
        begin_behind(segment->header);
    }
    durable(before);
    forget_doubtful();
    has_end_ = false;
    segment_ = segment;
    found_.segments.push_back(std::move(segment));
}

/// Between the segment before and this one: what was promised and is not there is damage, but for
/// what was let go. What lies behind what was promised of the one before was never promised.
void Replay::begin_behind(const SegmentHeader& segment) {
    const std::uint64_t start = segment_ ? segment_->header.start() : 0;
    const std::uint64_t before = segment.before;
    std::vector<Region> lost;
    std::uint64_t at = end_.items_end;
    std::uint64_t promised = before;
    for (const Gone::Hole& hole : let_go_.holes) {
        const bool is_between = hole.begin > start && hole.end <= segment.start();
        if (!is_between || hole.behind <= at) {
            continue;
        }
        promised = std::min(promised, hole.before);
        if (hole.before > at) {
            lost.push_back({{Damage::Kind::Damaged, at, hole.before - at}});
        }
        at = hole.behind;
    }
    if (before > at) {
        lost.push_back({{Damage::Kind::Damaged, at, before - at}});
    }
    durable(promised);
    const std::uint64_t doubtful = std::max(promised, end_.items_end);
    if (end_.bytes_end > doubtful) {
        regions_.push_back({{Damage::Kind::Damaged, doubtful, end_.bytes_end - doubtful}});
    }
    forget_doubtful();
    std::ranges::move(lost, std::back_inserter(regions_));
}

void Replay::unreadable(std::uint64_t position, std::uint64_t bytes) {
    if (has_end_ && end_.bytes_end > end_.items_end) {
        take(BadRegion{end_.items_end, end_.bytes_end});
    }
    end_ = {position, position + bytes};
    has_end_ = true;
}

void Replay::take(const EndOfItems& end) {
    end_ = {end.items_end, segment_->header.is_reused ? end.items_end : end.bytes_end};
    has_end_ = true;
    found_.items_end = end.items_end;
}

void Replay::take(const BadRegion& region) {
    regions_.push_back({{Damage::Kind::Damaged, region.begin, region.end - region.begin}});
}

void Replay::take(const Item& item) {
    const ItemHeader& header = item.header;
    ++segment_->items;
    found_.items_end = end_of(header);
    if (!item.is_good) {
        Region region{{Damage::Kind::Damaged, header.position, item_bytes(header.length)}};
        Stream* const stream = find(header.stream);
        if (header.kind == ItemKind::Entry && stream != nullptr) {
            expect(*stream, header.sequence, false);
            stream->marks.touch(header.sequence);
            region.is_entry = true;
            region.is_copy = (header.flags & kCopied) != 0;
            region.root = header.root;
            region.damage.stream = header.stream;
            region.damage.sequence = header.sequence;
            stream->state.next = std::max(stream->state.next, header.sequence + 1);
        }
        regions_.push_back(std::move(region));
        found_.is_closed = false;
        return;
    }
    if (header.kind != ItemKind::Commit) {  // which ends each group
        found_.is_closed = header.kind == ItemKind::Closed;
    }
    const bool is_of_unknown = header.kind == ItemKind::Entry && find(header.stream) == nullptr;
    if (is_note(header.kind) || is_of_unknown) {
        const bool has_body = is_note(header.kind) && header.kind != ItemKind::Snapshot;
        const Note note{header, std::string{has_body ? item.body : std::string_view{}}, segment_};
        if (regions_.empty()) {
            believe(note);
        } else {
            notes_.push_back(note);
        }
        return;
    }
    if (header.kind == ItemKind::Entry) {
        entry(header, segment_);
    } else if (header.kind == ItemKind::Checkpoint) {
        if (const auto read = decode_checkpoint(item.body)) {
            checkpoint(*read);
        }
    } else if (header.kind == ItemKind::Stream) {
        if (auto read = decode_stream(item.body)) {
            set_stream(*std::move(read));
        }
    } else if (header.kind == ItemKind::Fact) {
        if (const auto read = decode_fact(item.body)) {
            found_.facts[read->first] = read->second;
        }
    } else if (header.kind == ItemKind::Trying) {
        const auto read = decode_ranges(item.body);
        if (Stream* const stream = find(header.stream); stream != nullptr && read) {
            stream->trying = *read;
        }
    } else if (header.kind == ItemKind::Commit) {
        durable(Decoder{item.body}.number<std::uint64_t>());
    }
}

void Replay::checkpoint(const Checkpoint& checkpoint) {
    has_checkpoint_ = true;
    found_.gone = checkpoint.gone.value_or(Gone{});
    // Where the item that takes a stream back stood, nothing may be left.
    std::erase_if(found_.streams, [&](const auto& known) {
        const bool is_gone = std::ranges::find(checkpoint.streams, known.first, &StreamState::id) ==
                             checkpoint.streams.end();
        if (is_gone) {
            gone_.insert(known.first);
        }
        return is_gone;
    });
    for (const StreamState& state : checkpoint.streams) {
        const bool is_known = find(state.id) != nullptr;
        set_stream(state);
        Stream& stream = found_.streams[state.id];
        stream.state.held = state.held;
        if (is_known) {
            expect(stream, state.next, true);
        }
        stream.state.next = std::max(stream.state.next, state.next);
    }
    found_.facts.clear();
    found_.facts.insert(checkpoint.facts.begin(), checkpoint.facts.end());
    believe_known(checkpoint);
}

void Replay::believe_known(const Checkpoint& checkpoint) {
    std::vector<Note> notes = std::exchange(notes_, {});
    for (const Note& note : notes) {
        if (note.header.kind != ItemKind::Entry) {
            notes_.push_back(note);
            continue;
        }
        const auto known =
            std::ranges::find(checkpoint.streams, note.header.stream, &StreamState::id);
        if (known != checkpoint.streams.end() && note.header.sequence < known->next) {
            believe(note);
        }
    }
}

void Replay::set_stream(StreamState state) {
    if (state.name.empty()) {
        found_.streams.erase(state.id);
        gone_.insert(state.id);
        return;
    }
    Stream& stream = found_.streams[state.id];
    if (stream.state.id == 0) {
        stream.state = std::move(state);
        return;
    }
    stream.state.kind = state.kind;
    stream.state.epoch = state.epoch;
    stream.state.name = std::move(state.name);
}

/// What told of it is damaged: a later checkpoint may say the rest.
Stream& Replay::unknown(const ItemHeader& header) {
    Stream& stream = found_.streams[header.stream];
    stream.state.id = header.stream;
    stream.state.kind = header.root.stream == 0 ? StreamKind::Journal : StreamKind::Outbox;
    stream.state.name = fmt::format("unknown {}", header.stream);
    stream.state.next = header.sequence;
    return stream;
}

void Replay::entry(const ItemHeader& header, const SegmentPtr& segment) {
    Stream* stream = find(header.stream);
    if (stream == nullptr) {
        if (gone_.contains(header.stream)) {
            return;
        }
        stream = &unknown(header);
    }
    const bool is_copied = (header.flags & kCopied) != 0;
    const Place place{segment.get(), header.position};
    if (stream->marks.is_seen(header.sequence)) {
        again(*stream, header, place);
        return;
    }
    if (stream->marks.has_page(header.sequence) && stream->marks.is_over(header.sequence)) {
        segment->has_doubles = true;
        return;
    }
    if (is_copied || header.sequence < stream->state.next) {
        stream->strays[header.sequence] = place;
    } else {
        expect(*stream, header.sequence, false);
        stream->stands_at(header.sequence, place);
        stream->state.next = header.sequence + 1;
        ++stream->state.held;
    }
    stream->marks.see(header.sequence);
    if (header.root.stream == 0) {
        return;
    }
    stream->roots.add(header.sequence, header.root);
    if (Stream* const root = find(header.root.stream)) {
        root->marks.park(header.root.sequence);
    }
}

// An entry that stands twice. Which one counts: what a failed sync left may be on no disk, although
// it can be read.
void Replay::again(Stream& stream, const ItemHeader& header, const Place& place) {
    const auto stray = stream.strays.find(header.sequence);
    const bool is_copied = (header.flags & kCopied) != 0;
    const bool is_promised = stray == stream.strays.end() || stray->second.segment->behind == 0 ||
                             stray->second.position < stray->second.segment->behind;
    if (is_copied && is_promised) {
        place.segment->has_doubles = true;
        return;
    }
    if (Segment* const before = stream.segment_of(header.sequence)) {
        before->has_doubles = true;
    }
    stream.strays[header.sequence] = place;
}

// Entries that are skipped are missing: promised or not, as the region is that they may lie in.
void Replay::expect(Stream& stream, std::uint64_t sequence, bool is_promised) {
    if (sequence <= stream.state.next || !is_whole_) {
        return;
    }
    const Range gap{stream.state.id, 0, stream.state.next, sequence - 1};
    if (!is_promised && !regions_.empty()) {
        regions_.back().gaps.push_back(gap);
    } else {
        missing(gap);
    }
}

// But for what was let go.
void Replay::missing(const Range& gap) {
    std::uint64_t at = gap.first;
    for (const Range& range : let_go_.entries) {
        if (range.stream == gap.stream && range.last >= at && range.first <= gap.last) {
            if (range.first > at) {
                lose(gap.stream, at, range.first - 1);
            }
            at = range.last + 1;
        }
    }
    lose(gap.stream, at, gap.last);
}

void Replay::lose(StreamId id, std::uint64_t first, std::uint64_t last) {
    Stream* const stream = find(id);
    for (std::uint64_t sequence = first;
         stream != nullptr && sequence <= last && lost_.size() < kLongestGap;
         ++sequence) {
        stream->marks.touch(sequence);
        lost_.push_back({id, sequence, {}, kNoDamage});
    }
}

void Replay::believe(const Note& note) {
    if (note.header.kind == ItemKind::Entry) {
        entry(note.header, note.segment);
        return;
    }
    if (note.header.kind == ItemKind::Snapshot) {
        found_.snapshots[note.header.sequence] = {note.segment.get(), note.header.position};
        return;
    }
    if (note.header.kind == ItemKind::Gone) {
        if (auto gone = decode_gone(note.body)) {
            found_.gone = *std::move(gone);
        }
        return;
    }
    const auto ranges = decode_ranges(note.body);
    if (!ranges) {
        return;
    }
    const bool is_copied = (note.header.flags & kCopied) != 0;
    for (const Range& range : *ranges) {
        if (note.header.kind == ItemKind::Over) {
            over(range, is_copied);
        } else if (range.last - range.first < kLongestRange) {
            released(range);
            note.segment->has_released = true;
        }
    }
}

void Replay::over(const Range& range, bool is_copied) {
    Stream* const stream = find(range.stream);
    if (stream == nullptr) {
        return;
    }
    if (!is_copied) {
        stream->state.held -= std::min(stream->state.held, range.last - range.first + 1);
    }
    stream->marks.each(range.first, range.last, [&](std::uint64_t sequence) {
        if (stream->is_journal()) {
            stream->marks.set_over(sequence);
        } else {
            over_in_outbox(*stream, sequence, range.fate);
        }
    });
}

void Replay::over_in_outbox(Stream& outbox, std::uint64_t sequence, std::uint8_t fate) {
    if (outbox.marks.is_over(sequence)) {
        return;
    }
    const bool is_seen = outbox.marks.is_seen(sequence);
    const Root root = outbox.roots.find(sequence);
    outbox.marks.set_over(sequence);
    outbox.roots.forget(sequence, !outbox.marks.has_page(sequence));
    Stream* const stream = find(root.stream);
    if (!is_seen || stream == nullptr || !stream->marks.has_page(root.sequence)) {
        return;
    }
    stream->marks.unpark(root.sequence);
    if (const auto known = fate_of(fate)) {
        stream->marks.raise(root.sequence, *known);
    }
}

void Replay::released(const Range& range) {
    Stream* const stream = find(range.stream);
    if (stream == nullptr || !is_whole_) {
        return;
    }
    for (std::uint64_t sequence = range.first; sequence <= range.last; ++sequence) {
        stream->marks.release(sequence);
        if (const auto fate = fate_of(range.fate)) {
            stream->marks.raise(sequence, *fate);
        }
    }
}

// All before `end` was durable: what is bad of it is damage, what was noted in it is true.
void Replay::durable(std::uint64_t end) {
    found_.durable_end = std::max(found_.durable_end, end);
    std::erase_if(regions_, [&](Region& region) {
        if (region.damage.position >= end) {
            return false;
        }
        if (const std::uint64_t bytes = end - region.damage.position; bytes < region.damage.bytes) {
            found_.damage.push_back({Damage::Kind::Damaged, region.damage.position, bytes});
            region.damage.position = end;
            region.damage.bytes -= bytes;
            return false;
        }
        Damage damage = region.damage;
        if (region.is_entry) {
            lost_.push_back({damage.stream, damage.sequence, region.root, found_.damage.size()});
            damage.stream = 0;
            damage.sequence = 0;
        }
        found_.damage.push_back(damage);
        for (const Range& gap : region.gaps) {
            missing(gap);
        }
        return true;
    });
    std::erase_if(notes_, [&](const Note& note) {
        if (note.header.position >= end) {
            return false;
        }
        believe(note);
        return true;
    });
}

void Replay::forget_doubtful() {
    for (Region& region : regions_) {
        region.damage.kind = Damage::Kind::DoubtfulTail;
        if (region.is_copy) {  // the entry itself stands where it did
            region.damage.stream = 0;
            region.damage.sequence = 0;
        }
        found_.damage.push_back(region.damage);
    }
    regions_.clear();
    std::erase_if(notes_, [](const Note& note) { return note.header.kind != ItemKind::Entry; });
}

Result<void> replay_segment(Replay& replay, const SegmentPtr& segment, File& file) {
    replay.begin(segment);
    Scanner scanner{file, segment->header};
    for (;;) {
        const Result<Step> step = scanner.next();
        if (!step) {
            return step.error();
        }
        std::visit([&](const auto& what) { replay.take(what); }, *step);
        if (std::holds_alternative<EndOfItems>(*step)) {
            return {};
        }
    }
}

}  // namespace aorta::spool
