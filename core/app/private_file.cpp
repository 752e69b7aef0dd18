#include "app/private_file.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace aorta::app {

bool write_private(const std::filesystem::path& file, std::string_view bytes) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return false;
    }
    bool is_good = true;
    while (is_good && !bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        is_good = written > 0;
        bytes.remove_prefix(is_good ? static_cast<std::size_t>(written) : 0);
    }
    is_good = is_good && ::fdatasync(fd) == 0;
    ::close(fd);
    return is_good;
}

}  // namespace aorta::app
