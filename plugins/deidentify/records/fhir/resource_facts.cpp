// What is judged by more than one element: labels, identifiers, countries, names.
#include "common/privacy/places.hpp"
#include "deidentify/records/fhir/deidentifier.hpp"

#include <algorithm>
#include <span>

namespace aorta::plugins::deidentify {
namespace {

using fhir::Kind;
using fhir_definitions::Type;

constexpr std::string_view kLabelSystem =
    "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

// Identifiers of these are numbers of people, of their accounts, plans and devices.
constexpr Type kPersonal[] = {Type::Patient,
                              Type::Person,
                              Type::RelatedPerson,
                              Type::Practitioner,
                              Type::Account,
                              Type::Coverage,
                              Type::Device};

// LOINC codes of an observed age.
constexpr std::string_view kAgeCodes[] = {
    "21612-7", "29553-5", "30525-0", "35659-2", "39016-1", "63900-5"};

// Types of identifiers in HL7 table 0203 that limited data sets leave out.
constexpr std::string_view kPersonalTypes[] = {"MR",   "MRT", "PI", "PN",  "PT",  "SS",  "SB", "DL",
                                               "PPN",  "MB",  "MC", "MA",  "HC",  "NH",  "NI", "AN",
                                               "ANON", "BC",  "MD", "DEA", "NPI", "SNO", "UDI"};

bool is_among(std::string_view text, std::span<const std::string_view> all) {
    return std::find(all.begin(), all.end(), text) != all.end();
}

std::string text_of(const fhir::Element& element) {
    std::string scratch;
    return element.is(Kind::String) ? std::string{element.text(scratch)} : std::string{};
}

}  // namespace

/// The security labels that say what was done, behind those that the resource has.
void ResourceDeidentifier::append_labels(const fhir::Element& maybe_security) {
    constexpr std::string_view kLabels[][2] = {
        {"REDACTED", "ABSTRED"}, {"REDACTED", ""}, {"PSEUDED", "REDACTED"}};
    std::string added;
    for (const std::string_view code : kLabels[static_cast<std::size_t>(config_.profile)]) {
        bool has_it = code.empty();
        for (const fhir::Element label : maybe_security.children()) {
            has_it =
                has_it || (label["code"].raw() == code && label["system"].raw() == kLabelSystem);
        }
        if (!has_it) {
            added.append(added.empty() ? "" : ",")
                .append("{\"system\":\"")
                .append(kLabelSystem)
                .append("\",\"code\":\"")
                .append(code)
                .append("\"}");
        }
    }
    if (added.empty()) {
        return;
    }
    // `security` may be written already, with what is left of it: the labels go behind that.
    if (security_end_ != 0) {
        out_->insert(security_end_, "," + added);
    } else {
        append_name("security");
        out_->append("[").append(added).append("]");
    }
}

bool ResourceDeidentifier::keeps_systems() const {
    return config_.profile != privacy::Profile::SafeHarbor;
}

/// Whether the codes of an Observation, or of one of its components, say that its value is the age
/// of somebody.
bool ResourceDeidentifier::has_age_code(const fhir::Element& observation) {
    for (const fhir::Element coding : observation["code"]["coding"].children()) {
        if (is_among(text_of(coding["code"]), kAgeCodes)) {
            return true;
        }
    }
    return false;
}

/// Limited data sets keep the numbers of orders, specimens and the like: identifiers that a
/// resource has itself. One in a reference may be anybody's.
bool ResourceDeidentifier::is_identifier_kept(const fhir::Element& identifier) const {
    if (config_.profile != privacy::Profile::LimitedDataSet ||
        std::find(std::begin(kPersonal), std::end(kPersonal), root_) != std::end(kPersonal) ||
        std::count(path_.begin(), path_.end(), '.') != 2 || !path_.ends_with(".value")) {
        return false;
    }
    for (const fhir::Element coding : identifier["type"]["coding"].children()) {
        if (is_among(text_of(coding["code"]), kPersonalTypes)) {
            return false;
        }
    }
    return true;
}

bool ResourceDeidentifier::is_us(const fhir::Element& address) const {
    const std::string country = text_of(address["country"]);
    return country.empty() ? config_.is_us_by_default : privacy::is_united_states(country);
}

/// Names, addresses, numbers and telephones of the record: words that its free text may repeat.
privacy::WordSet ResourceDeidentifier::named_words(const fhir::Tree& tree) const {
    constexpr std::string_view kNamed[] = {"family", "given", "line", "city", "district", "alias"};
    privacy::WordSet words;
    std::string scratch;
    for (std::uint32_t i = 0; i < tree.header->node_count; ++i) {
        const fhir::Element element{tree, i};
        if (!is_among(element.name(), kNamed)) {
            continue;
        }
        if (element.is(Kind::String)) {
            privacy::add_words(element.text(scratch), words);
        }
        for (const fhir::Element each : element.children()) {
            if (each.is(Kind::String)) {
                privacy::add_words(each.text(scratch), words);
            }
        }
    }
    return words;
}

}  // namespace aorta::plugins::deidentify
