// Finding the files that patterns name.
#pragma once

#include <string>
#include <vector>

namespace aorta::plugins::file_source {

/// The paths, each once, in the order of the patterns; those of one pattern sorted. A pattern is a
/// path, a glob (`*`, `?`, `[…]`) or a directory, which stands for its files that do not begin with
/// a dot. What is no regular file is left out.
std::vector<std::string> discover(const std::vector<std::string>& patterns);

bool is_glob(const std::string& pattern);

/// The directories to watch for changes: those that the patterns name.
std::vector<std::string> directories_of(const std::vector<std::string>& patterns);

}  // namespace aorta::plugins::file_source
