// Numbers as HL7 writes them. Internal to the library.
#pragma once

#include <optional>
#include <string_view>

namespace aorta::expression {

/// A sign, digits, perhaps a point and digits, spaces around (HL7's NM). No exponent, no "<5".
std::optional<double> parse_number(std::string_view text);

}  // namespace aorta::expression
