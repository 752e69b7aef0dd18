// The XHTML that FHIR allows in a narrative (txt-1, txt-2).
#pragma once

#include <string_view>

namespace aorta::plugins::validate_fhir {

/// What is wrong with the text of Narrative.div, in words; empty: nothing. `text` is decoded from
/// JSON.
std::string_view problem_of_narrative(std::string_view text);

}  // namespace aorta::plugins::validate_fhir
