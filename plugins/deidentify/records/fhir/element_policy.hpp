// The treatment of every element of FHIR: the rules of a pipeline, then those of the profile.
#pragma once

#include "common/fhir_definitions/definitions.hpp"
#include "common/privacy/policy.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aorta::plugins::deidentify {

/// How the value of an element is rewritten. What has not the form that its treatment expects is
/// removed.
enum class ElementTreatment : std::uint8_t {
    Remove,
    Keep,          ///< byte for byte
    Walk,          ///< its members by their own treatments
    Date,          ///< the year, nothing if it shows an age above 89; or shifted, or kept
    Text,          ///< free text: removed or scrubbed
    CodedText,     ///< kept beside a code, else as Text
    Label,         ///< kept without spaces, else as Text
    Id,            ///< of a resource: a new one
    Reference,     ///< to a resource with a new id
    Url,           ///< of a resource with a new id: Bundle.entry.fullUrl
    Request,       ///< "Patient", "Patient/1", "Patient?identifier=…"
    Condition,     ///< "identifier=…"
    ResourceType,  ///< kept if it names a resource of R4
    Identifier,    ///< the value of an identifier: removed, or a code
    State,         ///< a state of the United States, a short code elsewhere
    PostalCode,    ///< three digits of a ZIP code
    Country,       ///< a name of the United States, a short code
};

/// A rule of the pipeline that fits an element; null when none does.
struct OwnRule {
    const privacy::Treatment* treatment = nullptr;
    std::size_t index = 0;

    explicit operator bool() const { return treatment != nullptr; }
};

/// Where an element is.
struct Place {
    fhir_definitions::Type parent;
    const fhir_definitions::Element* element;
    std::string_view
        path;  ///< from the resource: Patient.contact.name; the choice's name without type
};

/// One thread at a time: what the profile says of an element is remembered.
class ElementPolicy {
public:
    /// `rules` are those for FHIR.
    ElementPolicy(privacy::Profile profile, std::vector<privacy::Rule> rules);

    /// The first rule of the pipeline that fits.
    OwnRule find_own(const Place& place) const;

    /// Whether one goes before the rule of that index.
    bool has_rule_before(std::size_t index) const;

    ElementTreatment treatment_of(fhir_definitions::Type parent,
                                  const fhir_definitions::Element& element);

private:
    using Index = std::unordered_map<std::string, std::size_t>;

    ElementTreatment look_up(fhir_definitions::Type parent,
                             const fhir_definitions::Element& element) const;

    privacy::Profile profile_;
    std::vector<privacy::Rule> rules_;
    Index paths_;
    Index types_;
    Index names_;
    std::unordered_map<const fhir_definitions::Element*, ElementTreatment> known_;
};

}  // namespace aorta::plugins::deidentify
