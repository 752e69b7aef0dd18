#include "app/feed.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace aorta::app {
namespace {

Error errno_error(const std::string& file) {
    const ErrorCode code = errno == EACCES ? ErrorCode::Denied : ErrorCode::NotFound;
    return {code, file + ": " + std::generic_category().message(errno)};
}

}  // namespace

Result<std::vector<std::string>> open_input(const std::vector<std::string>& files) {
    for (const std::string& file : files) {
        struct stat status = {};
        if (file != "-" &&
            (::stat(file.c_str(), &status) != 0 || ::access(file.c_str(), R_OK) != 0)) {
            return errno_error(file);
        }
        if (file != "-" && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
            continue;
        }
        if (files.size() != 1) {
            return Error{ErrorCode::InvalidConfig,
                         file + " is a stream: give it alone, or join the input with cat"};
        }
        if (file != "-") {
            const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
            if (fd < 0) {
                return errno_error(file);
            }
            ::dup2(fd, STDIN_FILENO);
            ::close(fd);
        }
        return std::vector<std::string>{};
    }
    return files;
}

}  // namespace aorta::app
