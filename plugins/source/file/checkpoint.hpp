// What of which files is settled, as bytes. Format: docs/formats/file-checkpoint.md.
#pragma once

#include "source/file/intervals.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::file_source {

/// How a file is known again. The hash is over its first `head_bytes` bytes: an inode number alone
/// is given out again when a file is removed.
struct FileId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t born_ns = 0;  ///< 0 where the file system does not say
    std::uint64_t head_bytes = 0;
    std::uint64_t head_hash = 0;
    std::string path;

    friend bool operator==(const FileId&, const FileId&) = default;
};

inline constexpr std::size_t kHeadBytes = 1024;

/// Whether a file's first bytes are still those of `id`.
bool begins_as(const FileId& id, std::string_view head);

struct Entry {
    FileId id;
    Intervals settled;

    friend bool operator==(const Entry&, const Entry&) = default;
};

inline constexpr std::size_t kMaxCheckpointBytes = std::size_t{256} << 20U;

std::string encode_checkpoint(std::span<const Entry> entries);

/// Fails with Corrupt, the line in `where`, for anything that encode_checkpoint does not write.
Result<std::vector<Entry>> decode_checkpoint(std::string_view text);

/// FNV-1a, 64 bits: tells accidents, not attacks.
std::uint64_t hash_of(std::string_view bytes);

}  // namespace aorta::plugins::file_source
