#include "common/hl7/line_ends.hpp"

#include "common/hl7/scan.hpp"

#include <algorithm>
#include <cstddef>

namespace aorta::hl7 {

std::string_view with_cr_ends(std::string_view message, std::string& scratch) {
    const std::size_t first = find_either(message, '\r', '\n');
    if (first == std::string_view::npos) {
        return message;
    }
    // With CR as the end, an LF of its own is data, unless it is the last byte.
    const std::string_view end = message[first] == '\n' ? "\n" : "\r\n";
    if (end.size() == 2 && message.find(end) == std::string_view::npos &&
        !message.ends_with('\n')) {
        return message;
    }
    scratch.clear();
    while (!message.empty()) {
        std::string_view line = message.substr(0, message.find(end));
        message.remove_prefix(std::min(line.size() + end.size(), message.size()));
        if (message.empty() && line.ends_with('\n')) {
            line.remove_suffix(1);
        }
        while (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!line.empty()) {
            scratch.append(line) += '\r';
        }
    }
    return scratch;
}

}  // namespace aorta::hl7
