#include "common/http/target.hpp"

#include <algorithm>

namespace aorta::http {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// Behind the scheme and the host of an absolute form.
std::string_view origin_form(std::string_view raw) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (raw.starts_with(scheme)) {
            const std::size_t path = raw.find_first_of("/?", scheme.size());
            return path == std::string_view::npos ? "/" : raw.substr(path);
        }
    }
    return raw;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        plain += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return plain;
}

std::string percent_encode(std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
        }
    }
    return encoded;
}

std::optional<Target> parse_target(std::string_view raw) {
    const std::string_view origin = origin_form(raw);
    const std::size_t question = std::min(origin.find('?'), origin.size());
    const std::string_view query = origin.substr(std::min(question + 1, origin.size()));
    const auto path = percent_decode(origin.substr(0, question));
    if (!path || raw.find('#') != std::string_view::npos ||  // a fragment is never sent
        std::any_of(path->begin(), path->end(), is_control) ||
        std::any_of(query.begin(), query.end(), is_control)) {
        return std::nullopt;
    }
    if (path->empty() && !raw.empty() && raw.front() != '?') {
        return Target{"/", std::string{query}};
    }
    if (!path->starts_with('/') && *path != "*") {
        return std::nullopt;
    }
    return Target{*path, std::string{query}};
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (percent_decode(pair.substr(0, equals)) != name) {
            continue;
        }
        std::string value{pair.substr(std::min(equals + 1, pair.size()))};
        std::replace(value.begin(), value.end(), '+', ' ');
        return percent_decode(value);
    }
    return std::nullopt;
}

}  // namespace aorta::http
