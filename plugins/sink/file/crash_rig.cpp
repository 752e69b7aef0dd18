#include "sink/file/crash_rig.hpp"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace aorta::plugins::file_sink {

namespace fs = std::filesystem;

namespace {

std::string path_of(int fd) {
    return fs::read_symlink("/proc/self/fd/" + std::to_string(fd)).string();
}

ssize_t real_write(int fd, const void* bytes, std::size_t count) {
    return ::syscall(SYS_write, fd, bytes, count);
}

// No streams: they might write by the calls that this file replaces.
std::string content_of(const std::string& path) {
    const auto fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY, 0));
    std::string all;
    char chunk[16384];
    for (ssize_t count = 1; count > 0;) {
        count = ::read(fd, chunk, sizeof chunk);
        all.append(chunk, count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    ::close(fd);
    return all;
}

void set_content(const std::string& path, const std::string& content) {
    const auto fd = static_cast<int>(
        ::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
    real_write(fd, content.data(), content.size());
    ::close(fd);
}

std::uint64_t inode_of(int fd) {
    struct stat status = {};
    ::fstat(fd, &status);
    return status.st_ino;
}

int fail_with(int error) {
    errno = error;
    return -1;
}

}  // namespace

Disk& disk() {
    static Disk one;
    return one;
}

void Disk::reset(std::uint64_t seed) {
    *this = {};
    random_.seed(seed);
}

void Disk::revive() {
    is_dead_ = false;
    calls_left_ = 0;
    files_.clear();
    changes_.clear();
}

Disk::Fate Disk::step() {
    if (is_dead_) {
        return Fate::Fail;
    }
    ++calls_;
    if (failure_in_ != 0 && --failure_in_ == 0) {
        return Fate::Fail;
    }
    if (calls_left_ == 0 || --calls_left_ != 0) {
        return Fate::Go;
    }
    is_dead_ = true;
    return below(2) == 0 ? Fate::Half : Fate::Fail;
}

void Disk::track(int fd) {
    const std::uint64_t inode = inode_of(fd);
    if (files_.count(inode) == 0) {
        const std::string path = path_of(fd);
        files_[inode] = {path, content_of(path)};
    }
}

void Disk::note_change(int directory, const char* name) {
    Change change{inode_of(directory), path_of(directory) + "/" + name};
    change.was_there = fs::exists(change.path);
    if (change.was_there) {
        // As it would be after a crash: what was never synced is not to come back whole.
        struct stat status = {};
        ::stat(change.path.c_str(), &status);
        const auto tracked = files_.find(status.st_ino);
        change.before = tracked != files_.end() ? tracked->second.synced : content_of(change.path);
        files_.erase(status.st_ino);
    }
    changes_.push_back(std::move(change));
}

ssize_t Disk::write(int fd, const void* bytes, std::size_t count) {
    const Fate fate = step();
    if (fate == Fate::Fail) {
        return fail_with(EIO);
    }
    track(fd);
    if (fate == Fate::Half) {
        real_write(fd, bytes, below(count + 1));
        return fail_with(EIO);
    }
    return real_write(fd, bytes, count);
}

int Disk::sync(int fd) {
    const Fate fate = step();
    if (fate == Fate::Fail) {
        return fail_with(EIO);
    }
    struct stat status = {};
    ::fstat(fd, &status);
    if (S_ISDIR(status.st_mode)) {
        std::erase_if(changes_,
                      [&](const Change& change) { return change.directory == status.st_ino; });
    } else {
        files_[status.st_ino] = {path_of(fd), content_of("/proc/self/fd/" + std::to_string(fd))};
    }
    return fate == Fate::Half ? fail_with(EIO) : 0;
}

int Disk::cut(int fd, off_t length) {
    const Fate fate = step();
    if (fate == Fate::Fail) {
        return fail_with(EIO);
    }
    track(fd);
    const long done = ::syscall(SYS_ftruncate, fd, length);
    return fate == Fate::Half ? fail_with(EIO) : static_cast<int>(done);
}

int Disk::rename(int directory, const char* from, const char* to) {
    const Fate fate = step();
    if (fate == Fate::Fail) {
        return fail_with(EIO);
    }
    note_change(directory, to);
    const long done = ::syscall(SYS_renameat, directory, from, directory, to);
    for (auto& [inode, tracked] : files_) {
        if (tracked.path == path_of(directory) + "/" + from) {
            tracked.path = path_of(directory) + "/" + to;
        }
    }
    return fate == Fate::Half ? fail_with(EIO) : static_cast<int>(done);
}

int Disk::remove(int directory, const char* name) {
    const Fate fate = step();
    if (fate == Fate::Fail) {
        return fail_with(EIO);
    }
    if (::faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        note_change(directory, name);
    }
    const long done = ::syscall(SYS_unlinkat, directory, name, 0);
    return fate == Fate::Half ? fail_with(EIO) : static_cast<int>(done);
}

int Disk::open(int directory, const char* name, int flags, mode_t mode) {
    const bool is_new =
        (flags & O_CREAT) != 0 && ::faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    Fate fate = Fate::Go;
    if (is_new) {
        fate = step();
        if (fate == Fate::Fail) {
            return fail_with(EIO);
        }
        note_change(directory, name);
    }
    const long fd = ::syscall(SYS_openat, directory, name, flags, mode);
    if (fd >= 0 && is_new) {
        files_[inode_of(static_cast<int>(fd))] = {path_of(static_cast<int>(fd)), {}};
    }
    return fate == Fate::Half ? fail_with(EIO) : static_cast<int>(fd);
}

std::string Disk::after_power_loss(const std::string& synced, const std::string& now) {
    constexpr std::size_t kPage = 64;  // small, so that small records tear
    if (now.size() <= synced.size()) {
        return below(2) == 0 ? synced : now;  // the cut may come to nothing
    }
    const std::size_t more = now.size() - synced.size();
    std::string left = now.substr(0, synced.size() + below(more + 1));
    for (std::size_t at = synced.size(); at < left.size(); at += kPage) {
        if (below(4) == 0) {
            std::fill(left.begin() + static_cast<std::ptrdiff_t>(at),
                      left.begin() + static_cast<std::ptrdiff_t>(std::min(left.size(), at + kPage)),
                      '\0');
        }
    }
    return left;
}

void Disk::lose_power() {
    for (const auto& [inode, tracked] : files_) {
        struct stat status = {};
        if (::stat(tracked.path.c_str(), &status) != 0 || status.st_ino != inode) {
            continue;
        }
        const std::string now = content_of(tracked.path);
        const std::string left = after_power_loss(tracked.synced, now);
        if (left != now) {
            set_content(tracked.path, left);
        }
    }
    // Names keep their order: the last ones are undone.
    for (std::size_t undone = below(changes_.size() + 1); undone != 0; --undone) {
        const Change& change = changes_.back();
        fs::remove(change.path);
        if (change.was_there) {
            set_content(change.path, change.before);
        }
        changes_.pop_back();
    }
}

}  // namespace aorta::plugins::file_sink

using aorta::plugins::file_sink::disk;

extern "C" {

ssize_t write(int fd, const void* bytes, size_t count) {
    return disk().is_on() && fd > 2 ? disk().write(fd, bytes, count)
                                    : ::syscall(SYS_write, fd, bytes, count);
}

int fdatasync(int fd) {
    return disk().is_on() ? disk().sync(fd) : 0;
}

int fsync(int fd) {
    return disk().is_on() ? disk().sync(fd) : 0;
}

int ftruncate(int fd, off_t length) noexcept {
    return disk().is_on() ? disk().cut(fd, length)
                          : static_cast<int>(::syscall(SYS_ftruncate, fd, length));
}

int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
    return disk().is_on()
               ? disk().rename(from_directory, from, to)
               : static_cast<int>(::syscall(SYS_renameat, from_directory, from, to_directory, to));
}

int unlinkat(int directory, const char* name, int flags) noexcept {
    return disk().is_on() && flags == 0
               ? disk().remove(directory, name)
               : static_cast<int>(::syscall(SYS_unlinkat, directory, name, flags));
}

int openat(int directory, const char* name, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return disk().is_on() ? disk().open(directory, name, flags, mode)
                          : static_cast<int>(::syscall(SYS_openat, directory, name, flags, mode));
}
}
