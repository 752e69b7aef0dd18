#include "spool/log_folder.hpp"

#include "spool/preparer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace aorta::spool {
namespace {

constexpr std::string_view kStorageWords = "aorta storage ";
constexpr unsigned kStorageFormat = 1;
constexpr std::size_t kLongestLine = 64;

std::span<const std::uint8_t> octets(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The first bytes of a small file.
std::string read_line(File& file) {
    std::string text(kLongestLine, '\0');
    const Io got = file.read_at({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}, 0);
    text.resize(got.error == 0 ? static_cast<std::size_t>(got.count) : 0);
    return text.substr(0, text.find('\n'));
}

/// True when the file holds nothing but zeros where its headers would be.
bool is_blank(File& file) {
    std::vector<std::uint8_t> bytes(kItemsBegin);
    const Io got = file.read_at(bytes, 0);
    return got.error == 0 &&
           std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

Result<void> find_segment(std::uint64_t number,
                          const std::filesystem::path& path,
                          FileSystem& files,
                          FoundLog& log) {
    std::unique_ptr<File> file;
    if (const Io got = files.open(path, FileSystem::Mode::Read, file); got.error != 0) {
        return disk_error("open", path, got.error);
    }
    const Io size = file->size();
    if (size.error != 0) {
        return disk_error("read", path, size.error);
    }
    auto header = read_segment_header(*file, number);
    if (!header) {
        return header.error();
    }
    FoundSegment found{number, path, static_cast<std::uint64_t>(size.count), nullptr};
    if (*header && (*header)->number != number) {
        log.leftovers.push_back(path);
        return {};
    }
    found.is_blank = !*header && is_blank(*file);
    if (*header) {
        found.segment = std::make_shared<Segment>(**header, path);
        found.segment->bytes = found.bytes;
        log.usual = (*header)->usual;
        log.log = (*header)->log;
    }
    log.segments.push_back(std::move(found));
    return {};
}

}  // namespace

std::filesystem::path quarantine_path(const Layout& layout, const Damage& region) {
    return layout.quarantine /
           fmt::format("{}-{}.{}",
                       region.position,
                       region.bytes,
                       region.kind == Damage::Kind::DoubtfulTail ? "tail" : "damaged");
}

Result<FoundLog> find_log(const Layout& layout, FileSystem& files) {
    std::vector<std::string> names;
    if (const Io got = files.list(layout.segments, names); got.error != 0) {
        return disk_error("list", layout.segments, got.error);
    }
    std::ranges::sort(names);
    FoundLog log;
    for (const std::string& name : names) {
        if (const auto number = segment_number(name)) {
            if (const Result<void> got = find_segment(*number, layout.segments / name, files, log);
                !got) {
                return got.error();
            }
        } else if (name.ends_with(".new")) {
            log.leftovers.push_back(layout.segments / name);
        }
    }
    // Blank ones behind the last good one were never begun; before it, something took what they
    // held.
    while (!log.segments.empty() && log.segments.back().is_blank) {
        log.leftovers.push_back(log.segments.back().path);
        log.segments.pop_back();
    }
    for (FoundSegment& found : log.segments) {
        const bool is_foreign = found.segment && (found.segment->header.log != log.log ||
                                                  found.segment->header.usual != log.usual);
        if (is_foreign) {
            return Error{
                ErrorCode::InvalidConfig,
                fmt::format("{} belongs to another storage: move it away", found.path.string())};
        }
    }
    return log;
}

Result<Tail> read_tail(const FoundLog& log, FileSystem& files) {
    const std::vector<FoundSegment>& all = log.segments;
    for (std::size_t first = all.size(); first > 0; --first) {
        Replay replay{false};
        bool has_begun = false;
        for (std::size_t i = first - 1; i < all.size(); ++i) {
            const Result<void> read = replay_found(replay, all[i], log.usual, files);
            if (!read) {
                return read.error();
            }
            has_begun = has_begun || replay.has_checkpoint();
        }
        if (has_begun || first == 1) {
            return Tail{replay.finish(), first - 1};
        }
    }
    return Tail{};
}

void forget_gone(FoundLog& log, const Gone& gone) {
    std::erase_if(log.segments, [&](const FoundSegment& found) {
        const bool is_gone = found.segment && gone.holds(found.segment->header);
        if (is_gone) {
            log.leftovers.push_back(found.path);
        }
        return is_gone;
    });
}

std::uint64_t next_number(const FoundLog& log) {
    if (log.segments.empty()) {
        return 1;
    }
    const FoundSegment& last = log.segments.back();
    const std::uint64_t bytes = last.segment ? last.segment->header.size : last.bytes;
    return last.number + std::max<std::uint64_t>((bytes + log.usual - 1) / log.usual, 1);
}

Result<void> check_keys(const FoundLog& log, const Keys& keys) {
    for (const FoundSegment& found : log.segments) {
        if (found.segment && found.segment->header.is_sealed() &&
            keys.find(found.segment->header.key) == nullptr) {
            return Error{ErrorCode::InvalidConfig,
                         fmt::format("the storage was sealed with a key that is not given (its id "
                                     "is {:02x}): name its secret as the key, or as a former one",
                                     fmt::join(found.segment->header.key, "")),
                         found.path.string()};
        }
    }
    return {};
}

Result<Storage> check_storage(const Layout& layout, FileSystem& files) {
    std::unique_ptr<File> file;
    const Io got = files.open(layout.storage, FileSystem::Mode::Read, file);
    if (got.error == ENOENT) {
        return Storage::New;
    }
    if (got.error != 0) {
        return disk_error("open", layout.storage, got.error);
    }
    const std::string line = read_line(*file);
    unsigned format = 0;
    const bool is_known = line.starts_with(kStorageWords);
    if (is_known) {
        std::from_chars(line.data() + kStorageWords.size(), line.data() + line.size(), format);
    }
    if (kStorageWords.starts_with(line)) {
        return Storage::New;  // a crash came between its making and its line
    }
    if (format == 0 || format > kStorageFormat) {
        return Error{ErrorCode::InvalidConfig,
                     format == 0 ? std::string{"the folder holds something else: give the storage "
                                               "a path of its own"}
                                 : fmt::format("the storage has format {}, this program knows {}: "
                                               "use the program that wrote it, or a newer one",
                                               format,
                                               kStorageFormat),
                     layout.storage.string()};
    }
    return Storage::Known;
}

Result<void> write_storage(const Layout& layout, FileSystem& files) {
    std::unique_ptr<File> file;
    Io done = files.open(layout.storage, FileSystem::Mode::Create, file);
    if (done.error == EEXIST) {
        done = files.open(layout.storage, FileSystem::Mode::Write, file);
    }
    const std::string line = fmt::format("{}{}\n", kStorageWords, kStorageFormat);
    if (done.error == 0) {
        done = write_all(*file, octets(line), 0);
    }
    if (done.error == 0) {
        done = file->sync();
    }
    if (done.error == 0) {
        done = files.sync_directory(layout.root);
    }
    return done.error == 0 ? Result<void>{} : disk_error("write", layout.storage, done.error);
}

Result<std::unique_ptr<File>> lock_folder(const Layout& layout, FileSystem& files) {
    std::unique_ptr<File> held;
    const Io got = files.lock(layout.lock, held);
    if (got.error == EWOULDBLOCK) {
        const std::string holder = held ? read_line(*held) : std::string{};
        return Error{ErrorCode::Unavailable,
                     fmt::format("the storage is in use by {}: stop it first",
                                 holder.empty() ? "another process" : "process " + holder),
                     layout.root.string()};
    }
    if (got.error != 0) {
        return disk_error("lock", layout.lock, got.error);
    }
    const std::string line = fmt::format("{}\n", ::getpid());
    if (held->truncate(0).error == 0) {
        write_all(*held, octets(line), 0);  // for people; the lock is what counts
    }
    return held;
}

Result<void> replay_found(Replay& replay,
                          const FoundSegment& found,
                          std::uint64_t usual,
                          FileSystem& files) {
    if (!found.segment) {
        replay.unreadable(found.number * usual, found.is_blank ? 0 : found.bytes);
        return {};
    }
    std::unique_ptr<File> file;
    if (const Io got = files.open(found.path, FileSystem::Mode::Read, file); got.error != 0) {
        return disk_error("open", found.path, got.error);
    }
    return replay_segment(replay, found.segment, *file);
}

}  // namespace aorta::spool
