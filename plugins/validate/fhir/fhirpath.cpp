#include "validate/fhir/fhirpath.hpp"

#include "validate/fhir/fhirpath_evaluation.hpp"
#include "validate/fhir/fhirpath_quick.hpp"

namespace aorta::plugins::validate_fhir {

Result<FhirPath> FhirPath::compile(std::string_view text) {
    FhirPath made;
    const Result<int> root = parse_fhirpath(text, made.nodes_);
    if (!root.ok()) {
        return root.error();
    }
    made.root_ = *root;
    return made;
}

std::optional<bool> FhirPath::holds(const TypedElement& on, const FhirPathContext& context) const {
    const QuickAnswer quick = quick_answer(nodes_, root_, on);
    if (quick != QuickAnswer::Unknown) {
        return quick == QuickAnswer::True;
    }
    Evaluation evaluation{nodes_, context, on};
    const auto truth = evaluation.truth(root_, {item_of(on)});
    return evaluation.is_decided() ? truth : std::nullopt;
}

}  // namespace aorta::plugins::validate_fhir
