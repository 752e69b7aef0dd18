#include "validate/fhir/rules.hpp"

#include <algorithm>
#include <stdexcept>

namespace aorta::plugins::validate_fhir {

namespace {

// Checked where they apply, without expressions.
constexpr std::string_view kWritten[] = {
    "ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "txt-1", "txt-2", "ref-1"};

}  // namespace

Rules::Rules() : ranges_(fhir_definitions::data::kTypeCount) {
    for (const auto& invariant : fhir_definitions::invariants()) {
        auto path = FhirPath::compile(invariant.expression);
        if (!path.ok()) {
            throw std::logic_error(std::string{invariant.key} + ": " + path.error().message);
        }
        auto& range = ranges_[static_cast<std::size_t>(invariant.type)];
        if (range.count == 0) {
            range.first = static_cast<std::uint16_t>(rules_.size());
        }
        ++range.count;
        rules_.push_back({&invariant, std::move(*path)});
    }
}

bool Rules::is_known(std::string_view key) {
    const auto all = fhir_definitions::invariants();
    return std::find(std::begin(kWritten), std::end(kWritten), key) != std::end(kWritten) ||
           std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.key == key; });
}

}  // namespace aorta::plugins::validate_fhir
