// Decimals as texts: compared without losing a digit.
#pragma once

#include <string_view>

namespace aorta::fhir {

/// Of two JSON numbers: below 0, 0 or above 0 as the first is less, equal or greater.
int compare_decimals(std::string_view left, std::string_view right);

/// Equal when both are rounded to as many decimal places as the less precise has.
bool are_equivalent_decimals(std::string_view left, std::string_view right);

}  // namespace aorta::fhir
