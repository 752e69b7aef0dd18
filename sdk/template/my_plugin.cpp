#include "my_plugin.hpp"

namespace my_plugin_logic {

std::size_t count_words(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r\n";
    std::size_t count = 0;
    for (auto at = text.find_first_not_of(kSpaces); at != std::string_view::npos; ++count) {
        const auto end = text.find_first_of(kSpaces, at);
        at = text.find_first_not_of(kSpaces, end);
    }
    return count;
}

}  // namespace my_plugin_logic
