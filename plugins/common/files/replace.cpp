#include "common/files/replace.hpp"

#include "common/files/error.hpp"
#include "common/files/fd.hpp"
#include "common/files/text.hpp"

#include <aorta/crash_point.hpp>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace aorta::files {

namespace {

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::optional<std::string>> read_small_file(const std::string& path, std::size_t max_bytes) {
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) {
        if (errno == ENOENT) {
            return std::optional<std::string>{};
        }
        return errno_error(errno, "open the file", path);
    }
    std::string content;
    char chunk[16384];
    while (true) {
        const ssize_t count = ::read(fd.get(), chunk, sizeof chunk);
        if (count == 0) {
            return std::optional{content};
        }
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return errno_error(errno, "read the file", path);
        }
        content.append(chunk, static_cast<std::size_t>(count));
        if (content.size() > max_bytes) {
            return Error{ErrorCode::ResourceExhausted, "the file is too large", path};
        }
    }
}

Result<void> replace_file(const std::string& path, std::string_view content) {
    const std::string temporary = path + ".part";
    std::error_code failed;
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), failed);
    const Fd fd{
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!fd) {
        return errno_error(errno, "create the file", temporary);
    }
    const Written written = write_all(fd.get(), content);
    if (written.error != 0) {
        return errno_error(written.error, "write the file", temporary);
    }
    crash_point("files.part_written");
    if (::fdatasync(fd.get()) != 0) {
        return errno_error(errno, "sync the file", temporary);
    }
    crash_point("files.part_synced");
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        return errno_error(errno, "rename the file", temporary);
    }
    crash_point("files.replaced");
    const std::string directory = directory_of(path);
    const Fd parent{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!parent || ::fsync(parent.get()) != 0) {
        return errno_error(errno, "sync the directory", directory);
    }
    return {};
}

}  // namespace aorta::files
