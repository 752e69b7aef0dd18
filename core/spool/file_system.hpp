// The file calls of the spool, so that tests can fail the n-th of them and lose what was not
// synced.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aorta::spool {

/// What a call gave: `error` is an errno, 0 when it went well; `count` the bytes of a read or write
/// (may be fewer than asked for), or a size.
struct Io {
    std::int64_t count = 0;
    int error = 0;
};

/// [one thread at a time for writes and syncs; reads from any]
class File {
public:
    File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    virtual ~File() = default;
    virtual Io read_at(std::span<std::uint8_t> into, std::uint64_t offset) = 0;
    virtual Io write_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) = 0;
    /// fdatasync. After a failure nothing is known of what was written since the last one.
    virtual Io sync() = 0;
    virtual Io truncate(std::uint64_t size) = 0;
    virtual Io size() = 0;
};

/// Paths are absolute or relative to the process. New files have mode 0600, folders 0700.
class FileSystem {
public:
    enum class Mode { Read, Write, Create };  ///< Create: for writing, and it must not exist

    FileSystem() = default;
    FileSystem(const FileSystem&) = delete;
    FileSystem& operator=(const FileSystem&) = delete;
    virtual ~FileSystem() = default;
    virtual Io open(const std::filesystem::path& path, Mode mode, std::unique_ptr<File>& file) = 0;
    virtual Io rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual Io remove(const std::filesystem::path& path) = 0;
    virtual Io make_directory(
        const std::filesystem::path& path) = 0;  ///< with its parents; fine when it exists
    virtual Io sync_directory(const std::filesystem::path& path) = 0;
    virtual Io list(const std::filesystem::path& path, std::vector<std::string>& names) = 0;
    /// Opens the file, making it when it is missing, and locks it against every other opener that
    /// locks until `held` goes. EWOULDBLOCK: another holds it; `held` may be read then.
    virtual Io lock(const std::filesystem::path& path, std::unique_ptr<File>& held) = 0;
};

/// The machine's.
FileSystem& posix_file_system();

}  // namespace aorta::spool
