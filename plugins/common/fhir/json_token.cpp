#include "common/fhir/json_token.hpp"

namespace aorta::fhir {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The offset behind the digits from `at` on.
std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && is_digit(text[at])) {
        ++at;
    }
    return at;
}

bool is_high_surrogate(int unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}

bool is_low_surrogate(int unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/// The length of the escape that the text begins with; 0 if it is none.
std::size_t escape_length(std::string_view text) {
    if (text.size() < 2) {
        return 0;
    }
    if (text[1] != 'u') {
        return std::string_view{"\"\\/bfnrt"}.find(text[1]) == std::string_view::npos ? 0 : 2;
    }
    const int unit = read_hex4(text.substr(2));
    if (unit < 0 || is_low_surrogate(unit)) {
        return 0;
    }
    if (!is_high_surrogate(unit)) {
        return 6;
    }
    const std::string_view second = text.substr(6);
    return second.starts_with("\\u") && is_low_surrogate(read_hex4(second.substr(2))) ? 12 : 0;
}

}  // namespace

bool is_json_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = at;
    at = skip_digits(text, at);
    if (at == whole || (text[whole] == '0' && at > whole + 1)) {
        return false;
    }
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = at + 1;
        at = skip_digits(text, fraction);
        if (at == fraction) {
            return false;
        }
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
            ++at;
        }
        const std::size_t exponent = at;
        at = skip_digits(text, exponent);
        if (at == exponent) {
            return false;
        }
    }
    return at == text.size();
}

std::size_t find_bad_escape(std::string_view raw) {
    std::size_t at = raw.find('\\');
    while (at != std::string_view::npos) {
        const std::size_t length = escape_length(raw.substr(at));
        if (length == 0) {
            return at;
        }
        at = raw.find('\\', at + length);
    }
    return raw.size();
}

int read_hex4(std::string_view text) {
    if (text.size() < 4) {
        return -1;
    }
    int value = 0;
    for (const char c : text.substr(0, 4)) {
        int digit = 0;
        if (is_digit(c)) {
            digit = c - '0';
        } else if (c >= 'a' && c <= 'f') {
            digit = c - 'a' + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = c - 'A' + 10;
        } else {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

}  // namespace aorta::fhir
