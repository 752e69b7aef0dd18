// A directory that no path leads out of.
#pragma once

#include "common/files/fd.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::files {

/// Opens files by paths relative to a directory and never leaves it: `..`, absolute paths and
/// symbolic links on the way are refused. Every component is opened from its parent's descriptor
/// without following links, which confines as openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS) does,
/// also on kernels and under container profiles that lack that call, and lets new directories be
/// synced on the way. Errors have an empty `where`: a path made from a template may hold what a
/// message said.
class Root {
public:
    /// Opens the directory; makes it and its parents (mode 0700) where they are missing. Links in
    /// `path` itself are followed: it is the operator's word.
    static Result<Root> open(const std::string& path);

    struct File {
        Fd fd;
        std::uint64_t size_bytes = 0;
    };

    /// A regular file for reading and appending, made (mode 0600, its entry synced) where missing.
    Result<File> open_append(std::string_view path) const;

    /// The same for a file that exists, and makes nothing; NotFound otherwise.
    Result<File> open_existing(std::string_view path) const;

    /// Writes a whole file by way of a hidden temporary one that is renamed over `path`. The new
    /// entry is durable only after sync_directory.
    Result<void> put(std::string_view path, std::string_view content, bool sync) const;

    /// The temporary file by way of which `put` writes `path`; a crash may leave it.
    static std::string temporary(std::string_view path);

    /// fsync of a directory.
    Result<void> sync_directory(std::string_view directory) const;

    /// Removes a file. The removal is durable only after sync_directory.
    Result<void> remove(std::string_view path) const;

    /// The names in a directory; none if it does not exist.
    Result<std::vector<std::string>> names(std::string_view directory) const;

private:
    explicit Root(Fd directory) : directory_(std::move(directory)) {}

    enum class Missing { Make, Refuse };

    Result<Fd> walk(std::string_view directory, Missing missing = Missing::Make) const;
    Result<File> open_file(std::string_view path, Missing missing) const;

    Fd directory_;
};

/// "a/b/c" is {"a/b", "c"}.
struct SplitPath {
    std::string_view directory;
    std::string_view name;
};

SplitPath split_path(std::string_view path);

/// True for a relative path whose components are neither empty nor "." nor "..".
bool is_plain_relative(std::string_view path);

}  // namespace aorta::files
