#include "common/expression/number.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace aorta::expression {

std::optional<double> parse_number(std::string_view text) {
    constexpr std::size_t kMaxDigits = 64;
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    const bool is_negative = !text.empty() && text.front() == '-';
    if (is_negative || (!text.empty() && text.front() == '+')) {
        text.remove_prefix(1);
    }
    const auto is_part = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
    if (text.size() > kMaxDigits || !std::all_of(text.begin(), text.end(), is_part)) {
        return std::nullopt;
    }
    // from_chars refuses "", "." and stops at a second point.
    double value = 0.0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return is_negative ? -value : value;
}

}  // namespace aorta::expression
