// The forms of references.
#pragma once

#include "common/fhir_definitions/definitions.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace aorta::plugins::validate_fhir {

enum class ReferenceForm : std::uint8_t {
    Malformed,
    Fragment,     ///< #id, and # for the container
    Relative,     ///< Patient/123, with /_history/1 behind it perhaps
    Conditional,  ///< Patient?identifier=…
    Absolute,     ///< http://…, urn:uuid:…
};

struct ReferenceParts {
    ReferenceForm form = ReferenceForm::Malformed;
    std::optional<fhir_definitions::Type> type = {};  ///< that the text names
    std::string_view id = {};                         ///< behind the type, or of a fragment
};

ReferenceParts parse_reference(std::string_view text);

}  // namespace aorta::plugins::validate_fhir
