// Files that hold patient data.
#pragma once

#include <filesystem>
#include <string_view>

namespace aorta::app {

/// Writes and syncs a new file that only its owner can read; false with errno set when it cannot,
/// or when there is one.
bool write_private(const std::filesystem::path& file, std::string_view bytes);

}  // namespace aorta::app
