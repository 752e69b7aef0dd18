#include "flow/consent/fhir_data.hpp"

#include "flow/consent/fhir_consent.hpp"
#include "flow/consent/text_of.hpp"

#include <algorithm>
#include <map>

namespace aorta::plugins::consent {
namespace {

using fhir::Element;
using fhir::Kind;

bool is_patient(Element resource) {
    return text_of(resource["resourceType"]) == "Patient";
}

Patient names_of(Element patient, std::string_view full_url) {
    Patient names;
    if (const std::string id = text_of(patient["id"]); !id.empty()) {
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
    return names;
}

/// The patients of a Bundle by each of their names, so that a reference brings the others with it.
using Known = std::map<std::string, Patient, std::less<>>;

Known known_patients(Element bundle) {
    Known known;
    for (const Element entry : bundle["entry"].children()) {
        if (is_patient(entry["resource"])) {
            const Patient names = names_of(entry["resource"], text_of(entry["fullUrl"]));
            for (const std::string& name : names) {
                known.emplace(name, names);
            }
        }
    }
    return known;
}

class Finder {
public:
    explicit Finder(const Known& known) : known_(known) {}

    std::vector<Patient> find(Element resource) {
        walk(resource);
        return std::move(found_);
    }

private:
    void walk(Element element) {
        if (is_patient(element)) {
            add(names_of(element, {}));
        }
        look_at_reference(element);
        for (const Element child : element.children()) {
            if (child.is(Kind::Object) || child.is(Kind::Array)) {
                walk(child);
            }
        }
    }

    void look_at_reference(Element element) {
        const std::string literal = text_of(element["reference"]);
        const std::string name = reference_name(literal);
        if (name.starts_with("Patient/") || known_.contains(name)) {
            add({name});
        }
        const bool is_about_patient = element.name() == "subject" || element.name() == "patient" ||
                                      text_of(element["type"]) == "Patient" ||
                                      name.starts_with("Patient/");
        if (const Element identifier = element["identifier"];
            is_about_patient && identifier.is(Kind::Object)) {
            if (std::string by_identifier = identifier_name(identifier); !by_identifier.empty()) {
                add({std::move(by_identifier)});
            }
        }
    }

    void add(Patient names) {
        if (names.empty()) {
            names.emplace_back();  // one of whom nothing is known
        }
        for (const std::string& name : Patient{names}) {
            if (const auto more = known_.find(name); more != known_.end()) {
                names = more->second;
            }
        }
        if (std::ranges::find(found_, names) == found_.end()) {
            found_.push_back(std::move(names));
        }
    }

    const Known& known_;
    std::vector<Patient> found_;
};

/// The text of a value, quotes included.
std::string json_of(Element value) {
    const std::string raw{value.raw()};
    return value.is(Kind::String) ? '"' + raw + '"' : raw;
}

/// The first that is there of the elements that say when.
std::optional<Instant> time_of(Element resource) {
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
        if (time) {
            return begin_of(text_of(time.is(Kind::Object) ? time["start"] : time));
        }
    }
    return std::nullopt;
}

Unit unit_of(Element resource, const Known& known, Element entry) {
    Unit unit;
    unit.type = text_of(resource["resourceType"]);
    if (const std::string id = text_of(resource["id"]); !id.empty()) {
        unit.instance = unit.type + '/' + id;
    }
    for (const Element label : resource["meta"]["security"].children()) {
        unit.labels.push_back(text_of(label["code"]));
    }
    unit.time = time_of(resource);
    unit.entry = entry;
    unit.patients = Finder{known}.find(resource);
    if (!resource) {  // a request such as DELETE Patient/1, or one for what nobody here can tell
        unit.patients.push_back({reference_name(text_of(entry["request"]["url"]))});
    }
    return unit;
}

}  // namespace

bool is_bundle(Element resource) {
    return text_of(resource["resourceType"]) == "Bundle" && resource["entry"].is(Kind::Array);
}

std::vector<Unit> units_of(Element resource) {
    if (!is_bundle(resource)) {
        return {unit_of(resource, {}, {})};
    }
    const Known known = known_patients(resource);
    std::vector<Unit> units;
    for (const Element entry : resource["entry"].children()) {
        units.push_back(unit_of(entry["resource"], known, entry));
    }
    return units;
}

std::string without_entries(Element bundle, const std::vector<Element>& removed) {
    std::string json = "{";
    for (const Element member : bundle.children()) {
        if (member.name() == "total") {
            continue;
        }
        json += json.size() > 1 ? "," : "";
        json.append("\"").append(member.name()).append("\":");
        if (member.name() != "entry") {
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
