#include "common/fhir/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace aorta::fhir {

namespace {

/// 0.d1d2d3… × 10^scale, d1 not 0; no digits: zero.
struct Decimal {
    bool is_negative = false;
    std::string_view digits;  // may hold the point
    std::int64_t scale = 0;
};

std::int64_t read_exponent(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    constexpr std::int64_t kMost = 1'000'000'000'000;  // no text has so many digits
    std::int64_t value = 0;
    for (const char c : text) {
        value = std::min(kMost, value * 10 + (c - '0'));
    }
    return is_negative ? -value : value;
}

Decimal read(std::string_view text) {
    Decimal read;
    read.is_negative = text.starts_with('-');
    if (read.is_negative) {
        text.remove_prefix(1);
    }
    const std::size_t mark = text.find_first_of("eE");
    if (mark != std::string_view::npos) {
        read.scale = read_exponent(text.substr(mark + 1));
        text = text.substr(0, mark);
    }
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::size_t first = text.find_first_of("123456789");
    if (first == std::string_view::npos) {
        return {};
    }
    read.digits = text.substr(first);
    read.scale += static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
    if (first > point) {
        read.scale += 1;  // the point itself
    }
    return read;
}

/// The next digit, passing over the point; zeros behind the last.
char take_digit(std::string_view& digits) {
    if (digits.starts_with('.')) {
        digits.remove_prefix(1);
    }
    if (digits.empty()) {
        return '0';
    }
    const char digit = digits.front();
    digits.remove_prefix(1);
    return digit;
}

int compare_magnitudes(Decimal left, Decimal right) {
    if (left.scale != right.scale) {
        return left.scale < right.scale ? -1 : 1;
    }
    while (!left.digits.empty() || !right.digits.empty()) {
        const char a = take_digit(left.digits);
        const char b = take_digit(right.digits);
        if (a != b) {
            return a < b ? -1 : 1;
        }
    }
    return 0;
}

int places_of(std::string_view text) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) {
        return 0;
    }
    const std::size_t end = std::min(text.find_first_of("eE"), text.size());
    return static_cast<int>(std::min<std::size_t>(end - point - 1, 300));
}

double to_double(std::string_view text) {
    double value = 0.0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

int compare_decimals(std::string_view left, std::string_view right) {
    const Decimal a = read(left);
    const Decimal b = read(right);
    const auto sign_of = [](const Decimal& each) {
        return each.digits.empty() ? 0 : each.is_negative ? -1 : 1;
    };
    if (sign_of(a) != sign_of(b)) {
        return sign_of(a) < sign_of(b) ? -1 : 1;
    }
    return sign_of(a) == 0 ? 0 : sign_of(a) * compare_magnitudes(a, b);
}

bool are_equivalent_decimals(std::string_view left, std::string_view right) {
    const double unit = std::pow(10.0, std::min(places_of(left), places_of(right)));
    return std::round(to_double(left) * unit) == std::round(to_double(right) * unit);
}

}  // namespace aorta::fhir
