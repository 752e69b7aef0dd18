// What of an address may stay under Safe Harbor: 45 CFR 164.514(b)(2)(i)(B).
#pragma once

#include <string_view>

namespace aorta::privacy {

/// A name or code of the United States.
bool is_united_states(std::string_view country);
/// A code or name of a state or territory of the United States.
bool is_us_state(std::string_view text);
/// Up to three letters and digits: a code of a country, a region, a type.
bool is_short_code(std::string_view text);
/// Up to 40 printable ASCII characters, no space.
bool is_label(std::string_view text);

/// 60601, 60601-1234 and 606011234 give 606, or 000 where too few live; anything else is no ZIP
/// code: empty.
std::string_view zip3_of(std::string_view postal_code);

/// True if more than 20,000 people lived in the three-digit ZIP area in the census of 2020.
bool is_populous_zip3(unsigned zip3);

}  // namespace aorta::privacy
