#include "pipeline/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace aorta::pipeline {

namespace {

// Closes a descriptor when it goes.
class File {
public:
    explicit File(const std::filesystem::path& path)
        // Not blocking: a named pipe must not hang the reader.
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}

    ~File() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    File(const File&) = delete;
    File& operator=(const File&) = delete;
    File(File&&) = delete;
    File& operator=(File&&) = delete;

    int fd() const { return fd_; }

private:
    int fd_;
};

Error failed(const std::filesystem::path& path, int number) {
    const ErrorCode code = number == ENOENT                      ? ErrorCode::NotFound
                           : number == EACCES || number == EPERM ? ErrorCode::Denied
                                                                 : ErrorCode::Unavailable;
    return {code, fmt::format("{}: {}", path.string(), std::generic_category().message(number))};
}

bool is_read_only_mount(int fd) {
    struct statvfs mount {};

    return ::fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

}  // namespace

Result<std::string> read_small_file(const std::filesystem::path& path,
                                    std::size_t max_bytes,
                                    Privacy privacy) {
    const File file(path);
    if (file.fd() < 0) {
        return failed(path, errno);
    }

    struct stat facts {};

    if (::fstat(file.fd(), &facts) != 0) {
        return failed(path, errno);
    }
    if (!S_ISREG(facts.st_mode)) {
        return Error{ErrorCode::InvalidData, fmt::format("{} is no regular file", path.string())};
    }
    if (privacy == Privacy::OwnerOnly && (facts.st_mode & 0077U) != 0 &&
        !is_read_only_mount(file.fd())) {
        return Error{
            ErrorCode::Denied,
            fmt::format(
                "{} can be read by others (mode {:04o})", path.string(), facts.st_mode & 07777U)};
    }
    std::string out;
    char buffer[4096];
    for (;;) {
        const ssize_t count = ::read(file.fd(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return failed(path, errno);
        }
        if (count == 0) {
            return out;
        }
        out.append(buffer, static_cast<std::size_t>(count));
        if (out.size() > max_bytes) {
            return Error{ErrorCode::ResourceExhausted,
                         fmt::format("{} is larger than {} bytes", path.string(), max_bytes)};
        }
    }
}

bool is_within(const std::filesystem::path& path, const std::filesystem::path& root) {
    std::error_code ignored;
    const auto real = std::filesystem::weakly_canonical(path, ignored);
    const auto folder = std::filesystem::weakly_canonical(root.empty() ? "." : root, ignored);
    const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), real.begin(), real.end());
    return !folder.empty() && end == folder.end() && rest != real.end();
}

}  // namespace aorta::pipeline
