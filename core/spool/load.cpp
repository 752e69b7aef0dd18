// Reading the whole log, while it is being written: what is held, what is damaged.
#include "spool/log_spool.hpp"

#include <aorta/crash_point.hpp>

#include <algorithm>
#include <cerrno>

namespace aorta::spool {
namespace {

constexpr std::uint64_t kPiece = 1U << 20U;
constexpr std::chrono::seconds kTryingWait{1};

/// Copies a part of a file behind its beginning; false when it cannot be.
bool copy(File& from, std::uint64_t offset, std::uint64_t bytes, File& to) {
    std::vector<std::uint8_t> piece(std::min(kPiece, bytes));
    for (std::uint64_t done = 0; done < bytes;) {
        const std::uint64_t wanted = std::min<std::uint64_t>(piece.size(), bytes - done);
        const Io got = from.read_at(std::span{piece}.first(wanted), offset + done);
        if (got.error == EINTR) {
            continue;
        }
        if (got.error != 0 || got.count <= 0) {
            return got.error == 0;  // the file ends before
        }
        const auto count = static_cast<std::uint64_t>(got.count);
        if (write_all(to, std::span{piece}.first(count), done).error != 0) {
            return false;
        }
        done += count;
    }
    return to.sync().error == 0;
}

}  // namespace

Result<Loaded> LogSpool::load(const std::stop_token& stop) {
    Replay replay{true, gone_};
    for (const FoundSegment& found : log_.segments) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::Cancelled, "the reading of the storage was stopped"};
        }
        const Result<void> read = replay_found(replay, found, log_.usual, services_.files);
        if (!read) {
            return read.error();
        }
    }
    Findings found = replay.finish();
    quarantine(found.damage);
    Loaded loaded = books_->merge(std::move(found));
    crash_point("spool.loaded");
    loaded.bytes = books_->bytes();
    log_ = {};
    return loaded;
}

// A region whose bytes are kept already was reported before: an entry of it is over since then.
void LogSpool::quarantine(std::vector<Damage>& damage) {
    std::erase_if(damage, [this](const Damage& region) {
        const bool is_lost = region.kind == Damage::Kind::Damaged && region.stream != 0;
        return region.bytes > 0 && !keep_bytes(region) && !is_lost;
    });
    for (const Damage& region : damage) {
        const bool is_damaged = region.kind != Damage::Kind::DoubtfulTail;
        services_.log.write(is_damaged ? base::LogLevel::Error : base::LogLevel::Warn,
                            is_damaged ? "spool_damaged" : "spool_tail",
                            std::array<base::LogField, 4>{{{"position", region.position},
                                                           {"bytes", region.bytes},
                                                           {"stream", region.stream},
                                                           {"sequence", region.sequence}}});
    }
}

/// False when they were kept before.
bool LogSpool::keep_bytes(const Damage& region) {
    const auto at = std::ranges::upper_bound(
        log_.segments, region.position / log_.usual, {}, &FoundSegment::number);
    if (at == log_.segments.begin()) {
        return true;
    }
    const FoundSegment& segment = *std::prev(at);
    const std::uint64_t offset = region.position - segment.number * log_.usual;
    const std::filesystem::path path = quarantine_path(layout_, region);
    std::unique_ptr<File> from;
    std::unique_ptr<File> to;
    const Io made = services_.files.open(path, FileSystem::Mode::Create, to);
    if (made.error == EEXIST) {
        return false;
    }
    const bool is_kept =
        made.error == 0 &&
        services_.files.open(segment.path, FileSystem::Mode::Read, from).error == 0 &&
        copy(*from, offset, std::min(region.bytes, segment.bytes), *to) &&
        services_.files.sync_directory(layout_.quarantine).error == 0;
    crash_point("spool.quarantined");
    if (!is_kept && made.error == 0) {
        to.reset();
        services_.files.remove(path);
    }
    return true;
}

std::unique_ptr<Cursor> LogSpool::read(StreamId stream, std::uint64_t from, Reads reads) {
    return std::make_unique<LogCursor>(
        *books_, services_.files, services_.log, keys_, stream, from, reads);
}

Result<void> LogSpool::trying(StreamId stream, const std::vector<std::uint64_t>& sequences) {
    books_->try_again(stream, sequences);
    switch (books_->wait_durable(books_->ticket(), kTryingWait)) {
        case Books::Waited::Durable:
            crash_point("spool.trying_noted");
            return {};
        case Books::Waited::TimedOut:
            return Error{ErrorCode::Timeout, "the storage takes nothing", layout_.root.string()};
        case Books::Waited::GivenUp:
            break;
    }
    return Error{ErrorCode::Unavailable, "the storage is being closed", layout_.root.string()};
}

Result<std::string> LogSpool::snapshot(const std::string& name) const {
    Books::Stored stored;
    std::unique_ptr<File> file;
    for (;;) {
        if (const auto waiting = books_->waiting_snapshot(name)) {
            return *waiting;
        }
        stored = books_->stored_snapshot(name);
        if (!stored.segment) {
            return std::string{};
        }
        const Io opened = services_.files.open(stored.segment->path, FileSystem::Mode::Read, file);
        if (opened.error == 0) {
            break;
        }
        // It may have been moved since.
        if (books_->stored_snapshot(name).segment == stored.segment) {
            return disk_error("open", stored.segment->path, opened.error);
        }
    }
    Scanner scanner{*file, stored.segment->header, stored.position};
    const Result<Step> step = scanner.next();
    if (!step) {
        return step.error();
    }
    const Item* const item = std::get_if<Item>(&*step);
    if (item == nullptr || !item->is_good) {
        return Error{ErrorCode::Corrupt, "a snapshot is damaged", stored.segment->path.string()};
    }
    Opener opener{keys_};
    const Result<std::string> body = opener.open(stored.segment->header, *item);
    if (!body) {
        return body.error();
    }
    Decoder decoder{*body};
    decoder.bytes(decoder.number<std::uint32_t>());
    return std::string{decoder.rest()};
}

}  // namespace aorta::spool
