// Why data is used: the codes of PurposeOfUse, and which of them are part of others.
#pragma once

#include <string_view>

namespace aorta::plugins::consent {

/// A code of the value set v3-PurposeOfUse (terminology.hl7.org).
bool is_purpose(std::string_view code);

/// Whether `narrow` is `wide` or a part of it: COC is part of TREAT.
bool is_part_of(std::string_view narrow, std::string_view wide);

/// The purpose that this one is part of; empty if it is part of none.
std::string_view wider(std::string_view code);

/// Emergency access by a person who says so. No other purpose brings it with it.
inline constexpr std::string_view kBreakGlass = "BTG";

}  // namespace aorta::plugins::consent
