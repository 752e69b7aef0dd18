// What single types demand beyond their elements: extensions, references, codes.
#include "validate/fhir/reference.hpp"
#include "validate/fhir/structure_check.hpp"

#include <algorithm>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir::Element;
using fhir_definitions::has;
using fhir_definitions::Type;
namespace data = fhir_definitions::data;

}  // namespace

void StructureCheck::special(const TypedElement& value, const Row* row) {
    if (value.type == Type::Extension) {
        extension(value, row);
    } else if (value.type == Type::Reference) {
        reference(value, row);
    } else if (value.type == Type::Bundle_entry) {
        entry(value);
    } else if (row != nullptr && row->value_set != 0) {
        coded(value, *row);
    }
    if (row != nullptr && has(*row, data::kSimpleQuantity) && value.element["comparator"]) {
        report_.rule(
            Problem::InvariantFailed, "sqty-1", "The comparator is not used on a SimpleQuantity");
    }
    const bool is_domain_resource = fhir_definitions::base_of(value.type) == Type::DomainResource;
    if (is_domain_resource && !is_contained_ && !value.element["text"]["div"] &&
        report_.wants_rule(Problem::BestPractice, "dom-6")) {
        report_.rule(Problem::BestPractice,
                     "dom-6",
                     "A resource should have narrative for robust management");
    }
}

void StructureCheck::extension(const TypedElement& value, const Row* row) {
    bool has_value = false;
    for (const Element child : value.element.children()) {
        has_value =
            has_value || child.name().starts_with("value") || child.name().starts_with("_value");
    }
    if (has_value == static_cast<bool>(value.element["extension"])) {
        report_.rule(
            Problem::InvariantFailed, "ext-1", "Must have either extensions or value[x], not both");
    }
    const bool is_modifier =
        row != nullptr && fhir_definitions::name_of(*row) == "modifierExtension";
    if (!is_modifier) {
        return;
    }
    std::string scratch;
    const std::string_view url = value.element["url"].text(scratch);
    if (!options_.modifier_extensions.contains(url)) {
        report_.add(Problem::UnknownModifierExtension, [] {
            return std::string{
                "it may change what the resource means: name its url in "
                "modifier_extensions if those who read the resource know it"};
        });
    }
}

void StructureCheck::reference(const TypedElement& value, const Row* row) {
    const Element text = value.element["reference"];
    if (!text.is(fhir::Kind::String)) {
        return;
    }
    std::string scratch;
    const ReferenceParts parts = parse_reference(text.text(scratch));
    switch (parts.form) {
        case ReferenceForm::Malformed:
            report_.add(Problem::MalformedReference, [] {
                return std::string{
                    "Type/id, an absolute URL, urn:uuid:, urn:oid: or #id is expected"};
            });
            return;
        case ReferenceForm::Conditional:
            if (!is_in_transaction_) {
                report_.add(Problem::MalformedReference, [] {
                    return std::string{"conditional references stand in transactions only"};
                });
            }
            break;
        case ReferenceForm::Fragment:
            fragment(parts.id, row);
            return;
        default:
            break;
    }
    if (parts.type) {
        target(*parts.type, row);
    }
}

void StructureCheck::fragment(std::string_view id, const Row* row) {
    if (id.empty()) {
        target(context_.root.type, row);
        return;
    }
    const auto& resources = contained_ids().resources;
    if (const auto found = resources.find(id); found != resources.end()) {
        if (const auto type = type_of(found->second, Type::Resource)) {
            target(*type, row);
        }
        return;
    }
    std::string scratch;
    if (context_.root.element["id"].text(scratch) == id) {
        return;  // R4 has it as #, others write it out
    }
    report_.add(Problem::ReferenceNotFound,
                [] { return std::string{"ref-1: no contained resource has this id"}; });
}

void StructureCheck::target(Type type, const Row* row) {
    if (row == nullptr) {
        return;
    }
    const auto allowed = fhir_definitions::targets_of(*row);
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), type) == allowed.end()) {
        report_.add(Problem::ReferenceTarget, [&] {
            std::string text = "no reference to " + std::string{fhir_definitions::name_of(type)};
            text += " is allowed here, only to";
            for (const Type each : allowed) {
                text.append(" ").append(fhir_definitions::name_of(each));
            }
            return text;
        });
    }
}

/// Coding and CodeableConcept with a required binding.
void StructureCheck::coded(const TypedElement& value, const Row& row) {
    if (fhir_definitions::form_of(row.value_set) != fhir_definitions::Form::Codes ||
        (row.type != Type::Coding && row.type != Type::CodeableConcept)) {
        return;
    }
    std::string code;
    std::string system;
    const auto is_in = [&](Element coding) {
        return fhir_definitions::has_code(
            row.value_set, coding["code"].text(code), coding["system"].text(system));
    };
    bool is_found = row.type == Type::Coding && is_in(value.element);
    for (const Element each : value.element["coding"].children()) {
        is_found = is_found || (row.type == Type::CodeableConcept && is_in(each));
    }
    if (!is_found && !value.element["extension"]) {
        report_.add(Problem::CodeNotInValueSet, [&] {
            return std::string{"a code of "}.append(fhir_definitions::url_of(row.value_set));
        });
    }
}

}  // namespace aorta::plugins::validate_fhir
