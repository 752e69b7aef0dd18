// Small questions about text.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aorta::base {

/// Offset of the first byte that is not part of a well-formed UTF-8 sequence.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// Number of code points in well-formed UTF-8; a stray byte counts as one.
std::size_t count_code_points(std::string_view text);

/// [a-z][a-z0-9_]*, at most 64 characters: the names of nodes, options and plugins.
bool is_snake_case(std::string_view text);

/// Without leading and trailing spaces, tabs, CR and LF.
std::string_view trim(std::string_view text);

/// "a, b, c"
std::string join(std::span<const std::string> parts, std::string_view separator);

}  // namespace aorta::base
