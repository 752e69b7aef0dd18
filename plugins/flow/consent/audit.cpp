#include "flow/consent/audit.hpp"

#include "common/fhir/date_time.hpp"
#include "common/fhir/json_text.hpp"

namespace aorta::plugins::consent {
namespace {

std::string json_of(std::string_view text) {
    std::string json;
    fhir::append_json_string(text, json);
    return json;
}

std::string coding(std::string_view system, std::string_view code) {
    return "{\"system\":" + json_of(system) + ",\"code\":" + json_of(code) + "}";
}

/// A Reference to what has this name.
std::string reference_to(const std::string& name) {
    const std::size_t bar = name.rfind('|');
    if (bar != std::string::npos) {
        return "{\"identifier\":{\"system\":" + json_of(name.substr(0, bar)) +
               ",\"value\":" + json_of(name.substr(bar + 1)) + "}}";
    }
    return name.find('/') != std::string::npos || name.starts_with("urn:")
               ? "{\"reference\":" + json_of(name) + "}"
               : "{\"identifier\":{\"value\":" + json_of(name) + "}}";
}

std::string entity(std::string_view what, std::string_view type, std::string_view more) {
    constexpr std::string_view kTypes = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
    return "{\"what\":" + std::string{what} + ",\"type\":" + coding(kTypes, type) +
           std::string{more} + "}";
}

}  // namespace

std::string audit_event(const Decided& decided, const Use& use, const std::string& record) {
    constexpr std::string_view kDicom = "http://dicom.nema.org/resources/ontology/DCM";
    constexpr std::string_view kSubtypes =
        "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType";
    constexpr std::string_view kReasons = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
    constexpr std::string_view kParticipation =
        "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
    constexpr std::string_view kRoles = "http://terminology.hl7.org/CodeSystem/object-role";
    const char* const outcome = decided.denied == 0      ? "permit"
                                : decided.permitted == 0 ? "deny"
                                                         : "permit in part";
    std::string agents;
    for (const std::string& name : use.recipient) {
        agents += (agents.empty() ? "" : ",") +
                  ("{\"type\":{\"coding\":[" + coding(kParticipation, "IRCP") +
                   "]},\"who\":" + reference_to(name) +
                   ",\"requestor\":" + (agents.empty() ? "true" : "false") + "}");
    }
    std::string entities;
    if (!decided.patient.front().empty()) {
        entities =
            entity(reference_to(decided.patient.front()), "1", ",\"role\":" + coding(kRoles, "1")) +
            ",";
    }
    for (const std::string& consent : decided.consents) {
        entities += entity(reference_to(consent), "2", "") + ",";
    }
    const auto detail = [](std::string_view type, std::uint64_t count) {
        return "{\"type\":" + json_of(type) + ",\"valueString\":\"" + std::to_string(count) + "\"}";
    };
    entities += entity("{\"identifier\":{\"value\":" + json_of(record) + "}}",
                       "2",
                       ",\"detail\":[" + detail("permitted", decided.permitted) + "," +
                           detail("denied", decided.denied) + "]");
    return "{\"resourceType\":\"AuditEvent\",\"type\":" + coding(kDicom, "110113") +
           ",\"subtype\":[" + coding(kSubtypes, "AuthZ-Consent") +
           "],\"action\":\"E\",\"recorded\":" + json_of(fhir::to_instant(use.now)) +
           ",\"outcome\":\"0\",\"outcomeDesc\":" + json_of(outcome) +
           ",\"purposeOfEvent\":[{\"coding\":[" + coding(kReasons, use.purpose) +
           "]}],\"agent\":[" + agents +
           "],\"source\":{\"observer\":{\"display\":\"aorta\"}},\"entity\":[" + entities + "]}";
}

}  // namespace aorta::plugins::consent
