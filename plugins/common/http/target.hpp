// What a request is about: paths, queries, percent-encoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aorta::http {

struct Target {
    std::string path;   // decoded, begins with a slash; or "*"
    std::string query;  // as sent, without the question mark
};

/// "/a%20b?c=d", also with a scheme and a host before it. Nothing for what is no target: bad
/// percent-encoding, control characters.
std::optional<Target> parse_target(std::string_view raw);

/// The first value of this name in a query, decoded.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

std::optional<std::string> percent_decode(std::string_view text);

/// All but letters, digits and -._~ as %XX.
std::string percent_encode(std::string_view text);

}  // namespace aorta::http
