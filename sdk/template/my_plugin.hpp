// The logic: counts words. It knows nothing of aorta.
#pragma once

#include <cstddef>
#include <string_view>

namespace my_plugin_logic {

/// Number of runs of bytes that are no space, tab or line end.
std::size_t count_words(std::string_view text);

}  // namespace my_plugin_logic
