// Elements with their types, and the values that they have.
#pragma once

#include "common/fhir/tree.hpp"
#include "common/fhir_definitions/definitions.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::validate_fhir {

/// An element of a resource with its type.
struct TypedElement {
    fhir::Element element = {};
    fhir::Element sibling = {};  ///< `_name` of a primitive: its id and extensions
    fhir_definitions::Type type = fhir_definitions::Type::Element;

    bool exists() const { return static_cast<bool>(element) || static_cast<bool>(sibling); }
};

template <class Is>
bool any_child(fhir::Element parent, Is&& is) {
    for (const fhir::Element child : parent.children()) {
        if (is(child)) {
            return true;
        }
    }
    return false;
}

/// The type that an object has where one of `declared` is expected: of a resource, its own.
/// Nothing if it is a resource that R4 does not have.
std::optional<fhir_definitions::Type> type_of(fhir::Element element,
                                              fhir_definitions::Type declared);

/// A member's value and, of a primitive, what else stands beside it.
struct Member {
    fhir::Element value;
    fhir::Element sibling;
};

Member member_of(fhir::Element object, const fhir_definitions::Element& row);

/// Goes through an array in step with another one; a missing array has nothing.
class Beside {
public:
    explicit Beside(fhir::Element array)
        : children_(array.is(fhir::Kind::Array) ? array.children() : fhir::Element{}.children()),
          at_(children_.begin()) {}

    /// The next item; nothing for null, and behind the end.
    fhir::Element next() {
        if (!(at_ != children_.end())) {
            return {};
        }
        const fhir::Element item = *at_;
        ++at_;
        return item.is(fhir::Kind::Null) ? fhir::Element{} : item;
    }

private:
    fhir::Element::Children children_;
    fhir::Element::Iterator at_;
};

/// Where names are looked for: a primitive has an id and extensions in its sibling.
TypedElement names_of(const TypedElement& value);

/// Calls `visit(TypedElement, index)` for the values of a member of an object, those of arrays one
/// by one, in order.
template <class Visit>
void each_value(const TypedElement& object, const fhir_definitions::Element& row, Visit&& visit) {
    const Member member = member_of(object.element, row);
    const auto add = [&](fhir::Element element, fhir::Element sibling, std::uint32_t index) {
        if (element || sibling) {
            const bool is_resource = row.type == fhir_definitions::Type::Resource;
            const auto type =
                is_resource ? type_of(element, row.type).value_or(row.type) : row.type;
            visit(TypedElement{element, sibling, type}, index);
        }
    };
    if (!member.value.is(fhir::Kind::Array) && !member.sibling.is(fhir::Kind::Array)) {
        add(member.value, member.sibling, 0);
        return;
    }
    const bool has_values = member.value.is(fhir::Kind::Array);
    Beside siblings{member.sibling};
    std::uint32_t index = 0;
    for (const fhir::Element each : (has_values ? member.value : member.sibling).children()) {
        const bool is_value = has_values && !each.is(fhir::Kind::Null);
        add(is_value ? each : fhir::Element{}, siblings.next(), index);
        ++index;
    }
}

/// The same by FHIRPath's name, so that `value` is any valueX: `visit(TypedElement, row, index)`.
template <class Visit>
void each_value(const TypedElement& object, std::string_view name, Visit&& visit) {
    const TypedElement from = names_of(object);
    if (!from.element.is(fhir::Kind::Object)) {
        return;
    }
    const auto visit_row = [&](const fhir_definitions::Element& row) {
        each_value(from, row, [&](const TypedElement& value, std::uint32_t index) {
            visit(value, row, index);
        });
    };
    if (const auto* const row = fhir_definitions::find_element(from.type, name)) {
        visit_row(*row);
        return;
    }
    const fhir_definitions::Element* last = nullptr;
    for (const fhir::Element child : from.element.children()) {
        std::string_view own = child.name();
        own.remove_prefix(own.starts_with('_') ? 1 : 0);
        if (own.size() <= name.size() || !own.starts_with(name)) {
            continue;
        }
        const auto* const row = fhir_definitions::find_element(from.type, own);
        if (row != nullptr && row != last && row->base_length == name.size() &&
            fhir_definitions::has(*row, fhir_definitions::data::kChoice)) {
            last = row;
            visit_row(*row);
        }
    }
}

inline void values_of(const TypedElement& object,
                      const fhir_definitions::Element& row,
                      std::vector<TypedElement>& out) {
    each_value(
        object, row, [&](const TypedElement& value, std::uint32_t) { out.push_back(value); });
}

inline void values_of(const TypedElement& object,
                      std::string_view name,
                      std::vector<TypedElement>& out) {
    each_value(object, name, [&](const TypedElement& value, const auto&, std::uint32_t) {
        out.push_back(value);
    });
}

/// Whether there is a value of that name (FHIRPath's), or only extensions of it.
bool has_member(const TypedElement& object, std::string_view name);

/// Whether two values are the same: numbers by value, objects whatever the order of their members.
bool is_same(fhir::Element a, fhir::Element b);
/// Whether a value has all that a pattern has.
bool has_pattern(fhir::Element pattern, fhir::Element value);

}  // namespace aorta::plugins::validate_fhir
