#include "common/fhir/choice_types.hpp"

#include <algorithm>
#include <array>

namespace aorta::fhir {

namespace {

// Sorted.
constexpr std::array<std::string_view, 74> kChoices{"abatement",
                                                    "additive",
                                                    "age",
                                                    "allowed",
                                                    "amount",
                                                    "answer",
                                                    "asNeeded",
                                                    "author",
                                                    "born",
                                                    "bounds",
                                                    "characteristic",
                                                    "chargeItem",
                                                    "code",
                                                    "collected",
                                                    "content",
                                                    "created",
                                                    "date",
                                                    "deceased",
                                                    "defaultValue",
                                                    "definingSubstance",
                                                    "definition",
                                                    "detail",
                                                    "diagnosis",
                                                    "dose",
                                                    "doseNumber",
                                                    "due",
                                                    "effective",
                                                    "entity",
                                                    "event",
                                                    "example",
                                                    "fastingStatus",
                                                    "fixed",
                                                    "identified",
                                                    "indication",
                                                    "item",
                                                    "legallyBinding",
                                                    "location",
                                                    "manufacturer",
                                                    "maxValue",
                                                    "medication",
                                                    "minValue",
                                                    "minimumVolume",
                                                    "module",
                                                    "multipleBirth",
                                                    "name",
                                                    "occurred",
                                                    "occurrence",
                                                    "offset",
                                                    "onset",
                                                    "participantEffective",
                                                    "pattern",
                                                    "performed",
                                                    "probability",
                                                    "procedure",
                                                    "product",
                                                    "quantity",
                                                    "rate",
                                                    "reported",
                                                    "scheduled",
                                                    "seriesDoses",
                                                    "serviced",
                                                    "source",
                                                    "start",
                                                    "statusReason",
                                                    "studyEffective",
                                                    "subject",
                                                    "substance",
                                                    "target",
                                                    "time",
                                                    "timing",
                                                    "topic",
                                                    "used",
                                                    "value",
                                                    "when"};

constexpr std::array<std::string_view, 50> kTypes{"Address",
                                                  "Age",
                                                  "Annotation",
                                                  "Attachment",
                                                  "Base64Binary",
                                                  "Boolean",
                                                  "Canonical",
                                                  "Code",
                                                  "CodeableConcept",
                                                  "Coding",
                                                  "ContactDetail",
                                                  "ContactPoint",
                                                  "Contributor",
                                                  "Count",
                                                  "DataRequirement",
                                                  "Date",
                                                  "DateTime",
                                                  "Decimal",
                                                  "Distance",
                                                  "Dosage",
                                                  "Duration",
                                                  "Expression",
                                                  "HumanName",
                                                  "Id",
                                                  "Identifier",
                                                  "Instant",
                                                  "Integer",
                                                  "Markdown",
                                                  "Meta",
                                                  "Money",
                                                  "Oid",
                                                  "ParameterDefinition",
                                                  "Period",
                                                  "PositiveInt",
                                                  "Quantity",
                                                  "Range",
                                                  "Ratio",
                                                  "Reference",
                                                  "RelatedArtifact",
                                                  "SampledData",
                                                  "Signature",
                                                  "String",
                                                  "Time",
                                                  "Timing",
                                                  "TriggerDefinition",
                                                  "UnsignedInt",
                                                  "Uri",
                                                  "Url",
                                                  "UsageContext",
                                                  "Uuid"};

}  // namespace

bool may_be_choice(std::string_view name) {
    return std::binary_search(kChoices.begin(), kChoices.end(), name);
}

bool is_choice_type(std::string_view suffix) {
    return std::binary_search(kTypes.begin(), kTypes.end(), suffix);
}

bool names_type(std::string_view name, std::string_view suffix) {
    if (name.starts_with("FHIR.")) {
        name.remove_prefix(5);
    }
    const auto capital = [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    };
    return !name.empty() && !suffix.empty() && capital(name.front()) == suffix.front() &&
           name.substr(1) == suffix.substr(1);
}

}  // namespace aorta::fhir
