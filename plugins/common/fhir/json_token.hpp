// The grammar of single JSON tokens.
#pragma once

#include <cstddef>
#include <string_view>

namespace aorta::fhir {

/// Whether the text is exactly one JSON number.
bool is_json_number(std::string_view text);

/// The offset of the first escape in a string (without its quotes) that JSON does not know or that
/// is half of a surrogate pair; the size if all are good.
std::size_t find_bad_escape(std::string_view raw);

/// Four hex digits, or -1.
int read_hex4(std::string_view text);

}  // namespace aorta::fhir
