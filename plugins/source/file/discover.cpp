#include "source/file/discover.hpp"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

namespace aorta::plugins::file_source {

namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

void add_directory(const fs::path& path, std::vector<std::string>& found) {
    std::error_code error;
    for (fs::directory_iterator entry{path, error}; !error && entry != fs::directory_iterator{};
         entry.increment(error)) {
        const bool is_hidden = entry->path().filename().string().starts_with('.');
        if (!is_hidden && is_file(entry->path())) {
            found.push_back(entry->path().string());
        }
    }
}

void add_matches(const std::string& pattern, std::vector<std::string>& found) {
    glob_t matches = {};
    // NOLINTNEXTLINE(concurrency-mt-unsafe): unsafe only with '~', which is not asked for
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &matches) == 0) {
        for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
            if (is_file(matches.gl_pathv[i])) {
                found.emplace_back(matches.gl_pathv[i]);
            }
        }
    }
    ::globfree(&matches);
}

void sort_once(std::vector<std::string>& all) {
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
}

}  // namespace

bool is_glob(const std::string& pattern) {
    return pattern.find_first_of("*?[") != std::string::npos;
}

std::vector<std::string> discover(const std::vector<std::string>& patterns) {
    std::vector<std::string> all;
    for (const std::string& pattern : patterns) {
        std::vector<std::string> found;
        if (is_file(pattern)) {  // first: a name may look like a glob
            found.push_back(pattern);
        } else if (is_glob(pattern)) {
            add_matches(pattern, found);
        } else {
            add_directory(pattern, found);
        }
        std::sort(found.begin(), found.end());
        all.insert(all.end(), found.begin(), found.end());
    }
    std::set<std::string> seen;
    std::erase_if(all, [&](const std::string& path) { return !seen.insert(path).second; });
    return all;
}

std::vector<std::string> directories_of(const std::vector<std::string>& patterns) {
    std::vector<std::string> all;
    for (const std::string& pattern : patterns) {
        std::error_code error;
        if (fs::is_directory(pattern, error)) {
            all.push_back(pattern);
            continue;
        }
        // Of "in/*.hl7" it is "in"; deeper ones are left to the rescan.
        const fs::path fixed = pattern.substr(0, pattern.find_first_of("*?["));
        const fs::path parent = fixed.parent_path();
        all.push_back(parent.empty() ? "." : parent.string());
    }
    sort_once(all);
    return all;
}

}  // namespace aorta::plugins::file_source
