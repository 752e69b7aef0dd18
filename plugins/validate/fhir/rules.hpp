// The invariants of R4, compiled.
#pragma once

#include "validate/fhir/fhirpath.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace aorta::plugins::validate_fhir {

/// Made once; any thread may read.
class Rules {
public:
    struct Rule {
        const fhir_definitions::Invariant* invariant = nullptr;
        FhirPath path;
    };

    Rules();

    /// Those that all validators of the process share; compiling them takes some milliseconds.
    static const Rules& shared();

    /// Of objects of the type, and of single elements of it.
    std::span<const Rule> of(fhir_definitions::Type type) const {
        const auto& range = ranges_[static_cast<std::size_t>(type)];
        return {rules_.data() + range.first, range.count};
    }

    /// Whether R4 has a rule of that key, which profiles repeat.
    static bool is_known(std::string_view key);

private:
    std::vector<Rule> rules_;
    std::vector<fhir_definitions::data::Range> ranges_;
};

}  // namespace aorta::plugins::validate_fhir
