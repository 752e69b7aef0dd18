// What a replay makes of notes: what is said of entries that stand elsewhere.
#include "spool/replay.hpp"

#include <algorithm>
#include <utility>

namespace aorta::spool {

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
        } else {
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
    release(*stream, range);
    // What stands for them in outboxes may come later, when it was copied forward.
    if (!stream->marks.has_pages(range.first, range.last)) {
        early_released_.push_back(range);
    }
}

void Replay::release(Stream& stream, const Range& range) {
    stream.marks.each(range.first, range.last, [&](std::uint64_t sequence) {
        if (stream.marks.is_over(sequence)) {
            return;
        }
        stream.marks.release(sequence);
        if (const auto fate = fate_of(range.fate)) {
            stream.marks.raise(sequence, *fate);
        }
    });
}

}  // namespace aorta::spool
