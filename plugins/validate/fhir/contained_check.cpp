// Contained resources: dom-2 to dom-5, and that ids are there and differ.
#include "validate/fhir/structure_check.hpp"

namespace aorta::plugins::validate_fhir {

namespace {

using fhir::Element;

/// Whether something within refers to the contained resource `id`, in a reference, a canonical or
/// a uri.
bool refers_to(Element within, std::string_view id, std::uint32_t but) {
    if (within.is(fhir::Kind::String)) {
        std::string scratch;
        const std::string_view text = within.text(scratch);
        return text.starts_with('#') && text.substr(1) == id;
    }
    return any_child(
        within, [&](Element child) { return child.index() != but && refers_to(child, id, but); });
}

/// A contained resource may be there for its own reference to the container.
bool refers_to_container(Element within) {
    return refers_to(within, {}, UINT32_MAX);
}

}  // namespace

void StructureCheck::contained(Element element) {
    const auto bad = [&](const char* text) {
        report_.add(Problem::BadContained, [&] { return std::string{text}; });
    };
    std::string id_text;
    std::string scratch;
    const std::string_view id = element["id"].text(id_text);
    const Element container = context_.resource.element;
    if (id.empty()) {
        bad("a contained resource has an id");
    }
    for (const Element other : container["contained"].children()) {
        if (other.index() < element.index() && !id.empty() && other["id"].text(scratch) == id) {
            bad("the ids of contained resources differ");
        }
    }
    if (is_contained_ || element["contained"]) {
        bad("dom-2: a contained resource contains none itself");
    }
    if (!id.empty() && !refers_to(container, id, element.index()) &&
        !refers_to_container(element)) {
        bad("dom-3: something refers to a contained resource, or it refers to what contains it");
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

}  // namespace aorta::plugins::validate_fhir
