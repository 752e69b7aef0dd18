// The writer's work on old segments: what is free goes, what keeps too much alive is moved.
#include "spool/writer.hpp"

#include <aorta/crash_point.hpp>

#include <utility>

namespace aorta::spool {
namespace {

/// Free segments behind the oldest that make it worth to move what the oldest still needs.
constexpr std::uint64_t kWorthMoving = 2;
/// So many are worth it whatever it needs: a small first segment must not keep them all.
constexpr std::uint64_t kWorthAnything = 4;

}  // namespace

/// What is still needed of a segment that shall go.
struct Writer::Moved {
    struct Copy {
        ItemHeader header;
        std::string body;
    };

    std::vector<Copy> entries;
    std::vector<Copy> snapshots;
    std::vector<Range> released;
};

/// `is_full`: without room nothing is noted durably any more, so that is not waited for.
void Writer::tidy(bool is_full) {
    is_tidying_ = true;
    // Those that the tidying itself begins are of another day.
    const std::uint64_t end = files_.next_number();
    for (;;) {
        const auto oldest = books_.oldest(active_.segment);
        if (!oldest || oldest->is_kept || oldest->segment->header.number >= end) {
            break;
        }
        if (!oldest->is_free()) {
            if (!evacuate(*oldest, is_full)) {
                break;
            }
            continue;
        }
        if (!(oldest->is_noted || is_full) || !let_go(oldest->segment)) {
            break;
        }
        // The last free one is kept, to be used again, unless it stands in the way of others.
        const bool is_last = is_full ? oldest->free_behind == 0 : !oldest->is_next_free;
        const bool is_kept = is_last && files_.is_reusable(*oldest->segment);
        if (is_kept || files_.drop(oldest->segment).error != 0) {
            break;
        }
    }
    is_tidying_ = false;
}

/// A group that says of the one before it that it is durable: what the segment's entries gave way
/// to may stand there, and if that rots it must be known to be a loss.
bool Writer::let_go(const SegmentPtr& segment) {
    if (!segment->may_go) {
        if (!commit(0, Room::Notes, [](ItemBuffer&) {})) {
            return false;
        }
        books_.let_go(segment);
        crash_point("spool.segment_let_go");
    }
    return true;
}

bool Writer::is_worth_moving(const Books::Oldest& oldest, bool is_full) const {
    if (is_full || books_.bytes() + 2 * files_.usual() > files_.max_bytes()) {
        // Going round the whole log gains a quarter of it, or more.
        return oldest.free_behind > 0 || oldest.needed_in_all * 4 < oldest.stood_in_all * 3;
    }
    if (oldest.free_behind >= kWorthAnything) {
        return true;
    }
    return oldest.needed * 4 < oldest.stood &&
           (oldest.free_behind >= kWorthMoving || books_.bytes() > files_.max_bytes() / 4 * 3);
}

/// Writes again what is needed of it, if that is worth it. False when it still cannot go.
bool Writer::evacuate(const Books::Oldest& oldest, bool is_full) {
    const SegmentPtr& segment = oldest.segment;
    if (oldest.needed > 0 && !is_worth_moving(oldest, is_full)) {
        return false;
    }
    Result<Moved> moved = gather(segment);
    if (!moved || !move(segment, *std::move(moved))) {
        return false;
    }
    const auto now = books_.oldest(active_.segment);
    return now && now->segment == segment && now->is_free();
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
        if (header.kind == ItemKind::Released) {
            for (const Range& range : decode_ranges(item->body).value_or(std::vector<Range>{})) {
                const std::vector<Range> waiting = books_.still_waiting(range);
                moved.released.insert(moved.released.end(), waiting.begin(), waiting.end());
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
            (is_entry ? moved.entries : moved.snapshots).push_back({header, *std::move(body)});
        }
    }
}

bool Writer::move(const SegmentPtr& segment, Moved moved) {
    for (const Moved::Copy& copy : moved.snapshots) {
        std::uint64_t position = 0;
        if (!commit(item_bytes(copy.body.size() + base::Sealer::kTagBytes),
                    Room::Notes,
                    [&](ItemBuffer& out) {
                        position =
                            out.add({.kind = ItemKind::Snapshot, .sequence = copy.header.sequence},
                                    {copy.body});
                    })) {
            return false;
        }
        books_.snapshot_moved(copy.header.sequence, segment, {active_.segment.get(), position});
    }
    std::size_t first = 0;
    while (first < moved.entries.size()) {
        std::uint64_t bytes = 0;
        std::size_t last = first;
        while (last < moved.entries.size() && (last == first || bytes < group_bytes_)) {
            bytes += item_bytes(moved.entries[last++].body.size() + base::Sealer::kTagBytes);
        }
        std::vector<Placed> placed;
        if (!commit(bytes, Room::Notes, [&](ItemBuffer& out) {
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
    if (moved.released.empty()) {
        books_.forget_released(segment);
        return true;
    }
    sort_and_join(moved.released);
    const std::string released = encode(moved.released);
    if (!commit(item_bytes(released.size()), Room::Notes, [&](ItemBuffer& out) {
            out.add({.kind = ItemKind::Released}, {released});
        })) {
        return false;
    }
    books_.holds_released(active_.segment);
    books_.forget_released(segment);
    return true;
}

}  // namespace aorta::spool
