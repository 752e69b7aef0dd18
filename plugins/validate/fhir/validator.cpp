#include "validate/fhir/validator.hpp"

#include <algorithm>

namespace aorta::plugins::validate_fhir {

namespace {

/// That of a type of R4, which every resource of it is checked by.
bool is_of_r4(std::string_view url) {
    constexpr std::string_view kCore = "http://hl7.org/fhir/StructureDefinition/";
    return url.starts_with(kCore) && fhir_definitions::is_resource(url.substr(kCore.size()));
}

}  // namespace

Validator::Validator(const ValidatorConfig& config)
    : apply_(config.apply),
      vital_signs_(config.vital_signs),
      report_(config.severities, config.rules),
      profile_check_(profiles_, report_),
      structure_(config.structure, report_, [this](const auto& resource, const auto& context) {
          profiles_of(resource, context);
      }) {
    for (const std::string& text : config.profile_texts) {
        static_cast<void>(profiles_.add(text));
    }
}

const std::vector<Finding>& Validator::run(const fhir::Tree& tree) {
    structure_.run(tree);
    return report_.findings();
}

void Validator::profiles_of(const TypedElement& resource, const FhirPathContext& context) {
    std::vector<const Profile*> wanted;
    const auto want = [&](const Profile* profile) {
        if (profile != nullptr && profile->type == resource.type &&
            std::find(wanted.begin(), wanted.end(), profile) == wanted.end()) {
            wanted.push_back(profile);
        }
    };
    for (const fhir::Element claimed : resource.element["meta"]["profile"].children()) {
        const std::string_view url = claimed.text(scratch_);
        const Profile* const profile = profiles_.find(url);
        if (profile == nullptr && !is_of_r4(url)) {
            report_.add(Problem::UnknownProfile, [] {
                return std::string{
                    "a profile that the resource claims is not among profiles, and "
                    "was not checked"};
            });
        }
        want(profile);
    }
    for (const std::string& url : apply_) {
        want(profiles_.find(url));
    }
    if (vital_signs_ && resource.type == fhir_definitions::Type::Observation) {
        want(profiles_.vital_sign_of(resource.element));
    }
    for (const Profile* const profile : wanted) {
        profile_check_.run(*profile, resource, context);
    }
}

}  // namespace aorta::plugins::validate_fhir
