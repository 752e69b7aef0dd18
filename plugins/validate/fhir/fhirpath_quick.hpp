// Answers to simple expressions, without collections.
#pragma once

#include "validate/fhir/fhirpath.hpp"

namespace aorta::plugins::validate_fhir {

enum class QuickAnswer : std::uint8_t { False, True, Unknown };

/// Most invariants ask whether members are there, and what a code is: the answer, or Unknown where
/// the whole evaluation has to tell.
QuickAnswer quick_answer(const std::vector<FhirPathNode>& nodes, int root, const TypedElement& on);

}  // namespace aorta::plugins::validate_fhir
