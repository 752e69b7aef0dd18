// The input files of `aorta pipe`.
#pragma once

#include <aorta/result.hpp>

#include <string>
#include <vector>

namespace aorta::app {

/// Files and folders stay, for a `file` source. A single stream (`-`, a named pipe) takes the place
/// of standard input, and none are left. NotFound or Denied names the first that cannot be opened;
/// InvalidConfig: a stream among others.
Result<std::vector<std::string>> open_input(const std::vector<std::string>& files);

}  // namespace aorta::app
