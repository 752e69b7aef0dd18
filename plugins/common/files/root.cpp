#include "common/files/root.hpp"

#include "common/files/error.hpp"
#include "common/files/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

namespace aorta::files {

namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Error last_error(std::string_view doing) {
    return errno_error(errno, doing, {});
}

Result<Fd> open_directory(int parent, const std::string& name, bool makes) {
    Fd opened{::openat(parent, name.c_str(), kDirectoryFlags)};
    if (opened || errno != ENOENT || !makes) {
        return opened ? Result<Fd>{std::move(opened)} : last_error("open a directory");
    }
    if (::mkdirat(parent, name.c_str(), 0700) != 0 && errno != EEXIST) {
        return last_error("make a directory");
    }
    if (::fsync(parent) != 0) {
        const Error error = last_error("sync a directory");
        ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);  // else the next attempt trusts it
        return error;
    }
    Fd made{::openat(parent, name.c_str(), kDirectoryFlags)};
    return made ? Result<Fd>{std::move(made)} : last_error("open a directory");
}

// The same at every attempt: what a crash left is overwritten by the replay.
std::string temporary_name(std::string_view name) {
    std::string temporary{"."};
    temporary.append(name).append(".part");
    return temporary;
}

Result<void> make_directories(const std::string& path) {
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const std::string part = path.substr(0, slash);
        if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
            return errno_error(errno, "make the directory", part);
        }
        if (slash == std::string::npos) {
            return {};
        }
    }
}

}  // namespace

SplitPath split_path(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos
               ? SplitPath{{}, path}
               : SplitPath{path.substr(0, slash), path.substr(slash + 1)};
}

bool is_plain_relative(std::string_view path) {
    while (true) {
        const std::size_t slash = path.find('/');
        const std::string_view part = path.substr(0, slash);
        if (part.empty() || part == "." || part == ".." || part.find('\0') != part.npos) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

Result<Root> Root::open(const std::string& path) {
    if (auto made = make_directories(path); !made) {
        return made.error();
    }
    Fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) {
        return errno_error(errno, "open the directory", path);
    }
    return Root{std::move(fd)};
}

Result<Fd> Root::walk(std::string_view directory, Missing missing) const {
    Fd here{::fcntl(directory_.get(), F_DUPFD_CLOEXEC, 0)};
    if (!here) {
        return last_error("open the root directory");
    }
    while (!directory.empty()) {
        const std::size_t slash = directory.find('/');
        const std::string part{directory.substr(0, slash)};
        auto next = open_directory(here.get(), part, missing == Missing::Make);
        if (!next) {
            return next;
        }
        here = std::move(*next);
        directory =
            slash == std::string_view::npos ? std::string_view{} : directory.substr(slash + 1);
    }
    return here;
}

Result<Root::File> Root::open_append(std::string_view path) const {
    return open_file(path, Missing::Make);
}

Result<Root::File> Root::open_existing(std::string_view path) const {
    return open_file(path, Missing::Refuse);
}

Result<Root::File> Root::open_file(std::string_view path, Missing missing) const {
    if (!is_plain_relative(path)) {
        return Error{ErrorCode::Denied, "the path leaves its root"};
    }
    const auto [directory, last] = split_path(path);
    const auto parent = walk(directory, missing);
    if (!parent) {
        return parent.error();
    }
    // O_NONBLOCK: a pipe in the file's place must not hang the sink.
    constexpr int kFlags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const std::string name{last};
    Fd fd{::openat(parent->get(), name.c_str(), kFlags)};
    if (!fd && errno == ENOENT && missing == Missing::Make) {
        fd = Fd{::openat(parent->get(), name.c_str(), kFlags | O_CREAT | O_EXCL, 0600)};
    }
    if (!fd) {
        return last_error("open a file");
    }
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) {
        return last_error("look at a file");
    }
    if (!S_ISREG(status.st_mode)) {
        return Error{ErrorCode::Denied, "not a regular file"};
    }
    // New, or made by somebody who got no further than that: the entry may not be safe.
    if (status.st_size == 0 && missing == Missing::Make && ::fsync(parent->get()) != 0) {
        return last_error("sync a directory");
    }
    return File{std::move(fd), static_cast<std::uint64_t>(status.st_size)};
}

Result<void> Root::put(std::string_view path, std::string_view content, bool sync) const {
    if (!is_plain_relative(path)) {
        return Error{ErrorCode::Denied, "the path leaves its root"};
    }
    const auto [directory, last] = split_path(path);
    const auto parent = walk(directory);
    if (!parent) {
        return parent.error();
    }
    const std::string name{last};
    const std::string temporary = temporary_name(last);
    const Fd fd{::openat(parent->get(),
                         temporary.c_str(),
                         O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                         0600)};
    if (!fd) {
        return last_error("create a file");
    }
    const Written written = write_all(fd.get(), content);
    int error = written.error;
    if (error == 0 && sync && ::fdatasync(fd.get()) != 0) {
        error = errno;
    }
    if (error == 0 &&
        ::renameat(parent->get(), temporary.c_str(), parent->get(), name.c_str()) != 0) {
        error = errno;
    }
    if (error != 0) {
        ::unlinkat(parent->get(), temporary.c_str(), 0);
        return errno_error(error, "write a file", {});
    }
    return {};
}

std::string Root::temporary(std::string_view path) {
    const auto [directory, name] = split_path(path);
    return std::string{path.substr(0, path.size() - name.size())} + temporary_name(name);
}

Result<void> Root::sync_directory(std::string_view directory) const {
    const auto opened = walk(directory, Missing::Refuse);
    if (!opened) {
        return opened.error();
    }
    return ::fsync(opened->get()) == 0 ? Result<void>{} : last_error("sync a directory");
}

Result<void> Root::remove(std::string_view path) const {
    if (!is_plain_relative(path)) {
        return Error{ErrorCode::Denied, "the path leaves its root"};
    }
    const auto [directory, last] = split_path(path);
    const auto parent = walk(directory, Missing::Refuse);
    if (!parent) {
        return parent.error();
    }
    const std::string name{last};
    return ::unlinkat(parent->get(), name.c_str(), 0) == 0 ? Result<void>{}
                                                           : last_error("remove a file");
}

Result<std::vector<std::string>> Root::names(std::string_view directory) const {
    auto opened = walk(directory);
    if (!opened) {
        return opened.error();
    }
    // A descriptor of its own: closedir closes it, and its offset starts at the front.
    const int own = ::openat(opened->get(), ".", kDirectoryFlags);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(own), ::closedir};
    if (stream == nullptr) {
        return last_error("list a directory");
    }
    std::vector<std::string> all;
    while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
        all.emplace_back(entry->d_name);
    }
    return all;
}

}  // namespace aorta::files
