#pragma once

#include "common/fhir/tree.hpp"

#include <string>

namespace aorta::plugins::consent {

/// The text of a string; empty for anything else.
inline std::string text_of(fhir::Element element) {
    std::string scratch;
    return std::string{element.is(fhir::Kind::String) ? element.text(scratch) : std::string_view{}};
}

}  // namespace aorta::plugins::consent
