// Small files, read and replaced as a whole.
#pragma once

#include <aorta/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::files {

/// The content, or nothing when there is no such file. A file above `max_bytes` is
/// ResourceExhausted.
Result<std::optional<std::string>> read_small_file(const std::string& path, std::size_t max_bytes);

/// Replaces the file so that a crash leaves the old content or the new: temporary file, fdatasync,
/// rename, fsync of the directory. Mode 0600.
Result<void> replace_file(const std::string& path, std::string_view content);

}  // namespace aorta::files
