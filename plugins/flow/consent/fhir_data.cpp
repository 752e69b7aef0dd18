#include "flow/consent/fhir_data.hpp"

#include "flow/consent/fhir_consent.hpp"
#include "flow/consent/text_of.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace aorta::plugins::consent {
namespace {

using fhir::Element;
using fhir::Kind;

bool is_patient(Element resource) {
    return text_of(resource["resourceType"]) == "Patient";
}

/// `full_url` is that of its entry. What is contained has an id that means nothing elsewhere.
Patient names_of(Element patient, std::string_view full_url, bool is_contained) {
    Patient names;
    if (const std::string id = text_of(patient["id"]); !id.empty() && !is_contained) {
        names.push_back("Patient/" + id);
    }
    for (const Element identifier : patient["identifier"].children()) {
        if (std::string name = identifier_name(identifier); !name.empty()) {
            names.push_back(std::move(name));
        }
    }
    if (!full_url.empty()) {
        names.push_back(reference_name(full_url));
    }
    if (names.empty()) {
        names.emplace_back();
    }
    return names;
}

/// What references within a Bundle may lead to.
struct Known {
    /// The patients of each name: two, if they share an identifier.
    std::map<std::string, std::vector<Patient>, std::less<>> patients;
    std::set<std::string, std::less<>> others;
};

Known known_in(Element bundle) {
    Known known;
    for (const Element entry : bundle["entry"].children()) {
        const std::string full_url = text_of(entry["fullUrl"]);
        if (!is_patient(entry["resource"])) {
            known.others.insert(reference_name(full_url));
            continue;
        }
        const Patient patient = names_of(entry["resource"], full_url, false);
        for (const std::string& name : patient) {
            known.patients[name].push_back(patient);
        }
    }
    return known;
}

/// "Observation/1": a reference that can be to no patient.
bool is_to_other_type(std::string_view name) {
    const std::size_t slash = name.find('/');
    const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    return slash != std::string_view::npos && slash > 0 && slash + 1 < name.size() &&
           name[0] >= 'A' && name[0] <= 'Z' && name.substr(0, slash) != "Patient" &&
           name.find_first_of("?/", slash + 1) == std::string_view::npos &&
           std::ranges::all_of(name.substr(0, slash), is_letter);
}

/// Types that are about nobody's care.
bool may_be_about_nobody(std::string_view type) {
    constexpr std::string_view kTypes[] = {"ActivityDefinition",
                                           "CapabilityStatement",
                                           "CodeSystem",
                                           "ConceptMap",
                                           "Endpoint",
                                           "HealthcareService",
                                           "Location",
                                           "Medication",
                                           "MessageHeader",
                                           "OperationOutcome",
                                           "Organization",
                                           "OrganizationAffiliation",
                                           "PlanDefinition",
                                           "Practitioner",
                                           "PractitionerRole",
                                           "Questionnaire",
                                           "StructureDefinition",
                                           "Substance",
                                           "ValueSet"};
    return std::ranges::find(kTypes, type) != std::end(kTypes);
}

/// Walks over a resource (or what else stands in a Bundle) and everything in it.
class Finder {
public:
    explicit Finder(const Known& known) : known_(known) {}

    /// `name` is that of the member, for elements of a list that of the list.
    void walk(Element element, std::string_view name, std::string_view full_url, int depth) {
        if (element["resourceType"]) {
            if (is_patient(element)) {
                add(names_of(element, depth == 0 ? full_url : "", depth > 0));
            }
        } else if (element.is(Kind::Object)) {
            look_at_reference(element, name);
        }
        take_labels(element["meta"]["security"]);
        for (const Element child : element.children()) {
            if (child.name().find('\\') != std::string_view::npos) {
                add({""});  // FHIR's names have no escapes: this one hides something
            }
            if (child.is(Kind::Object) || child.is(Kind::Array)) {
                walk(child, child.name().empty() ? name : child.name(), "", depth + 1);
            }
        }
    }

    void add(Patient names) {
        if (seen_.insert(names).second) {
            found_.push_back(std::move(names));
        }
    }

    void give(Unit& unit) {
        unit.patients = std::move(found_);
        unit.labels = std::move(labels_);
    }

private:
    void look_at_reference(Element element, std::string_view name) {
        const bool is_subject = name == "subject" || name == "patient" || name == "beneficiary";
        const std::string type = text_of(element["type"]);
        const std::string literal = text_of(element["reference"]);
        const Element identifier = element["identifier"];
        if (!literal.empty() && literal[0] != '#') {
            add_reference(reference_name(literal));
        }
        if (identifier.is(Kind::Object) &&
            (is_subject || type == "Patient" || (literal.empty() && type.empty()))) {
            add_named(identifier_name(identifier));
        }
        if (is_subject && literal.empty() && !identifier && !element["coding"] &&
            !element["text"]) {
            add({""});
        }
    }

    void add_reference(const std::string& name) {
        if (known_.patients.contains(name) || name.starts_with("Patient/")) {
            add_named(name);
        } else if (!is_to_other_type(name) && !known_.others.contains(name)) {
            add({""});  // a search, or something that is not here
        }
    }

    void add_named(const std::string& name) {
        const auto found = known_.patients.find(name);
        if (found == known_.patients.end()) {
            add({name});
            return;
        }
        for (const Patient& patient : found->second) {
            add(patient);
        }
    }

    void take_labels(Element security) {
        if (security && !security.is(Kind::Array)) {
            labels_.emplace_back("V");  // not readable: as confidential as can be
        }
        for (const Element label : security.children()) {
            labels_.push_back(text_of(label["code"]));
        }
    }

    const Known& known_;
    std::vector<Patient> found_;
    std::set<Patient> seen_;
    std::vector<std::string> labels_;
};

/// The first that is there of the elements that say when.
std::optional<Period> time_of(Element resource) {
    constexpr std::string_view kTimes[] = {"effectiveDateTime",
                                           "effectiveInstant",
                                           "effectivePeriod",
                                           "occurrenceDateTime",
                                           "occurrencePeriod",
                                           "performedDateTime",
                                           "performedPeriod",
                                           "onsetDateTime",
                                           "period",
                                           "authoredOn",
                                           "recordedDate",
                                           "issued",
                                           "date",
                                           "created",
                                           "sent"};
    for (const std::string_view name : kTimes) {
        const Element time = resource[name];
        if (!time) {
            continue;
        }
        const bool is_period = time.is(Kind::Object);
        const auto begin = begin_of(text_of(is_period ? time["start"] : time));
        const auto end = end_of(text_of(is_period ? time["end"] : time));
        // A period without an end goes on.
        return begin && (end || (is_period && !time["end"]))
                   ? std::optional{Period{*begin, end.value_or(Instant::max())}}
                   : std::nullopt;
    }
    return std::nullopt;
}

/// The text of a value, quotes included.
std::string json_of(Element value) {
    const std::string raw{value.raw()};
    return value.is(Kind::String) ? '"' + raw + '"' : raw;
}

/// `whole` is the resource, or the entry that it stands in.
Unit unit_of(Element whole, Element resource, const Known& known) {
    Unit unit;
    Finder finder{known};
    finder.walk(resource, "", text_of(whole["fullUrl"]), 0);
    const std::string type = text_of(resource["resourceType"]);
    // What contains others (a Bundle, Parameters) is judged by none of them alone.
    const bool holds_others = type == "Bundle" || type == "Parameters";
    if (!holds_others) {
        unit.type = type;
        if (const std::string id = text_of(resource["id"]); !id.empty()) {
            unit.instance = type + '/' + id;
        }
        unit.time = time_of(resource);
    }
    if (whole.index() != resource.index() || !resource) {
        for (const Element member : whole.children()) {
            if (member.index() != resource.index() || !resource) {
                finder.walk(member, member.name(), "", 1);
            }
        }
        unit.entry = whole;
    }
    if (!resource.is(Kind::Object)) {
        // A request such as DELETE Patient/1, or one for what nobody here can tell.
        finder.add({reference_name(text_of(whole["request"]["url"]))});
    }
    finder.give(unit);
    if (unit.patients.empty() && !may_be_about_nobody(type)) {
        unit.patients.push_back({""});
    }
    return unit;
}

}  // namespace

bool is_bundle(Element resource) {
    return text_of(resource["resourceType"]) == "Bundle" && resource["entry"].is(Kind::Array);
}

std::vector<Unit> units_of(Element resource) {
    const Known known = known_in(resource);
    if (!is_bundle(resource)) {
        return {unit_of(resource, resource, known)};
    }
    Finder beside{known};
    for (const Element member : resource.children()) {
        if (member.index() != resource["entry"].index()) {
            beside.walk(member, member.name(), "", 1);
        }
    }
    std::vector<Unit> units(1);
    beside.give(units.front());
    for (const Element label : resource["meta"]["security"].children()) {
        units.front().labels.push_back(text_of(label["code"]));
    }
    for (const Element entry : resource["entry"].children()) {
        Unit unit = unit_of(entry, entry["resource"], known);
        const auto& labels = units.front().labels;
        unit.labels.insert(unit.labels.end(), labels.begin(), labels.end());
        units.push_back(std::move(unit));
    }
    return units;
}

std::string without_entries(Element bundle, const std::vector<Element>& removed) {
    std::string json = "{";
    const Element entries = bundle["entry"];
    for (const Element member : bundle.children()) {
        if (member.index() == bundle["total"].index() || member.index() == bundle["link"].index()) {
            continue;
        }
        json += json.size() > 1 ? "," : "";
        json.append("\"").append(member.name()).append("\":");
        if (member.index() != entries.index()) {
            json += json_of(member);
            continue;
        }
        json += '[';
        const char* separator = "";
        auto next = removed.begin();
        for (const Element entry : member.children()) {
            if (next != removed.end() && next->index() == entry.index()) {
                ++next;
                continue;
            }
            json += separator;
            json += json_of(entry);
            separator = ",";
        }
        json += ']';
    }
    return json + '}';
}

}  // namespace aorta::plugins::consent
