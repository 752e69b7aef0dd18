// Files as standard input.
#pragma once

#include <aorta/result.hpp>

#include <string>
#include <thread>
#include <vector>

namespace aorta::app {

/// Puts files, one after the other, in place of standard input. `-` is the standard input that
/// there was. Ends its thread when destroyed.
class Feed {
public:
    Feed() = default;
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
    ~Feed();

    /// NotFound or Denied names the first file that cannot be opened.
    Result<void> open(const std::vector<std::string>& files);

private:
    std::vector<int> files_;
    int into_ = -1;
    std::jthread thread_;
};

}  // namespace aorta::app
