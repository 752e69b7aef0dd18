// What can be wrong with a resource, and how it is said.
#pragma once

#include "common/fhir_definitions/definitions.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::plugins::validate_fhir {

enum class Severity : std::uint8_t { Off, Warning, Error };

enum class Problem : std::uint8_t {
    UnknownResource,
    UnknownElement,
    WrongKind,
    RequiredElementMissing,
    EmptyValue,
    BlankValue,
    MalformedValue,
    SeveralChoices,
    CodeNotInValueSet,
    MalformedReference,
    ReferenceTarget,
    ReferenceNotFound,
    BadContained,
    BadNarrative,
    UnknownModifierExtension,
    InvariantFailed,
    BestPractice,
    UnknownProfile,
    ProfileCardinality,
    ProfileValue,
    ProfileSlice,
    ProfileCode,
    ProfileType,
};
inline constexpr std::size_t kProblemCount = 23;

struct ProblemInfo {
    std::string_view reason;
    std::string_view issue_type;  ///< of an OperationOutcome
    Severity severity;            ///< unless the pipeline says otherwise
    std::string_view summary;
};

// In the order of Problem.
inline constexpr ProblemInfo kProblems[kProblemCount] = {
    {"fhir.unknown_resource", "structure", Severity::Error, "resourceType names no resource of R4"},
    {"fhir.unknown_element", "structure", Severity::Error, "the type has no element of that name"},
    {"fhir.wrong_kind",
     "structure",
     Severity::Error,
     "an object, array, string, number or boolean stands where another is expected"},
    {"fhir.required_element_missing", "required", Severity::Error, "a required element is missing"},
    {"fhir.empty_value", "structure", Severity::Error, "an object, array, string or null is empty"},
    {"fhir.blank_value", "value", Severity::Warning, "a text is nothing but white space"},
    {"fhir.malformed_value", "value", Severity::Error, "a value has not the form of its type"},
    {"fhir.several_choices", "structure", Severity::Error, "a choice has more than one type"},
    {"fhir.code_not_in_value_set",
     "code-invalid",
     Severity::Error,
     "a code is not in the value set that is required"},
    {"fhir.malformed_reference",
     "value",
     Severity::Error,
     "a reference is neither relative nor absolute, nor leads to a contained resource"},
    {"fhir.reference_target",
     "structure",
     Severity::Error,
     "a reference leads to a resource of a type that is not allowed there"},
    {"fhir.reference_not_found",
     "not-found",
     Severity::Error,
     "a reference leads to no contained resource"},
    {"fhir.bad_contained",
     "structure",
     Severity::Error,
     "a contained resource has contained ones, no id or another's, metadata, or no reference"},
    {"fhir.bad_narrative",
     "invalid",
     Severity::Error,
     "a narrative is not the XHTML that FHIR allows"},
    {"fhir.unknown_modifier_extension",
     "extension",
     Severity::Error,
     "a modifier extension is not known, and may change what the resource means"},
    {"fhir.invariant_failed", "invariant", Severity::Error, "a rule of R4 or a profile is broken"},
    {"fhir.best_practice", "invariant", Severity::Warning, "a recommendation is not followed"},
    {"fhir.unknown_profile",
     "not-found",
     Severity::Warning,
     "meta.profile names a profile that is not loaded"},
    {"fhir.profile_cardinality",
     "required",
     Severity::Error,
     "a profile wants more values, or allows fewer"},
    {"fhir.profile_value",
     "value",
     Severity::Error,
     "a value is not the one that a profile demands"},
    {"fhir.profile_slice",
     "structure",
     Severity::Error,
     "a value is in none of a profile's slices, or there are too few or many in one"},
    {"fhir.profile_code",
     "code-invalid",
     Severity::Error,
     "a code is not in the value set that a profile requires"},
    {"fhir.profile_type", "structure", Severity::Error, "a profile allows no value of that type"},
};

constexpr const ProblemInfo& info_of(Problem problem) {
    return kProblems[static_cast<std::size_t>(problem)];
}

using Severities = std::array<Severity, kProblemCount>;

constexpr Severities default_severities() {
    Severities all{};
    for (std::size_t i = 0; i < kProblemCount; ++i) {
        all[i] = kProblems[i].severity;
    }
    return all;
}

/// Never holds a value of the resource, nor a name that R4 does not have.
struct Finding {
    Problem problem;
    Severity severity;
    std::string path;  ///< FHIRPath: Observation.component[1].value.ofType(Quantity).unit
    std::string text;  ///< what to mend, for the sender
};

/// [{"reason":"fhir.…","severity":"error","code":"required","path":"Patient.name","text":"…"},…]
std::string to_json(const std::vector<Finding>& findings);
/// The same as an OperationOutcome.
std::string to_operation_outcome(const std::vector<Finding>& findings);

/// Where the check stands: element by element from the resource.
class Place {
public:
    void begin(std::string_view resource) {
        root_ = resource;
        steps_.clear();
    }

    void enter(const fhir_definitions::Element& element) {
        steps_.push_back({&element, {}, kNone});
    }

    /// An element that the tables do not have: of a fixed text.
    void enter(std::string_view name) { steps_.push_back({nullptr, name, kNone}); }

    void at(std::uint32_t index) { steps_.back().index = index; }

    void leave() { steps_.pop_back(); }

    std::string text() const;

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    struct Step {
        const fhir_definitions::Element* element;
        std::string_view name;
        std::uint32_t index;
    };

    std::string_view root_;
    std::vector<Step> steps_;
};

/// Collects the findings of a resource, kMaxFindings at most. When there is no room any more, an
/// error takes the place of the last warning: no number of warnings hides one.
class Reporter {
public:
    static constexpr std::size_t kMaxFindings = 100;

    /// `by_rule`: severities of single invariants, by key.
    Reporter(const Severities& severities, std::map<std::string, Severity, std::less<>> by_rule)
        : severities_(severities), by_rule_(std::move(by_rule)) {}

    void begin(std::string_view resource) {
        place.begin(resource);
        findings_.clear();
        warnings_ = 0;
    }

    const std::vector<Finding>& findings() const { return findings_; }

    /// At the place where the check stands. `text` makes the text, and is not called for what
    /// nobody wants.
    template <class Text>
    void add(Problem problem, Text&& text) {
        const Severity severity = severities_[static_cast<std::size_t>(problem)];
        if (wants(severity)) {
            store(problem, severity, text());
        }
    }

    /// A broken rule: `key` may have a severity of its own.
    void rule(Problem problem, std::string_view key, std::string_view human);

    /// Whether a rule is worth evaluating.
    bool wants_rule(Problem problem, std::string_view key) const {
        return severity_of(problem, key) != Severity::Off;
    }

    Place place;

private:
    bool wants(Severity severity) const {
        return severity != Severity::Off &&
               (findings_.size() < kMaxFindings || (severity == Severity::Error && warnings_ > 0));
    }

    Severity severity_of(Problem problem, std::string_view key) const {
        const auto own = by_rule_.find(key);
        return own != by_rule_.end() ? own->second : severities_[static_cast<std::size_t>(problem)];
    }

    void store(Problem problem, Severity severity, std::string text);

    Severities severities_;
    std::map<std::string, Severity, std::less<>> by_rule_;
    std::vector<Finding> findings_;
    std::size_t warnings_ = 0;  // among them
};

}  // namespace aorta::plugins::validate_fhir
