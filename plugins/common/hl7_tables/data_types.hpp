// The syntax of numbers in HL7 v2.
#pragma once

#include <string_view>

namespace aorta::hl7_tables {

/// NM: [+-]digits[.digits], at least one digit, no exponent.
bool is_number(std::string_view value);

/// SI: 0 … 9999.
bool is_set_id(std::string_view value);

}  // namespace aorta::hl7_tables
