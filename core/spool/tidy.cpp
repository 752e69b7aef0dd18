// The writer's work on old segments: what is free goes, what keeps too much alive is moved.
#include "spool/writer.hpp"

#include <aorta/crash_point.hpp>

#include <utility>

namespace aorta::spool {
namespace {

std::uint64_t sealed_bytes(const std::string& body) {
    return item_bytes(body.size() + base::Sealer::kTagBytes);
}

}  // namespace

/// What is to be written again before a segment may go.
struct Writer::Moved {
    struct Copy {
        ItemHeader header;
        std::string body;
    };

    std::vector<Copy> entries = {};
    std::vector<Copy> snapshots = {};
    Notes notes = {};
    std::uint64_t bytes = 0;  ///< of entries and snapshots
};

/// What is free goes; one segment that is hardly needed is moved, if room is short. True when one
/// went.
bool Writer::tidy(bool is_full, bool without_notes) {
    is_tidying_ = true;
    bool has_gone = false;
    Books::Tidying how{active_.segment,
                       // Those that the tidying itself begins are of another day.
                       files_.next_number(),
                       files_.max_bytes(),
                       true,
                       is_full,
                       without_notes};
    while (const auto next = books_.next_to_go(how)) {
        const SegmentPtr& segment = next->segment;
        const bool is_needed = segment->needed > 0;
        if (next->must_be_read) {
            Result<Moved> moved = gather(segment);
            // What is not smaller by it is better left where it is.
            if (!moved || (is_needed && moved->bytes > segment->bytes / 8 * 7)) {
                books_.cannot_move(segment);
                continue;
            }
            if (!move(segment, *std::move(moved))) {
                break;
            }
        }
        if (is_needed) {
            how.may_move = false;
            books_.tidy_later();
            continue;
        }
        if (!let_go(segment) || files_.retire(segment).error != 0) {
            break;
        }
        has_gone = true;
    }
    is_tidying_ = false;
    return has_gone;
}

/// The log says that it is gone, and then once more, since of the last group of a log nobody knows
/// that it was promised: what rots there must be known to be a loss, and must not take the only
/// word of it along.
bool Writer::let_go(const SegmentPtr& segment) {
    books_.let_go(segment);
    logged_.gone = books_.gone(logged_.streams);
    const std::string gone = encode(logged_.gone);
    for (int times = segment->may_go ? 0 : 2; times > 0; --times) {
        if (!commit(item_bytes(gone.size()), Room::Tidying, [&](ItemBuffer& out) {
                out.add({.kind = ItemKind::Gone}, {gone});
            })) {
            return false;
        }
    }
    segment->may_go = true;
    crash_point("spool.segment_let_go");
    return true;
}

Result<Writer::Moved> Writer::gather(const SegmentPtr& segment) {
    Moved moved;
    std::unique_ptr<File> file;
    if (const Io got = services_.files.open(segment->path, FileSystem::Mode::Read, file);
        got.error != 0) {
        return disk_error("open", segment->path, got.error);
    }
    Scanner scanner{*file, segment->header};
    for (;;) {
        const Result<Step> step = scanner.next();
        if (!step) {
            return step.error();
        }
        if (std::holds_alternative<EndOfItems>(*step)) {
            return moved;
        }
        const Item* const item = std::get_if<Item>(&*step);
        if (item == nullptr || !item->is_good) {
            continue;
        }
        const ItemHeader& header = item->header;
        if (header.kind == ItemKind::Released || header.kind == ItemKind::Over) {
            const bool is_over = header.kind == ItemKind::Over;
            std::vector<Range>& notes = is_over ? moved.notes.over : moved.notes.released;
            for (const Range& range : decode_ranges(item->body).value_or(std::vector<Range>{})) {
                const std::vector<Range> left =
                    is_over ? books_.still_standing(range, *segment) : books_.still_waiting(range);
                notes.insert(notes.end(), left.begin(), left.end());
            }
            continue;
        }
        const bool is_entry = header.kind == ItemKind::Entry &&
                              books_.is_needed_in(header.stream, header.sequence, *segment);
        const bool is_snapshot =
            header.kind == ItemKind::Snapshot && books_.is_newest_snapshot(header, *segment);
        if (is_entry || is_snapshot) {
            Result<std::string> body = opener_.open(segment->header, *item);
            if (!body) {
                return body.error();
            }
            moved.bytes += sealed_bytes(*body);
            (is_entry ? moved.entries : moved.snapshots).push_back({header, *std::move(body)});
        }
    }
}

/// Behind this nothing that counts stands in the segment.
bool Writer::move(const SegmentPtr& segment, Moved moved) {
    if (!move_snapshots(segment, moved) || !move_entries(moved)) {
        return false;
    }
    Group group;
    group.behind = encode_notes(moved.notes, kCopied);
    if (!group.is_empty() && !write(group, Room::Tidying)) {
        return false;
    }
    if (!moved.notes.released.empty()) {
        books_.holds_released(active_.segment);
    }
    books_.moved(segment);
    return true;
}

bool Writer::move_snapshots(const SegmentPtr& segment, const Moved& moved) {
    for (const Moved::Copy& copy : moved.snapshots) {
        std::uint64_t position = 0;
        const ItemHeader header{.kind = ItemKind::Snapshot, .sequence = copy.header.sequence};
        if (!commit(sealed_bytes(copy.body), Room::Tidying, [&](ItemBuffer& out) {
                position = out.add(header, {copy.body});
            })) {
            return false;
        }
        books_.snapshot_moved(copy.header.sequence, segment, {active_.segment.get(), position});
    }
    return true;
}

bool Writer::move_entries(const Moved& moved) {
    std::size_t first = 0;
    while (first < moved.entries.size()) {
        std::uint64_t bytes = 0;
        std::size_t last = first;
        while (last < moved.entries.size() && (last == first || bytes < group_bytes_)) {
            bytes += sealed_bytes(moved.entries[last++].body);
        }
        std::vector<Placed> placed;
        if (!commit(bytes, Room::Tidying, [&](ItemBuffer& out) {
                placed.clear();
                for (std::size_t i = first; i < last; ++i) {
                    const ItemHeader& header = moved.entries[i].header;
                    placed.push_back({header.stream,
                                      header.sequence,
                                      out.add({.kind = ItemKind::Entry,
                                               .flags = kCopied,
                                               .stream = header.stream,
                                               .sequence = header.sequence,
                                               .root = header.root},
                                              {moved.entries[i].body})});
                }
            })) {
            return false;
        }
        books_.placed(placed, active_.segment, true);
        crash_point("spool.entries_moved");
        first = last;
    }
    return true;
}

}  // namespace aorta::spool
