// Opening a spool: what the newest segment says is enough to go on.
#include "base/crypto.hpp"
#include "spool/log_spool.hpp"

#include <aorta/crash_point.hpp>

#include <algorithm>

namespace aorta::spool {
namespace {

constexpr std::uint64_t kFewestSegments = 16;  // that the cap leaves room for

std::uint64_t segment_bytes(const Spool::Settings& settings) {
    const std::uint64_t wanted =
        std::min(settings.segment_bytes, settings.max_bytes / kFewestSegments);
    return std::max(wanted / kPage * kPage, 4 * kPage);
}

/// Dirty pages of an earlier process are synced: what is taken to be held must not vanish later.
/// What stands behind `used` bytes is given back.
Result<void> sync_file(FoundSegment& found, std::uint64_t used, FileSystem& files) {
    std::unique_ptr<File> file;
    Io done = files.open(found.path, FileSystem::Mode::Write, file);
    if (done.error == 0 && used < found.bytes && found.segment) {
        done = file->truncate(used);
        found.bytes = found.segment->bytes = used;
    }
    if (done.error == 0) {
        done = file->sync();
    }
    return done.error == 0 ? Result<void>{} : disk_error("sync", found.path, done.error);
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(Settings settings, Keys keys, Services services) {
    auto spool =
        std::make_unique<LogSpool>(std::move(settings), std::move(keys), std::move(services));
    if (const Result<void> opened = spool->open(); !opened) {
        return opened.error();
    }
    return std::unique_ptr<Spool>{std::move(spool)};
}

LogSpool::LogSpool(Settings settings, Keys keys, Services services)
    : settings_(std::move(settings)),
      keys_(std::move(keys)),
      services_(std::move(services)),
      layout_(settings_.folder) {}

LogSpool::~LogSpool() {
    if (books_) {
        books_->close_down();
    }
    writer_.reset();
}

Result<void> LogSpool::make_folders() {
    for (const auto& folder : {layout_.root, layout_.segments, layout_.quarantine}) {
        Io made = services_.files.make_directory(folder);
        if (made.error == 0) {
            made = services_.files.sync_directory(
                folder.has_parent_path() ? folder.parent_path() : std::filesystem::path{"."});
        }
        if (made.error != 0) {
            return disk_error("make", folder, made.error);
        }
    }
    return {};
}

Result<void> LogSpool::open() {
    if (Result<void> made = make_folders(); !made) {
        return made;
    }
    auto lock = lock_folder(layout_, services_.files);
    if (!lock) {
        return lock.error();
    }
    lock_ = *std::move(lock);
    const Result<Storage> storage = check_storage(layout_, services_.files);
    if (!storage) {
        return storage.error();
    }
    if (*storage == Storage::New) {
        if (Result<void> written = write_storage(layout_, services_.files); !written) {
            return written;
        }
    }
    crash_point("spool.storage_made");
    auto log = find_log(layout_, services_.files);
    if (!log) {
        return log.error();
    }
    log_ = *std::move(log);
    if (Result<void> known = check_keys(log_, keys_); !known) {
        return known;
    }
    auto tail = read_newest();
    crash_point("spool.tail_read");
    if (!tail) {
        return tail.error();
    }
    const std::uint64_t next = next_number(log_);
    gone_ = tail->gone;
    forget_gone(log_, gone_);
    for (const auto& leftover : log_.leftovers) {
        services_.files.remove(leftover);
    }
    SegmentFiles::Setup setup;
    setup.folder = layout_.segments;
    setup.usual = log_.usual != 0 ? log_.usual : segment_bytes(settings_);
    setup.max_bytes = std::max(settings_.max_bytes, kFewestSegments * setup.usual);
    setup.key = keys_.present;
    setup.log = log_.log;
    if (log_.usual == 0) {
        base::random_bytes(setup.log);
        log_.usual = setup.usual;
    }
    setup.next = next;
    books_ = std::make_unique<Books>(*tail);
    for (const FoundSegment& found : log_.segments) {
        if (found.segment) {
            books_->add(found.segment);
        }
    }
    writer_ = std::make_unique<Writer>(setup, *tail, keys_, *books_, services_);
    if (Result<void> begun = writer_->begin(tail->is_clean ? tail->items_end : tail->durable_end);
        !begun) {
        return begun;
    }
    if (settings_.is_visit && !tail->is_closed) {
        writer_->leave_open();
    }
    crash_point("spool.opened");
    writer_->start();
    return {};
}

Result<Findings> LogSpool::read_newest() {
    auto tail = read_tail(log_, services_.files);
    if (!tail) {
        return tail.error();
    }
    Findings found = std::move(tail->found);
    found.segments.clear();
    std::vector<FoundSegment>& all = log_.segments;
    for (std::size_t i = tail->first; i < all.size(); ++i) {
        const bool is_cut = found.is_clean && i + 1 == all.size() && all[i].segment;
        const std::uint64_t used =
            is_cut ? found.items_end - all[i].segment->header.start() : all[i].bytes;
        if (const Result<void> synced = sync_file(all[i], used, services_.files); !synced) {
            return synced.error();
        }
    }
    if (!all.empty() && (!found.is_closed || !found.is_clean)) {
        services_.log.warn("spool_tail",
                           {{"durable_end", found.durable_end},
                            {"items_end", found.items_end},
                            {"doubtful_regions", found.damage.size()}});
    }
    return found;
}

}  // namespace aorta::spool
