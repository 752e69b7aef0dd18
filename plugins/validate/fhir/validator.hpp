// Checking a FHIR resource against R4 and profiles.
#pragma once

#include "common/fhir/tree.hpp"
#include "validate/fhir/findings.hpp"
#include "validate/fhir/profile.hpp"
#include "validate/fhir/profile_check.hpp"
#include "validate/fhir/structure_check.hpp"

#include <map>
#include <string>
#include <vector>

namespace aorta::plugins::validate_fhir {

/// dom-6 asks for a narrative, which no feed has.
inline std::map<std::string, Severity, std::less<>> default_rules() {
    return {{"dom-6", Severity::Off}};
}

struct ValidatorConfig {
    std::vector<std::string> profile_texts = {};  ///< StructureDefinitions and ValueSets
    std::vector<std::string> apply = {};          ///< urls, to resources of their types
    bool vital_signs = true;                      ///< by code, whether or not a resource claims it
    StructureOptions structure = {};
    Severities severities = default_severities();
    std::map<std::string, Severity, std::less<>> rules = default_rules();
};

/// Reads one resource after the other, reusing its memory. One thread at a time.
class Validator {
public:
    /// Texts of profiles that do not load are left out: read_options refuses them.
    explicit Validator(const ValidatorConfig& config);
    Validator(const Validator&) = delete;
    Validator& operator=(const Validator&) = delete;
    Validator(Validator&&) = delete;
    Validator& operator=(Validator&&) = delete;
    ~Validator() = default;

    /// All findings, Reporter::kMaxFindings at most. Valid until the next call.
    const std::vector<Finding>& run(const fhir::Tree& tree);

private:
    void profiles_of(const TypedElement& resource, const FhirPathContext& context);

    ProfileSet profiles_;
    std::vector<std::string> apply_;
    bool vital_signs_;
    Reporter report_;
    ProfileCheck profile_check_;
    StructureCheck structure_;
    std::string scratch_;
};

}  // namespace aorta::plugins::validate_fhir
