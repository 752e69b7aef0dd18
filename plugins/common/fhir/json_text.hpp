// Text between UTF-8 and JSON strings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aorta::fhir {

/// How many bytes from the beginning are well-formed UTF-8: all of them, or the offset of the first
/// that is not.
std::size_t valid_utf8_length(std::string_view text);

/// Appends the text as a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD;
/// returns how many characters did.
std::size_t append_json_string(std::string_view text, std::string& out);

/// Appends the text of a JSON string without its quotes, escapes decoded. Expects a string
/// in which find_bad_escape found nothing.
void append_unescaped(std::string_view raw, std::string& out);

}  // namespace aorta::fhir
