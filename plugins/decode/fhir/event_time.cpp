#include "decode/fhir/event_time.hpp"

#include "common/fhir/date_time.hpp"

#include <algorithm>
#include <string_view>

namespace aorta::plugins::decode_fhir {

namespace {

/// Elements of a type, in the order in which they are asked for; FHIR R4.
struct Row {
    std::string_view type;
    std::string_view paths;
};

constexpr Row kRows[] = {
    {"AllergyIntolerance", "onsetDateTime onsetPeriod.start recordedDate"},
    {"Appointment", "start"},
    {"AuditEvent", "recorded"},
    {"Bundle", "timestamp"},
    {"CarePlan", "period.start created"},
    {"Claim", "billablePeriod.start created"},
    {"Communication", "sent received"},
    {"Composition", "date"},
    {"Condition", "onsetDateTime onsetPeriod.start recordedDate"},
    {"Consent", "dateTime"},
    {"DiagnosticReport", "effectiveDateTime effectivePeriod.start issued"},
    {"DocumentReference", "date"},
    {"Encounter", "period.start"},
    {"ExplanationOfBenefit", "billablePeriod.start created"},
    {"ImagingStudy", "started"},
    {"Immunization", "occurrenceDateTime recorded"},
    {"MedicationAdministration", "effectiveDateTime effectivePeriod.start"},
    {"MedicationDispense", "whenHandedOver whenPrepared"},
    {"MedicationRequest", "authoredOn"},
    {"MedicationStatement", "effectiveDateTime effectivePeriod.start dateAsserted"},
    {"Observation", "effectiveDateTime effectiveInstant effectivePeriod.start issued"},
    {"Procedure", "performedDateTime performedPeriod.start"},
    {"Provenance", "occurredDateTime occurredPeriod.start recorded"},
    {"QuestionnaireResponse", "authored"},
    {"ServiceRequest", "occurrenceDateTime occurrencePeriod.start authoredOn"},
    {"Specimen", "collection.collectedDateTime collection.collectedPeriod.start receivedTime"},
    {"Task", "lastModified authoredOn"},
};

/// The paths of the type, then the one that all have.
std::string_view paths_of(std::string_view type) {
    const auto* const row =
        std::lower_bound(std::begin(kRows), std::end(kRows), type, [](const Row& each, auto name) {
            return each.type < name;
        });
    return row != std::end(kRows) && row->type == type ? row->paths : std::string_view{};
}

/// Takes what stands before the first such character off the front of a text.
std::string_view take(std::string_view& text, char separator) {
    const std::string_view piece = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    return piece;
}

fhir::Element find(fhir::Element element, std::string_view path) {
    while (!path.empty()) {
        element = element[take(path, '.')];
    }
    return element;
}

}  // namespace

std::optional<std::int64_t> event_time_of(const fhir::Element& resource) {
    std::string_view paths = paths_of(resource["resourceType"].raw());
    fhir::Element found;
    while (!found && !paths.empty()) {
        found = find(resource, take(paths, ' '));
    }
    if (!found) {
        found = find(resource, "meta.lastUpdated");
    }
    const auto time = fhir::parse_date_time(found.is(fhir::Kind::String) ? found.raw() : "");
    return time ? fhir::to_epoch_ns(*time) : std::nullopt;
}

}  // namespace aorta::plugins::decode_fhir
