// Looking at a log without touching it.
#include "spool/log_folder.hpp"

namespace aorta::spool {
namespace {

constexpr int kMostLooks = 8;

Inspection::Segment describe(const Segment& segment) {
    Inspection::Segment shown;
    shown.number = segment.header.number;
    shown.bytes = segment.bytes;
    shown.entries = segment.entries;
    shown.needed = segment.needed;
    shown.items = segment.items;
    shown.key = segment.header.key;
    shown.created_ns = segment.header.created_ns;
    return shown;
}

/// What an earlier start or repair has kept is no news.
void forget_kept(const Layout& layout, FileSystem& files, std::vector<Damage>& damage) {
    std::erase_if(damage, [&](const Damage& region) {
        std::unique_ptr<File> kept;
        return region.bytes > 0 && region.stream == 0 &&
               files.open(quarantine_path(layout, region), FileSystem::Mode::Read, kept).error == 0;
    });
}

Result<Findings> read_log(const Layout& layout, const Keys& keys, FileSystem& files) {
    auto log = find_log(layout, files);
    if (!log) {
        return log.error();
    }
    if (const Result<void> known = check_keys(*log, keys); !known) {
        return known.error();
    }
    Result<Tail> tail = read_tail(*log, files);
    if (!tail) {
        return tail.error();
    }
    forget_gone(*log, tail->found.gone);
    Replay replay{true, std::move(tail->found.gone)};
    for (const FoundSegment& found : log->segments) {
        if (const Result<void> read = replay_found(replay, found, log->usual, files); !read) {
            return read.error();
        }
    }
    return replay.finish();
}

}  // namespace

Result<Inspection> inspect(const std::filesystem::path& folder,
                           const Keys& keys,
                           FileSystem& files) {
    const Layout layout{folder};
    const Result<Storage> storage = check_storage(layout, files);
    if (!storage) {
        return storage.error();
    }
    Result<Findings> read = read_log(layout, keys, files);
    // Beside a worker a segment may go between its name and its bytes.
    for (int again = 0; again < kMostLooks && !read.ok(); ++again) {
        read = read_log(layout, keys, files);
    }
    if (!read) {
        return read.error();
    }
    Findings found = std::move(*read);
    forget_kept(layout, files, found.damage);
    const std::vector<SegmentPtr> segments = found.segments;
    Findings known;
    for (const auto& [id, stream] : found.streams) {
        known.streams[id].state = stream.state;
    }
    Books books{known};
    Inspection inspection;
    inspection.loaded = books.merge(std::move(found));
    for (const SegmentPtr& segment : segments) {
        inspection.segments.push_back(describe(*segment));
        inspection.loaded.bytes += segment->bytes;
    }
    return inspection;
}

}  // namespace aorta::spool
