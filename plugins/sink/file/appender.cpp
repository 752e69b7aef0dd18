#include "sink/file/appender.hpp"

#include "common/files/error.hpp"
#include "common/files/text.hpp"

#include <aorta/crash_point.hpp>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <iterator>

namespace aorta::plugins::file_sink {

namespace {

constexpr std::size_t kMaxParts = 4096;
constexpr std::size_t kMaxDoubtful = 16;

// "dir/a.hl7" is "dir/a" and ".hl7".
std::size_t stem_size(std::string_view path) {
    const std::size_t name = path.rfind('/') + 1;  // 0 without a slash
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos || dot <= name ? path.size() : dot;
}

std::string part_path(const std::string& path, std::uint64_t part) {
    if (part == 0) {
        return path;
    }
    const std::size_t stem = stem_size(path);
    return path.substr(0, stem) + "." + std::to_string(part) + path.substr(stem);
}

bool ends_with(int fd, std::uint64_t size_bytes, std::string_view separator) {
    if (size_bytes == 0 || separator.empty()) {
        return true;
    }
    if (size_bytes < separator.size()) {
        return false;
    }
    std::string tail(separator.size(), '\0');
    const ssize_t count =
        ::pread(fd, tail.data(), tail.size(), static_cast<off_t>(size_bytes - separator.size()));
    return count == static_cast<ssize_t>(tail.size()) && tail == separator;
}

}  // namespace

Appender::Appended Appender::append(const std::string& path,
                                    const Run& run,
                                    std::chrono::nanoseconds steady) {
    Appended appended;
    std::size_t from = 0;
    while (appended.records < run.ends.size()) {
        const auto found = find(path, steady);
        if (!found) {
            appended.error = found.error();
            return appended;
        }
        Open& file = **found;
        // As many records as the part takes, and at least one.
        std::size_t count = appended.records + 1;
        while (count < run.ends.size() &&
               (settings_.max_bytes == 0 ||
                file.size_bytes + run.ends[count] - from <= settings_.max_bytes)) {
            ++count;
        }
        const std::size_t first_bytes = run.ends[appended.records] - from;
        if (settings_.max_bytes != 0 && file.size_bytes != 0 &&
            file.size_bytes + first_bytes > settings_.max_bytes) {
            next_part(path);
            continue;
        }
        const std::size_t to = run.ends[count - 1];
        const auto written = write(file, std::string_view{run.bytes}.substr(from, to - from));
        if (!written) {
            appended.error = written.error();
            return appended;
        }
        for (std::size_t i = appended.records; i < count; ++i) {
            log_.remember(run.ids[i]);
        }
        appended.records = count;
        from = to;
    }
    return appended;
}

Result<Appender::Open*> Appender::find(const std::string& path, std::chrono::nanoseconds steady) {
    const auto found = find_open(path);
    if (found == open_.end()) {
        return open(path, steady);
    }
    struct stat status = {};
    if (::fstat(found->fd.get(), &status) != 0 || status.st_nlink == 0) {
        close(found);  // somebody removed it; writing on would go nowhere
        return open(path, steady);
    }
    if (const auto size = static_cast<std::uint64_t>(status.st_size); size != found->size_bytes) {
        found->size_bytes = size;  // somebody changed it: the log must not go by what was
        log_.hold(found->part, found->fd.get(), size);
        if (auto committed = commit(); !committed) {
            return committed.error();
        }
    }
    if (is_old(*found, steady)) {
        next_part(path);
        return open(path, steady);
    }
    found->used = ++uses_;
    return &*found;
}

Result<Appender::Open*> Appender::open(const std::string& path, std::chrono::nanoseconds steady) {
    if (open_.size() >= settings_.max_open) {
        close(std::min_element(open_.begin(), open_.end(), [](const Open& a, const Open& b) {
            return a.used < b.used;
        }));
    }
    const auto part = last_part(path);
    if (!part) {
        return part.error();
    }
    std::string name = part_path(path, *part);
    auto opened = root_.open_append(name);
    if (!opened) {
        return opened.error();
    }
    if (::flock(opened->fd.get(), LOCK_EX | LOCK_NB) != 0) {
        return files::errno_error(errno, "lock a file that another writer has", {});
    }
    log_.hold(name, opened->fd.get(), opened->size_bytes);
    if (auto committed = commit(); !committed) {
        log_.release(name);
        return committed.error();
    }
    Open file{
        path, std::move(name), std::move(opened->fd), opened->size_bytes, false, steady, ++uses_};
    file.is_torn = !ends_with(file.fd.get(), file.size_bytes, settings_.separator);
    torn_tails_ += file.is_torn ? 1 : 0;
    return &open_.emplace_back(std::move(file));
}

Result<std::uint64_t> Appender::last_part(const std::string& path) const {
    if (const auto known = parts_.find(path); known != parts_.end()) {
        return known->second;
    }
    std::uint64_t last = 0;
    if (settings_.max_bytes == 0 && settings_.max_age.count() == 0) {
        return last;
    }
    const auto [directory, name] = files::split_path(path);
    const auto names = root_.names(directory);
    if (!names) {
        return names.error();
    }
    const std::string_view stem = name.substr(0, stem_size(name));
    const std::string_view extension = name.substr(stem.size());
    for (std::string_view other : *names) {
        if (!other.starts_with(stem) || !other.ends_with(extension) ||
            other.size() < name.size() + 2 || other[stem.size()] != '.') {
            continue;
        }
        other = other.substr(stem.size() + 1, other.size() - name.size() - 1);
        std::uint64_t part = 0;
        const auto [end, error] = std::from_chars(other.data(), other.data() + other.size(), part);
        if (error == std::errc{} && end == other.data() + other.size()) {
            last = std::max(last, part);
        }
    }
    return last;
}

bool Appender::is_old(const Open& file, std::chrono::nanoseconds steady) const {
    return settings_.max_age.count() != 0 && file.size_bytes != 0 &&
           steady - file.opened >= settings_.max_age;
}

Result<void> Appender::write(Open& file, std::string_view bytes) {
    files::Written written;
    if (file.is_torn) {
        written = files::write_all(file.fd.get(), settings_.separator);
    }
    if (written.error == 0) {
        written = files::write_all(file.fd.get(), bytes);
    }
    const bool is_written = written.error == 0;
    crash_point("file.written");
    if (is_written && (!settings_.sync || ::fdatasync(file.fd.get()) == 0)) {
        crash_point("file.synced");
        struct stat status = {};
        file.is_torn = false;
        if (::fstat(file.fd.get(), &status) == 0) {
            file.size_bytes = static_cast<std::uint64_t>(status.st_size);
        }
        log_.hold(file.part, file.fd.get(), file.size_bytes);
        return {};
    }
    const Error error = is_written ? files::errno_error(errno, "sync a file", {})
                                   : files::errno_error(written.error, "write a file", {});
    const bool is_cut = ::ftruncate(file.fd.get(), static_cast<off_t>(file.size_bytes)) == 0;
    const std::string path = file.path;
    if (is_written || !is_cut) {
        leave_in_doubt(find_open(path));
        next_part(path);
    }
    return error;
}

Result<void> Appender::commit() {
    auto committed = log_.commit();
    if (committed) {
        closing_.clear();
    }
    return committed;
}

void Appender::close_all() {
    while (!open_.empty()) {
        close(std::prev(open_.end()));
    }
    (void)commit();  // else the next start looks at these files, and finds nothing to do
}

std::vector<Appender::Open>::iterator Appender::find_open(const std::string& path) {
    return std::find_if(
        open_.begin(), open_.end(), [&](const Open& file) { return file.path == path; });
}

void Appender::close(std::vector<Open>::iterator file) {
    log_.release(file->part);
    closing_.push_back(std::move(file->fd));
    open_.erase(file);
}

void Appender::leave_in_doubt(std::vector<Open>::iterator file) {
    if (doubtful_.size() == kMaxDoubtful) {
        log_.release(doubtful_.front().part);
        doubtful_.pop_front();
    }
    doubtful_.push_back(std::move(*file));
    open_.erase(file);
}

void Appender::next_part(const std::string& path) {
    const auto part = last_part(path);
    if (const auto file = find_open(path); file != open_.end()) {
        close(file);
    }
    if (parts_.size() >= kMaxParts) {
        parts_.clear();  // found again from the names in the directory
    }
    parts_[path] = (part ? *part : 0) + 1;
}

}  // namespace aorta::plugins::file_sink
