#include "app/feed.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace aorta::app {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10U;

/// False when the reader is gone.
bool write_all(int fd, const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t wrote = ::write(fd, data, size);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return false;
        }
        data += wrote;
        size -= static_cast<std::size_t>(wrote);
    }
    return true;
}

/// Copies a file; a missing line end at its end is added, so that the next file begins a line.
bool copy(int from, int to) {
    std::array<char, kChunk> buffer;
    char last = '\n';
    while (true) {
        const ssize_t got = ::read(from, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        if (!write_all(to, buffer.data(), static_cast<std::size_t>(got))) {
            return false;
        }
        last = buffer[static_cast<std::size_t>(got) - 1];
    }
    return last == '\n' || last == '\r' || write_all(to, "\n", 1);
}

}  // namespace

Result<void> Feed::open(const std::vector<std::string>& files) {
    for (const std::string& file : files) {
        const int fd =
            file == "-" ? ::dup(STDIN_FILENO) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            const ErrorCode code = errno == EACCES ? ErrorCode::Denied : ErrorCode::NotFound;
            return Error{code, file + ": " + std::strerror(errno)};
        }
        files_.push_back(fd);
    }
    if (files_.size() == 1) {
        ::dup2(files_.front(), STDIN_FILENO);
        return {};
    }
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return Error{ErrorCode::ResourceExhausted, std::strerror(errno)};
    }
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    into_ = ends[1];
    thread_ = std::jthread([this](const std::stop_token& stop) {
        for (const int fd : files_) {
            if (stop.stop_requested() || !copy(fd, into_)) {
                break;
            }
        }
        ::close(std::exchange(into_, -1));
    });
    return {};
}

Feed::~Feed() {
    if (thread_.joinable()) {
        thread_.request_stop();
        // Without a reader the thread's next write fails.
        ::close(STDIN_FILENO);
        thread_.join();
    }
    for (const int fd : files_) {
        ::close(fd);
    }
}

}  // namespace aorta::app
