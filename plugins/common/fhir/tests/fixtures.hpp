// Finding and reading the public resources that tests run over when they are there.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace aorta::fhir::testing {

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// AORTA_FIXTURES, or ../shared/fixtures beside the checkout; it need not exist.
inline std::filesystem::path fixtures() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in these tests changes the environment.
    if (const char* given = std::getenv("AORTA_FIXTURES")) {
        return given;
    }
    return std::filesystem::path{AORTA_SOURCE_DIR}.parent_path() / "shared" / "fixtures";
}

/// The JSON files below a folder, in order.
inline std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    if (!std::filesystem::is_directory(folder)) {
        return files;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.path().extension() == ".json") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace aorta::fhir::testing
