#include "decode/fhir/patient.hpp"

#include <array>
#include <optional>

namespace aorta::plugins::decode_fhir {

namespace {

constexpr std::string_view kPatient = "Patient";
constexpr std::string_view kHistory = "/_history/";

/// Elements by which resources of R4 name whom they tell of.
constexpr std::array<std::string_view, 4> kSubjects{"subject", "patient", "beneficiary", "for"};

std::string text_of(const fhir::Element& element) {
    std::string scratch;
    return element.is(fhir::Kind::String) ? std::string{element.text(scratch)} : std::string{};
}

/// Behind the last such character, or all.
std::string_view behind(std::string_view text, char separator) {
    return text.substr(text.rfind(separator) + 1);
}

/// The text in the form Type/id, if it ends so, without server and version.
std::string_view type_and_id(std::string_view reference) {
    reference = reference.substr(0, reference.find(kHistory));
    const std::size_t slash = reference.rfind('/');
    if (slash == std::string_view::npos || slash + 1 == reference.size()) {
        return {};
    }
    const std::size_t before =
        slash == 0 ? std::string_view::npos : reference.rfind('/', slash - 1);
    return reference.substr(before + 1);
}

/// The one element of an array, or what is none.
fhir::Element only(const fhir::Element& element) {
    if (!element.is(fhir::Kind::Array)) {
        return element;
    }
    const auto children = element.children();
    auto it = children.begin();
    if (!(it != children.end())) {
        return {};
    }
    const fhir::Element first = *it;
    return ++it != children.end() ? fhir::Element{} : first;
}

}  // namespace

void Patients::begin(const fhir::Element& bundle) {
    known_.clear();
    if (config_.kind == KeyKind::None) {
        return;
    }
    for (const fhir::Element entry : bundle["entry"].children()) {
        const fhir::Element resource = entry["resource"];
        if (resource["resourceType"].raw() != kPatient) {
            continue;
        }
        if (std::string url = text_of(entry["fullUrl"]); !url.empty()) {
            known_.emplace(std::move(url), resource);
        }
        if (const std::string id = text_of(resource["id"]); !id.empty()) {
            known_.emplace("Patient/" + id, resource);
        }
    }
}

std::string Patients::key_of(const fhir::Element& resource) const {
    if (config_.kind == KeyKind::None) {
        return {};
    }
    const std::string_view type = resource["resourceType"].raw();
    if (type == "Bundle") {
        return key_of_bundle(resource);
    }
    if (type == kPatient) {
        return key_of_patient(resource);
    }
    for (const std::string_view name : kSubjects) {
        const fhir::Element reference = only(resource[name]);
        if (reference["reference"] || reference["identifier"]) {
            return key_of_reference(reference);
        }
    }
    return {};
}

std::string Patients::key_of_bundle(const fhir::Element& bundle) const {
    std::string key;
    for (const fhir::Element entry : bundle["entry"].children()) {
        const fhir::Element resource = entry["resource"];
        // A Bundle in a Bundle tells of its own patients.
        std::string found =
            resource["resourceType"].raw() == "Bundle" ? std::string{} : key_of(resource);
        if (!found.empty() && !key.empty() && found != key) {
            return {};
        }
        if (!found.empty()) {
            key = std::move(found);
        }
    }
    return key;
}

std::string Patients::key_of_patient(const fhir::Element& patient) const {
    return config_.kind == KeyKind::Reference ? text_of(patient["id"])
                                              : identifier_in(patient["identifier"]);
}

std::string Patients::key_of_reference(const fhir::Element& reference) const {
    const std::string text = text_of(reference["reference"]);
    const std::string_view short_form = type_and_id(text);
    auto known = known_.find(text);
    if (known == known_.end()) {
        known = known_.find(std::string{short_form});
    }
    if (known != known_.end()) {
        if (std::string key = key_of_patient(known->second); !key.empty()) {
            return key;
        }
    }
    if (config_.kind == KeyKind::Identifier) {
        return identifier_in(reference["identifier"]);
    }
    if (text.starts_with("urn:")) {
        return std::string{behind(text, ':')};
    }
    // Whom else a resource may tell of (a device, a group) must not be taken for a patient.
    return std::string{short_form.starts_with("Patient/") ? behind(short_form, '/') : short_form};
}

/// Of one identifier or a list: the first value of the wanted system.
std::string Patients::identifier_in(const fhir::Element& identifiers) const {
    const auto value_of = [&](const fhir::Element& identifier) {
        const bool is_wanted =
            config_.system.empty() || text_of(identifier["system"]) == config_.system;
        return is_wanted ? text_of(identifier["value"]) : std::string{};
    };
    if (identifiers.is(fhir::Kind::Object)) {
        return value_of(identifiers);
    }
    for (const fhir::Element identifier : identifiers.children()) {
        if (std::string value = value_of(identifier); !value.empty()) {
            return value;
        }
    }
    return {};
}

}  // namespace aorta::plugins::decode_fhir
