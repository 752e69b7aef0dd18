// Which patients the resources of a record are about, and what else a decision looks at.
#pragma once

#include "common/fhir/tree.hpp"
#include "flow/consent/rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::consent {

/// A patient, by all the names that the record gives: Patient/id, system|value. One of whom nothing
/// is known has an empty name alone.
using Patient = std::vector<std::string>;

/// What is decided on as a whole: a resource, or a message of another kind.
struct Unit {
    std::vector<Patient> patients;  ///< all of whom must permit; none: about nobody
    std::string type;               ///< empty: not told, as of resources that hold others
    std::string instance;
    std::vector<std::string> labels;  ///< of the resource, of those in it and of its Bundle
    std::optional<Period> time;       ///< when what it says was so, or was written down
    fhir::Element entry;              ///< of a Bundle
};

bool is_bundle(fhir::Element resource);

/// The resource; of a Bundle, what it holds beside its entries, then entry by entry. Every
/// reference that may be one to a patient counts, wherever it stands, and every Patient within:
/// nobody's data goes because an element was not thought of. Only types that are about nobody
/// (Organization, Practitioner …) may name no patient.
std::vector<Unit> units_of(fhir::Element resource);

/// The Bundle without these entries (in its order), and without `total` and `link`, which no longer
/// fit. All other bytes are as they were, but white space around members and entries.
std::string without_entries(fhir::Element bundle, const std::vector<fhir::Element>& removed);

}  // namespace aorta::plugins::consent
