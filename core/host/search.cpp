#include "host/search.hpp"

#include "host/note.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace aorta::host {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxFilesInFolder = 4096;

void add_folder(std::vector<fs::path>& folders, const fs::path& folder) {
    std::error_code ignored;
    fs::path whole = fs::weakly_canonical(folder, ignored);
    if (whole.empty()) {
        whole = folder;
    }
    if (std::find(folders.begin(), folders.end(), whole) == folders.end()) {
        folders.push_back(std::move(whole));
    }
}

void search_folder(const fs::path& folder, Found& found) {
    std::vector<fs::path> files;
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    for (; !error && entries != fs::directory_iterator{}; entries.increment(error)) {
        if (entries->path().extension() == ".so") {
            files.push_back(entries->path());
        }
        if (files.size() > kMaxFilesInFolder) {
            found.problems.push_back(
                {folder, fmt::format("has more than {} plugins", kMaxFilesInFolder)});
            return;
        }
    }
    if (error) {
        found.problems.push_back({folder, fmt::format("cannot be listed: {}", error.message())});
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        add_plugin(file, found);
    }
}

}  // namespace

std::vector<fs::path> plugin_folders(const fs::path& executable,
                                     std::string_view plugin_path,
                                     std::span<const fs::path> extra) {
    std::vector<fs::path> folders;
    for (const fs::path& folder : extra) {
        add_folder(folders, folder);
    }
    while (!plugin_path.empty()) {
        const std::size_t colon = plugin_path.find(':');
        if (const auto folder = plugin_path.substr(0, colon); !folder.empty()) {
            add_folder(folders, folder);
        }
        plugin_path =
            colon == std::string_view::npos ? std::string_view{} : plugin_path.substr(colon + 1);
    }
    const fs::path prefix = executable.parent_path().parent_path();
    for (const char* library_folder : {"lib", AORTA_INSTALL_LIBDIR}) {
        const fs::path folder = prefix / library_folder / "aorta" / "plugins";
        std::error_code ignored;
        if (fs::is_directory(folder, ignored)) {
            add_folder(folders, folder);
        }
    }
    return folders;
}

Found find_plugins(std::span<const fs::path> folders) {
    Found found;
    for (const fs::path& folder : folders) {
        search_folder(folder, found);
    }
    return found;
}

void add_plugin(const fs::path& file, Found& found) {
    auto note = read_note(file);
    if (!note) {
        found.problems.push_back({file, note.error().message});
        return;
    }
    auto descriptor = config::parse_descriptor(note->descriptor);
    if (!descriptor) {
        found.problems.push_back({file,
                                  fmt::format("has a bad descriptor: {}: {}",
                                              descriptor.error().where,
                                              descriptor.error().message)});
        return;
    }
    if (auto added = found.catalog.add(file, std::move(*descriptor)); !added) {
        found.problems.push_back({file, added.error().message});
    }
}

}  // namespace aorta::host
