// Makes the file of the next segment ahead of time: zeros, synced.
#pragma once

#include "spool/file_system.hpp"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace aorta::spool {

/// One file at a time, on a thread of its own. [any thread; one mutex]
class Preparer {
public:
    struct Prepared {
        std::filesystem::path path;
        std::unique_ptr<File> file;
        int error = 0;  ///< 0: `file` has the size, zeros, and is synced
    };

    Preparer(FileSystem& files, std::filesystem::path folder, std::uint64_t bytes);
    Preparer(const Preparer&) = delete;
    Preparer& operator=(const Preparer&) = delete;
    /// Removes what is left.
    ~Preparer();

    /// Begins, when nothing is ready or on its way.
    void want();
    bool is_ready() const;
    /// The file, waited for; it is wanted by that.
    Prepared take();

private:
    void run(const std::stop_token& stop);
    Prepared prepare(const std::filesystem::path& path, const std::stop_token& stop);

    FileSystem& files_;
    const std::filesystem::path folder_;
    const std::uint64_t bytes_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    bool is_wanted_ = false;
    std::optional<Prepared> ready_;
    std::jthread thread_;
};

/// Writes all of it, in as many calls as it takes. EIO when the file takes nothing.
Io write_all(File& file, std::span<const std::uint8_t> bytes, std::uint64_t offset);

}  // namespace aorta::spool
