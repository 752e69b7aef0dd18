#include "spool/cursor.hpp"

#include <algorithm>

namespace aorta::spool {

Result<std::optional<StoredEntry>> LogCursor::next() {
    for (;;) {
        const Books::Next where = books_.next(stream_, next_, reads_);
        if (where.segment == nullptr) {
            return std::optional<StoredEntry>{};
        }
        next_ = std::max(next_, where.first);
        if (const Result<void> there = go_to(where); !there) {
            // It may have been moved and dropped since the books named it.
            if (books_.next(stream_, next_, reads_).segment != where.segment) {
                continue;
            }
            return there.error();
        }
        auto entry = read(where);
        if (!entry || entry->has_value()) {
            return entry;
        }
    }
}

// Opens the segment, or goes on where it is. What was read ahead is of no use behind the entries
// that were durable then.
Result<void> LogCursor::go_to(const Books::Next& where) {
    // Behind a stray stand entries of any sequence.
    const bool goes_on =
        segment_ == where.segment && scanned_ <= where.first && !where.is_stray && !is_at_stray_;
    if (goes_on && where.last <= readable_) {
        return {};
    }
    const std::uint64_t position = goes_on ? scanner_->position() : where.position;
    if (segment_ != where.segment) {
        segment_.reset();
        scanner_.reset();
        if (const Io got = files_.open(where.segment->path, FileSystem::Mode::Read, file_);
            got.error != 0) {
            return disk_error("open", where.segment->path, got.error);
        }
        segment_ = where.segment;
    }
    scanner_.emplace(*file_, segment_->header, position);
    scanned_ = where.first;
    readable_ = where.last;
    is_at_stray_ = where.is_stray;
    return {};
}

// The first entry that is needed of those that are named.
Result<std::optional<StoredEntry>> LogCursor::read(const Books::Next& where) {
    while (next_ <= where.last) {
        const Result<Step> step = scanner_->next();
        if (!step) {
            segment_.reset();
            return step.error();
        }
        if (std::holds_alternative<EndOfItems>(*step)) {
            lose(next_, where.last);
            break;
        }
        const Item* const item = std::get_if<Item>(&*step);
        if (item == nullptr || item->header.kind != ItemKind::Entry ||
            item->header.stream != stream_ || item->header.sequence < next_) {
            continue;
        }
        const std::uint64_t sequence = item->header.sequence;
        if (sequence > next_) {
            lose(next_, std::min(sequence - 1, where.last));
        }
        next_ = sequence + 1;
        scanned_ = next_;
        const bool is_needed = books_.is_needed(stream_, sequence);
        const bool is_kept = reads_ == Reads::Kept && sequence >= books_.keep_from(stream_);
        if (sequence > where.last || (!is_needed && !is_kept)) {
            continue;
        }
        auto entry = restore(*item);
        if (entry) {
            entry->is_past = !is_needed;
            return std::optional{*std::move(entry)};
        }
        if (entry.error().code != ErrorCode::Corrupt) {
            return entry.error();
        }
        lose(sequence, sequence);
    }
    next_ = std::max(next_, where.last + 1);
    scanned_ = std::max(scanned_, next_);
    return std::optional<StoredEntry>{};
}

Result<StoredEntry> LogCursor::restore(const Item& item) {
    const Error broken{ErrorCode::Corrupt, "an entry is damaged"};
    if (!item.is_good) {
        return broken;
    }
    Result<std::string> body = opener_.open(segment_->header, item);
    if (!body) {
        return body.error();
    }
    Decoder decoder{*body};
    StoredEntry entry;
    entry.head_size = decoder.number<std::uint32_t>();
    decoder.bytes(entry.head_size);
    if (!decoder.is_good()) {
        return broken;
    }
    entry.sequence = item.header.sequence;
    entry.root = item.header.root;
    entry.attempts = books_.attempts(stream_, entry.sequence);
    entry.body = *std::move(body);
    entry.body.erase(0, sizeof(std::uint32_t));
    return entry;
}

// These cannot be read: those that are needed are over by that.
void LogCursor::lose(std::uint64_t first, std::uint64_t last) {
    std::uint64_t lost = 0;
    for (std::uint64_t sequence = first; sequence <= last; ++sequence) {
        if (const auto one = books_.lose(stream_, sequence)) {
            lost_.push_back(*one);
            ++lost;
        }
    }
    if (lost > 0) {
        log_.error("spool_damaged",
                   {{"segment", segment_->header.number},
                    {"stream", stream_},
                    {"first", first},
                    {"entries", lost}});
    }
}

}  // namespace aorta::spool
