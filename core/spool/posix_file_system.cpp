#include "spool/file_system.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace aorta::spool {

namespace fs = std::filesystem;

namespace {

/// Calls until it is not interrupted.
template <class Call>
Io retried(Call call) {
    for (;;) {
        const auto got = call();
        if (got >= 0) {
            return {static_cast<std::int64_t>(got), 0};
        }
        if (errno != EINTR) {
            return {0, errno};
        }
    }
}

class PosixFile final : public File {
public:
    explicit PosixFile(int descriptor) : descriptor_(descriptor) {}

    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;

    ~PosixFile() override { ::close(descriptor_); }

    Io read_at(std::span<std::uint8_t> into, std::uint64_t offset) override {
        return retried([&] {
            return ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
        });
    }

    Io write_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) override {
        return retried([&] {
            return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        });
    }

    // Not called again when it fails: the kernel forgets what it could not write.
    Io sync() override { return ::fdatasync(descriptor_) == 0 ? Io{} : Io{0, errno}; }

    Io truncate(std::uint64_t size) override {
        return retried([&] { return ::ftruncate(descriptor_, static_cast<off_t>(size)); });
    }

    Io size() override {
        struct stat status = {};
        return ::fstat(descriptor_, &status) == 0 ? Io{status.st_size, 0} : Io{0, errno};
    }

private:
    int descriptor_;
};

class PosixFileSystem final : public FileSystem {
public:
    Io open(const fs::path& path, Mode mode, std::unique_ptr<File>& file) override {
        const int how = mode == Mode::Read    ? O_RDONLY
                        : mode == Mode::Write ? O_RDWR
                                              : O_RDWR | O_CREAT | O_EXCL;
        return opened(path, how, file);
    }

    Io rename(const fs::path& from, const fs::path& to) override {
        return ::rename(from.c_str(), to.c_str()) == 0 ? Io{} : Io{0, errno};
    }

    Io remove(const fs::path& path) override {
        return ::unlink(path.c_str()) == 0 ? Io{} : Io{0, errno};
    }

    Io make_directory(const fs::path& path) override {
        std::error_code trouble;
        if (fs::is_directory(path, trouble)) {
            return {};
        }
        if (path.has_parent_path() && path.parent_path() != path) {
            if (const Io made = make_directory(path.parent_path()); made.error != 0) {
                return made;
            }
        }
        return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST ? Io{} : Io{0, errno};
    }

    Io sync_directory(const fs::path& path) override {
        std::unique_ptr<File> directory;
        if (const Io got = opened(path, O_RDONLY | O_DIRECTORY, directory); got.error != 0) {
            return got;
        }
        return directory->sync();
    }

    Io list(const fs::path& path, std::vector<std::string>& names) override {
        std::error_code trouble;
        names.clear();
        fs::directory_iterator entry{path, trouble};
        while (!trouble && entry != fs::directory_iterator{}) {
            names.push_back(entry->path().filename().string());
            entry.increment(trouble);
        }
        return {0, trouble.value()};
    }

    Io lock(const fs::path& path, std::unique_ptr<File>& held) override {
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (descriptor < 0) {
            return {0, errno};
        }
        held = std::make_unique<PosixFile>(descriptor);
        return retried([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); });
    }

private:
    static Io opened(const fs::path& path, int how, std::unique_ptr<File>& file) {
        const Io got = retried([&] { return ::open(path.c_str(), how | O_CLOEXEC, 0600); });
        if (got.error == 0) {
            file = std::make_unique<PosixFile>(static_cast<int>(got.count));
        }
        return {0, got.error};
    }
};

}  // namespace

FileSystem& posix_file_system() {
    static PosixFileSystem machine;  // has no state
    return machine;
}

}  // namespace aorta::spool
