#include "deidentify/records/fhir/element_policy.hpp"

#include <algorithm>
#include <limits>

namespace aorta::plugins::deidentify {
namespace {

using fhir_definitions::Element;
using fhir_definitions::Type;
using T = ElementTreatment;

/// By Safe Harbor, for a limited data set, to pseudonymise.
struct ProfileRule {
    std::string_view selected;
    T treatments[3];
};

constexpr ProfileRule all(std::string_view selected, T treatment) {
    return {selected, {treatment, treatment, treatment}};
}

// Elements by type and name, also of the types derived from it. They go before types.
constexpr ProfileRule kElements[] = {
    all("Resource.id", T::Id),
    all("Element.id", T::Remove),
    all("Resource.implicitRules", T::Keep),
    all("DomainResource.text", T::Remove),
    all("Meta.versionId", T::Remove),
    all("Meta.source", T::Remove),
    all("Coding.system", T::Keep),
    all("Coding.version", T::Label),
    all("Coding.display", T::CodedText),
    all("Quantity.unit", T::CodedText),
    all("Quantity.system", T::Keep),
    {"Identifier.system", {T::Remove, T::Keep, T::Keep}},
    all("Identifier.value", T::Identifier),
    {"Identifier.assigner", {T::Remove, T::Walk, T::Remove}},
    all("Reference.reference", T::Reference),
    all("Reference.type", T::ResourceType),
    all("Reference.display", T::Remove),
    all("Address.state", T::State),
    {"Address.postalCode", {T::PostalCode, T::Keep, T::PostalCode}},
    all("Address.country", T::Country),
    {"Address.city", {T::Remove, T::Keep, T::Remove}},
    all("Address.line", T::Remove),
    all("Address.district", T::Remove),
    all("Address.text", T::Remove),
    all("Annotation.authorString", T::Remove),
    all("Attachment.url", T::Remove),
    all("Attachment.data", T::Remove),
    all("Attachment.hash", T::Remove),
    all("Attachment.title", T::Remove),
    // Bundles
    all("Bundle.link", T::Remove),
    all("Bundle.entry.link", T::Remove),
    all("Bundle.entry.fullUrl", T::Url),
    all("Bundle.entry.request.url", T::Request),
    all("Bundle.entry.request.ifNoneExist", T::Condition),
    all("Bundle.entry.request.ifMatch", T::Remove),
    all("Bundle.entry.request.ifNoneMatch", T::Remove),
    all("Bundle.entry.response.location", T::Url),
    all("Bundle.entry.response.status", T::Label),
    all("Bundle.entry.response.etag", T::Remove),
    // People
    all("Patient.photo", T::Remove),
    all("Person.photo", T::Remove),
    all("Practitioner.photo", T::Remove),
    all("RelatedPerson.photo", T::Remove),
    all("Coverage.subscriberId", T::Identifier),
    all("Coverage.dependent", T::Remove),
    all("Coverage.class.value", T::Identifier),
    all("Coverage.class.name", T::Remove),
    all("CareTeam.name", T::Remove),
    all("Group.name", T::Remove),
    all("Account.name", T::Remove),
    // Places and organisations: to the limited data set they may belong
    {"Organization.name", {T::Remove, T::Keep, T::Remove}},
    {"Organization.alias", {T::Remove, T::Keep, T::Remove}},
    {"Location.name", {T::Remove, T::Keep, T::Remove}},
    {"Location.alias", {T::Remove, T::Keep, T::Remove}},
    {"HealthcareService.name", {T::Remove, T::Keep, T::Remove}},
    all("Location.position", T::Remove),
    all("InsurancePlan.name", T::Remove),
    all("InsurancePlan.alias", T::Remove),
    all("Endpoint.name", T::Remove),
    all("MessageHeader.source.name", T::Remove),
    all("MessageHeader.destination.name", T::Remove),
    // Devices
    all("Device.udiCarrier", T::Remove),
    all("Device.distinctIdentifier", T::Remove),
    all("Device.serialNumber", T::Remove),
    all("Device.lotNumber", T::Remove),
    all("Device.deviceName", T::Remove),
    all("Immunization.lotNumber", T::Remove),
    all("Medication.batch.lotNumber", T::Remove),
    // Events
    all("AuditEvent.agent.altId", T::Remove),
    all("AuditEvent.agent.name", T::Remove),
    all("AuditEvent.agent.network", T::Remove),
    all("AuditEvent.source.site", T::Remove),
    all("AuditEvent.entity.name", T::Remove),
    all("AuditEvent.entity.query", T::Remove),
    all("Questionnaire.item.linkId", T::Label),
    all("QuestionnaireResponse.item.linkId", T::Label),
    all("ImagingStudy.series.uid", T::Id),
    all("ImagingStudy.series.instance.uid", T::Id),
};

// All elements of a type.
constexpr ProfileRule kTypes[] = {
    all("Extension", T::Remove),
    all("Narrative", T::Remove),
    all("xhtml", T::Remove),
    all("HumanName", T::Remove),
    all("ContactPoint", T::Remove),
    all("Signature", T::Remove),
    {"SampledData", {T::Remove, T::Remove, T::Walk}},
    all("base64Binary", T::Remove),
    all("boolean", T::Keep),
    all("integer", T::Keep),
    all("decimal", T::Keep),
    all("unsignedInt", T::Keep),
    all("positiveInt", T::Keep),
    all("code", T::Keep),
    all("canonical", T::Keep),
    all("date", T::Date),
    all("dateTime", T::Date),
    all("instant", T::Date),
    {"time", {T::Remove, T::Keep, T::Keep}},
    all("id", T::Id),
    all("string", T::Text),
    all("markdown", T::Text),
    all("uri", T::Remove),
    all("url", T::Remove),
    all("oid", T::Remove),
    all("uuid", T::Remove),
};

const ProfileRule* find(std::span<const ProfileRule> rules, std::string_view selected) {
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const ProfileRule& each) {
        return each.selected == selected;
    });
    return found == rules.end() ? nullptr : &*found;
}

void lower(const std::unordered_map<std::string, std::size_t>& index,
           std::string_view key,
           std::size_t& best) {
    if (index.empty()) {
        return;
    }
    const auto found = index.find(std::string{key});
    if (found != index.end()) {
        best = std::min(best, found->second);
    }
}

}  // namespace

ElementPolicy::ElementPolicy(privacy::Profile profile, std::vector<privacy::Rule> rules)
    : profile_(profile), rules_(std::move(rules)) {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        Index& index = rules_[i].selector == privacy::Rule::Selector::Path   ? paths_
                       : rules_[i].selector == privacy::Rule::Selector::Type ? types_
                                                                             : names_;
        index.emplace(rules_[i].selected, i);  // the first wins
    }
}

OwnRule ElementPolicy::find_own(const Place& place) const {
    constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    std::size_t best = kNone;
    const std::string_view name = fhir_definitions::name_of(*place.element);
    const std::string_view base_name = fhir_definitions::base_name_of(*place.element);
    lower(paths_, place.path, best);
    lower(names_, name, best);
    lower(names_, base_name, best);
    lower(types_, fhir_definitions::name_of(place.element->type), best);
    if (!paths_.empty()) {
        const std::string owner = std::string{fhir_definitions::name_of(place.parent)} + ".";
        lower(paths_, owner + std::string{name}, best);
        lower(paths_, owner + std::string{base_name}, best);
    }
    return best == kNone ? OwnRule{} : OwnRule{&rules_[best].treatment, rules_[best].index};
}

bool ElementPolicy::has_rule_before(std::size_t index) const {
    return std::any_of(rules_.begin(), rules_.end(), [&](const privacy::Rule& each) {
        return each.index < index;
    });
}

ElementTreatment ElementPolicy::treatment_of(Type parent, const Element& element) {
    const auto known = known_.find(&element);
    if (known != known_.end()) {
        return known->second;
    }
    return known_.emplace(&element, look_up(parent, element)).first->second;
}

ElementTreatment ElementPolicy::look_up(Type parent, const Element& element) const {
    const auto profile = static_cast<std::size_t>(profile_);
    const std::string name{fhir_definitions::name_of(element)};
    for (Type owner = parent;;) {
        const std::string path = std::string{fhir_definitions::name_of(owner)} + "." + name;
        if (const ProfileRule* rule = find(kElements, path)) {
            return rule->treatments[profile];
        }
        if (owner == Type::Element || owner == Type::Resource) {
            break;
        }
        owner = fhir_definitions::base_of(owner);
    }
    if (const ProfileRule* rule = find(kTypes, fhir_definitions::name_of(element.type))) {
        return rule->treatments[profile];
    }
    return fhir_definitions::is_primitive(element.type) ? T::Remove : T::Walk;
}

}  // namespace aorta::plugins::deidentify
