// Resources within resources: contained ones (dom-2 to dom-5, ids), and entries of bundles.
#include "validate/fhir/reference.hpp"
#include "validate/fhir/structure_check.hpp"

namespace aorta::plugins::validate_fhir {

namespace {

using fhir::Element;

/// The ids that something within refers to, in a reference, a canonical or a uri; # is an empty
/// one.
void add_references(Element within, std::set<std::string, std::less<>>& ids) {
    if (within.is(fhir::Kind::String)) {
        std::string scratch;
        const std::string_view text = within.text(scratch);
        if (text.starts_with('#')) {
            ids.emplace(text.substr(1));
        }
        return;
    }
    for (const Element child : within.children()) {
        add_references(child, ids);
    }
}

/// A contained resource may be there for its own reference to the container.
bool refers_to_container(Element within) {
    if (within.is(fhir::Kind::String)) {
        return within.raw() == "#";
    }
    return any_child(within, refers_to_container);
}

}  // namespace

void StructureCheck::contained(Element element) {
    const auto bad = [&](const char* text) {
        report_.add(Problem::BadContained, [&] { return std::string{text}; });
    };
    std::string id_text;
    const std::string_view id = element["id"].text(id_text);
    if (id.empty()) {
        bad("a contained resource has an id");
    }
    if (is_contained_ || element["contained"]) {
        bad("dom-2: a contained resource contains none itself");
    }
    if (!id.empty() && !is_contained_) {
        const ContainedIds& ids = contained_ids();
        if (const auto first = ids.resources.find(id);
            first != ids.resources.end() && first->second.index() != element.index()) {
            bad("the ids of contained resources differ");
        }
        if (!ids.references.contains(id) && !refers_to_container(element)) {
            bad("dom-3: something refers to a contained resource, or it refers to what contains "
                "it");
        }
    }
    const Element meta = element["meta"];
    if (meta["versionId"] || meta["lastUpdated"]) {
        bad("dom-4: a contained resource has no meta.versionId and no meta.lastUpdated");
    }
    if (meta["security"]) {
        bad("dom-5: a contained resource has no security labels of its own");
    }
    const bool was_contained = std::exchange(is_contained_, true);
    resource(element);
    is_contained_ = was_contained;
}

/// Read when it is first asked for.
const StructureCheck::ContainedIds& StructureCheck::contained_ids() {
    ContainedIds& ids = *contained_ids_;
    if (!ids.is_read) {
        ids.is_read = true;
        std::string scratch;
        for (const Element each : context_.root.element["contained"].children()) {
            ids.resources.emplace(each["id"].text(scratch), each);
        }
        add_references(context_.root.element, ids.references);
    }
    return ids;
}

void StructureCheck::entry(const TypedElement& value) {
    const auto bad = [&](Problem problem, const char* text) {
        report_.add(problem, [&] { return std::string{text}; });
    };
    std::string scratch;
    const Element resource = value.element["resource"];
    const Element full_url = value.element["fullUrl"];
    const std::string_view url = full_url.text(scratch);
    if (!url.empty() && !is_absolute(url)) {
        bad(Problem::MalformedReference, "fullUrl is an absolute URL");
    }
    const ReferenceParts parts = parse_reference(url);
    const std::string_view id = resource["id"].raw();
    const bool is_other = parts.type && !id.empty() &&
                          (parts.id != id || fhir_definitions::name_of(*parts.type) !=
                                                 resource["resourceType"].raw());
    if (parts.form == ReferenceForm::Absolute && is_other && !is_in_transaction_) {
        bad(Problem::MalformedReference,
            "a fullUrl of a server ends with the resource's type and id");
    }
    const bool is_found = context_.resource.element["type"].raw() == "searchset" &&
                          value.element["search"]["mode"].raw() != "outcome";
    if (is_found && resource && id.empty()) {
        bad(Problem::RequiredElementMissing, "what a search finds has an id");
    }
}

}  // namespace aorta::plugins::validate_fhir
