// The forms of FHIR's primitive types.
#pragma once

#include "common/fhir_definitions/types.hpp"

#include <string_view>

namespace aorta::plugins::validate_fhir {

/// Whether a text (decoded; numbers and booleans as they stand in JSON) has the form of a primitive
/// type. Empty texts have none. xhtml is looked at elsewhere.
bool is_of_type(std::string_view text, fhir_definitions::Type type);
/// "a date: YYYY, YYYY-MM or YYYY-MM-DD, of a day that exists"
std::string_view form_of_type(fhir_definitions::Type type);
bool is_number(fhir_definitions::Type type);

/// Characters, of which all are white space; an empty text is.
bool is_blank(std::string_view text);
/// [A-Za-z0-9\-\.]{1,64}
bool is_id(std::string_view text);
bool is_mime_type(std::string_view text);
bool is_language(std::string_view text);
bool is_currency(std::string_view text);

}  // namespace aorta::plugins::validate_fhir
