#include "sink/file/resume_log.hpp"

#include "common/files/error.hpp"
#include "common/files/text.hpp"

#include <aorta/crash_point.hpp>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace aorta::plugins::file_sink {

namespace {

constexpr std::uint64_t kTailBytes = 512;
constexpr std::uint64_t kMaxLogBytes = 256U << 20U;
constexpr std::uint64_t kLogSlackBytes = 64U << 10U;
constexpr int kMaxScans = 3;

std::optional<std::string> read_at(int fd, std::uint64_t offset, std::size_t bytes) {
    std::string all(bytes, '\0');
    std::size_t done = 0;
    while (done < bytes) {
        const ssize_t count =
            ::pread(fd, all.data() + done, bytes - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return {};
        }
        done += static_cast<std::size_t>(count);
    }
    return all;
}

// Locks a file that nobody else has locked and that is still the one of its name.
bool lock(int fd) {
    struct stat status = {};
    return ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &status) == 0 && status.st_nlink != 0;
}

Error last_error(std::string_view doing) {
    return files::errno_error(errno, doing, {});
}

// A file that is not as the log says is its owner's business; one that cannot be cut is tried
// again.
Error changed() {
    return {ErrorCode::NotFound, "somebody changed the file"};
}

bool is_users_doing(const Error& error) {
    return error.code == ErrorCode::NotFound || error.code == ErrorCode::Denied;
}

}  // namespace

std::string ResumeLog::log_name(std::size_t number) const {
    return settings_.name + (number == 0 ? "" : "." + std::to_string(number)) + ".resume";
}

Result<void> ResumeLog::open() {
    if (is_open_) {
        return {};
    }
    auto taken = take_over();
    is_open_ = taken.ok();
    return taken;
}

Result<void> ResumeLog::take_over() {
    auto logs = find_logs();
    if (!logs) {
        return logs.error();
    }
    window_.widen(settings_.window * std::max<std::size_t>(1, logs->size()));
    for (const Found& log : *logs) {
        for (const RecordId& id : log.contents.ids) {
            window_.add(id);
        }
        if (auto recovered = log.fd ? recover(log) : Result<void>{}; !recovered) {
            return recovered;
        }
    }
    crash_point("file.recovered");
    if (!settings_.is_on) {
        for (const Found& log : *logs) {
            if (auto removed = log.fd ? root_.remove(log.name) : Result<void>{}; !removed) {
                return removed;
            }
        }
        return logs->empty() ? Result<void>{} : root_.sync_directory({});
    }
    return take_log(*logs);
}

Result<std::vector<ResumeLog::Found>> ResumeLog::find_logs() const {
    for (int scan = 0; scan < kMaxScans; ++scan) {
        std::vector<Found> logs;
        bool is_moving = false;
        for (std::size_t number = 0; number < kMaxLogs && !is_moving; ++number) {
            auto file = root_.open_existing(log_name(number));
            if (!file) {
                if (file.error().code == ErrorCode::Denied) {
                    logs.push_back({log_name(number), {}, {}});  // something else has the name
                } else if (file.error().code != ErrorCode::NotFound) {
                    return file.error();
                }
                continue;
            }
            const bool is_ours = lock(file->fd.get());
            struct stat status = {};
            // Replaced or taken over by another process just now: look again.
            is_moving = ::fstat(file->fd.get(), &status) != 0 || status.st_nlink == 0;
            const auto size = std::min(static_cast<std::uint64_t>(status.st_size), kMaxLogBytes);
            const auto bytes = read_at(file->fd.get(), 0, size);
            if (!bytes) {
                return Error{ErrorCode::Unavailable, "cannot read the resume log"};
            }
            logs.push_back({log_name(number),
                            is_ours ? std::move(file->fd) : files::Fd{},
                            parse_resume_log(*bytes)});
        }
        if (!is_moving) {
            return logs;
        }
    }
    return Error{ErrorCode::Unavailable, "other processes are taking over the resume logs"};
}

Result<void> ResumeLog::recover(const Found& log) {
    if (log.contents.end == LogEnd::Damaged) {
        recovered_.is_damaged = true;
        return {};
    }
    for (const auto& [path, state] : log.contents.held) {
        auto done = state.inode == 0 ? remove_unfinished(path) : cut_back(path, state);
        if (!done && !is_users_doing(done.error())) {
            return done;
        }
        recovered_.changed_files += done ? 0 : 1;
    }
    return {};
}

Result<void> ResumeLog::remove_unfinished(const std::string& path) {
    for (const std::string& name : {path, files::Root::temporary(path)}) {
        auto removed = root_.remove(name);
        if (!removed && removed.error().code != ErrorCode::NotFound) {
            return removed;
        }
        recovered_.cut_files += removed ? 1 : 0;
    }
    auto synced = root_.sync_directory(files::split_path(path).directory);
    const bool is_gone = !synced && synced.error().code == ErrorCode::NotFound;
    return is_gone ? Result<void>{} : synced;
}

Result<void> ResumeLog::cut_back(const std::string& path, const FileState& state) {
    const auto file = root_.open_existing(path);
    if (!file) {
        return file.error();
    }
    const int fd = file->fd.get();
    struct stat status = {};
    if (!lock(fd) || ::fstat(fd, &status) != 0 || status.st_ino != state.inode ||
        file->size_bytes < state.length || state.tail_bytes > kTailBytes ||
        state.tail_bytes > state.length) {
        return changed();
    }
    const auto tail = read_at(fd, state.length - state.tail_bytes, state.tail_bytes);
    if (!tail || crc32c(*tail) != state.tail_crc) {
        return changed();
    }
    if (file->size_bytes > state.length) {
        if (::ftruncate(fd, static_cast<off_t>(state.length)) != 0) {
            return last_error("cut a file");
        }
        ++recovered_.cut_files;
        recovered_.cut_bytes += file->size_bytes - state.length;
    }
    return ::fdatasync(fd) == 0 ? Result<void>{} : last_error("sync a file");
}

Result<void> ResumeLog::take_log(std::vector<Found>& logs) {
    const auto ours = std::find_if(
        logs.begin(), logs.end(), [](const Found& log) { return static_cast<bool>(log.fd); });
    if (ours != logs.end()) {
        name_ = ours->name;
        fd_ = std::move(ours->fd);
    } else {
        for (std::size_t number = 0; number < kMaxLogs && !fd_; ++number) {
            name_ = log_name(number);
            if (std::any_of(logs.begin(), logs.end(), [&](const Found& log) {
                    return log.name == name_;
                })) {
                continue;
            }
            auto made = root_.open_append(name_);
            if (!made) {
                return made.error();
            }
            if (lock(made->fd.get())) {
                fd_ = std::move(made->fd);
            }
        }
    }
    if (!fd_) {
        return Error{ErrorCode::Unavailable, "other writers have all resume logs locked"};
    }
    if (auto written = rewrite(); !written) {
        fd_ = files::Fd{};  // else the next attempt finds it locked
        return written;
    }
    // What was taken over stands in our log now.
    for (const Found& log : logs) {
        if (log.fd) {
            (void)root_.remove(log.name);
        }
    }
    return {};
}

void ResumeLog::hold(const std::string& path, int fd, std::uint64_t length) {
    struct stat status = {};
    if (!settings_.is_on || ::fstat(fd, &status) != 0) {
        return;
    }
    const auto tail_bytes = static_cast<std::uint32_t>(std::min(length, kTailBytes));
    // Without what it should read the file has just been changed: then it will not fit, rightly.
    const auto tail = read_at(fd, length - tail_bytes, tail_bytes);
    held_[path] = {status.st_ino, length, tail_bytes, crc32c(tail.value_or(""))};
    touched_.insert(path);
}

void ResumeLog::expect(const std::string& path) {
    if (settings_.is_on) {
        held_[path] = {};
        touched_.insert(path);
    }
}

void ResumeLog::release(const std::string& path) {
    if (held_.erase(path) != 0) {
        touched_.insert(path);
    }
}

void ResumeLog::remember(const RecordId& id) {
    if (settings_.is_on) {
        window_.add(id);
        ids_.push_back(id);
    }
}

Result<void> ResumeLog::commit() {
    if (!settings_.is_on) {
        return {};
    }
    if (!fd_) {
        return take_over();
    }
    if (!is_sound_ || size_bytes_ > rewrite_at_bytes_) {
        return rewrite();
    }
    if (touched_.empty() && ids_.empty()) {
        return {};
    }
    ResumeEntry entry;
    for (const std::string& path : touched_) {
        if (const auto held = held_.find(path); held != held_.end()) {
            entry.held.insert(*held);
        } else {
            entry.released.push_back(path);
        }
    }
    entry.ids = std::move(ids_);
    touched_.clear();
    ids_.clear();
    std::string bytes;
    append_entry(entry, bytes);
    return append(bytes);
}

Result<void> ResumeLog::append(std::string_view bytes) {
    is_sound_ = false;  // until all of it is safe; all of it is in memory, too
    if (const auto written = files::write_all(fd_.get(), bytes); written.error != 0) {
        return files::errno_error(written.error, "write the resume log", {});
    }
    if (settings_.sync && ::fdatasync(fd_.get()) != 0) {
        return last_error("sync the resume log");
    }
    size_bytes_ += bytes.size();
    is_sound_ = true;
    return {};
}

Result<void> ResumeLog::rewrite() {
    is_sound_ = false;
    std::string bytes{resume_header()};
    append_entry({held_, {}, window_.all()}, bytes);
    if (auto put = root_.put(name_, bytes, settings_.sync); !put) {
        return put;
    }
    crash_point("file.notes_replaced");
    auto file = root_.open_append(name_);
    if (!file) {
        return file.error();
    }
    fd_ = files::Fd{};
    if (!lock(file->fd.get())) {
        return Error{ErrorCode::Unavailable, "another process took over the resume log"};
    }
    fd_ = std::move(file->fd);
    if (auto synced = settings_.sync ? root_.sync_directory({}) : Result<void>{}; !synced) {
        return synced;
    }
    touched_.clear();
    ids_.clear();
    size_bytes_ = bytes.size();
    rewrite_at_bytes_ = 2 * size_bytes_ + kLogSlackBytes;
    is_sound_ = true;
    return {};
}

}  // namespace aorta::plugins::file_sink
