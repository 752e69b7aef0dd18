// Finds the plugins that are installed.
#pragma once

#include "config/descriptor.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::host {

/// Where to look, first to last: `extra` (the command line), AORTA_PLUGIN_PATH (folders separated
/// by ':'), then ../lib/aorta/plugins and the library folder of the installation, seen from the
/// folder of the executable. Folders of the last kind that do not exist are left out, and so is
/// what stands twice.
std::vector<std::filesystem::path> plugin_folders(const std::filesystem::path& executable,
                                                  std::string_view plugin_path,
                                                  std::span<const std::filesystem::path> extra);

/// A file or folder that could not be used, and why. Not fatal: the others are.
struct Problem {
    std::filesystem::path path;
    std::string message;
};

struct Found {
    config::Catalog catalog;
    std::vector<Problem> problems;  // in the order of the folders, then by name
};

/// Reads the note of every *.so in the folders, by name within a folder; runs none of their code.
/// Of two plugins of one kind and id the first counts and the second is a problem.
Found find_plugins(std::span<const std::filesystem::path> folders);

/// Adds one file to what was found, for a plugin named on the command line.
void add_plugin(const std::filesystem::path& file, Found& found);

}  // namespace aorta::host
