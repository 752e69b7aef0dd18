// Finding and reading the public messages that tests run over when they are there.
#pragma once

#include "common/hl7/file_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace aorta::hl7::testing {

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

/// The HL7 v2 files below a folder, in order.
inline std::vector<std::filesystem::path> hl7_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    if (!std::filesystem::is_directory(folder)) {
        return files;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const std::string extension = entry.path().extension().string();
        if (entry.is_regular_file() && (extension == ".hl7" || extension == ".txt")) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

inline std::vector<std::string> messages_of(std::string_view bytes) {
    std::vector<std::string> messages;
    FileReader reader([&](const FileEvent& event) {
        if (event.kind == FileEvent::Kind::Message) {
            messages.emplace_back(event.bytes);
        }
    });
    reader.feed(bytes);
    reader.finish();
    return messages;
}

}  // namespace aorta::hl7::testing
