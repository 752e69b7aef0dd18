// The choice elements of FHIR R4: value[x] is valueQuantity, valueString, …
#pragma once

#include <string_view>

namespace aorta::fhir {

/// True if some resource or data type has an element `name`[x].
bool may_be_choice(std::string_view name);

/// True for Quantity, String, DateTime, …: what stands for [x].
bool is_choice_type(std::string_view suffix);

/// True if a type's name as paths write it (Quantity, dateTime, FHIR.string) is that suffix.
bool names_type(std::string_view name, std::string_view suffix);

}  // namespace aorta::fhir
