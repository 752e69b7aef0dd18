// What FHIR R4 says about resources, data types, their elements and value sets. Constant tables:
// any thread; what is returned lives as long as the library.
#pragma once

#include "common/fhir_definitions/data.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aorta::fhir_definitions {

/// A member that an object of a type may have in JSON. The head of a choice (`value`) is none, but
/// stands for its types, which follow it (`valueQuantity`, …).
using Element = data::Element;

/// "Observation", "Quantity", "code", "Observation.component"; nothing if R4 has no such type.
std::optional<Type> find_type(std::string_view name);
/// "Observation.component"
std::string_view name_of(Type type);
Kind kind_of(Type type);
/// The type it is derived from (Age: Quantity; Patient: DomainResource); Element for primitives.
Type base_of(Type type);
bool is_a(Type type, Type base);
/// True of the name of a resource that may be sent: Patient, not DomainResource.
bool is_resource(std::string_view name);
/// Its slots that must be filled, as bits.
std::uint64_t required_slots(Type type);

/// In the order of the standard, inherited ones and heads of choices among them.
std::span<const Element> elements_of(Type type);
/// By its name in JSON (`valueQuantity`, not `value`); null if the type has none of that name.
const Element* find_element(Type type, std::string_view name);
/// The types of a choice by its name without a type (`value`); empty if the type has no such
/// choice.
std::span<const Element> choices_of(Type type, std::string_view name);
std::string_view name_of(const Element& element);
/// Without the type of a choice: `value`.
std::string_view base_name_of(const Element& element);

constexpr bool has(const Element& element, std::uint8_t flag) {
    return (element.flags & flag) != 0;
}

constexpr bool is_array(const Element& element) {
    return has(element, data::kArray);
}

constexpr bool is_primitive(Type type) {
    return type <= Type::xhtml;
}

/// What a Reference or canonical may lead to; empty: any resource.
std::span<const Type> targets_of(const Element& element);

/// A value set by its url, without a version; 0 if it is not known.
std::uint16_t find_value_set(std::string_view url);
std::string_view url_of(std::uint16_t value_set);
Form form_of(std::uint16_t value_set);
/// Whether a listed set (Form::Codes) has the code, in whatever system.
bool has_code(std::uint16_t value_set, std::string_view code);
bool has_code(std::uint16_t value_set, std::string_view code, std::string_view system);

using Invariant = data::InvariantRow;
/// All that are stated as expressions, ordered by type.
std::span<const Invariant> invariants();

/// A vital signs profile: a StructureDefinition, with its elements as far as they say more than
/// their base.
struct VitalSign {
    std::string_view url;
    std::string_view code;  ///< LOINC; empty for the profile of all
    std::string_view definition;
};

std::size_t vital_sign_count();
VitalSign vital_sign(std::size_t index);

}  // namespace aorta::fhir_definitions
