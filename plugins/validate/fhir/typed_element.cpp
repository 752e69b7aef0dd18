// Elements with their types.
#include "validate/fhir/fhirpath.hpp"

#include <charconv>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir::Element;
using fhir_definitions::Type;

/// `_name`.
Element sibling_of(Element object, std::string_view name) {
    for (const Element child : object.children()) {
        const std::string_view own = child.name();
        if (own.size() == name.size() + 1 && own[0] == '_' && own.substr(1) == name) {
            return child;
        }
    }
    return {};
}

Element item_of(Element array, std::size_t index) {
    if (!array.is(fhir::Kind::Array)) {
        return {};
    }
    for (const Element each : array.children()) {
        if (index-- == 0) {
            return each.is(fhir::Kind::Null) ? Element{} : each;
        }
    }
    return {};
}

double number_of(Element element) {
    double value = 0;
    const std::string_view text = element.raw();
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

std::optional<Type> type_of(Element element, Type declared) {
    if (declared != Type::Resource && declared != Type::DomainResource) {
        return declared;
    }
    const Element name = element["resourceType"];
    if (!name.is(fhir::Kind::String) || !fhir_definitions::is_resource(name.raw())) {
        return std::nullopt;
    }
    return fhir_definitions::find_type(name.raw());
}

void values_of(const TypedElement& object,
               const fhir_definitions::Element& row,
               std::vector<TypedElement>& out) {
    const std::string_view name = fhir_definitions::name_of(row);
    const Element value = object.element[name];
    const bool is_primitive = fhir_definitions::is_primitive(row.type);
    const auto add = [&](Element element, Element sibling) {
        if (!element && !sibling) {
            return;
        }
        out.push_back({element, sibling, type_of(element, row.type).value_or(row.type)});
    };
    if (!is_primitive) {
        if (value.is(fhir::Kind::Array)) {
            for (const Element each : value.children()) {
                add(each, {});
            }
        } else {
            add(value, {});
        }
        return;
    }
    const Element sibling = sibling_of(object.element, name);
    if (value.is(fhir::Kind::Array) || sibling.is(fhir::Kind::Array)) {
        std::size_t index = 0;
        for (const Element each : (value.is(fhir::Kind::Array) ? value : sibling).children()) {
            const bool is_value = value.is(fhir::Kind::Array) && !each.is(fhir::Kind::Null);
            add(is_value ? each : Element{}, item_of(sibling, index++));
        }
        return;
    }
    add(value, sibling);
}

void values_of(const TypedElement& object, std::string_view name, std::vector<TypedElement>& out) {
    // A primitive has an id and extensions.
    const bool is_primitive = fhir_definitions::is_primitive(object.type);
    const TypedElement from =
        is_primitive ? TypedElement{object.sibling, {}, Type::Element} : object;
    if (!from.element.is(fhir::Kind::Object)) {
        return;
    }
    if (const auto* const row = fhir_definitions::find_element(from.type, name)) {
        values_of(from, *row, out);
        return;
    }
    for (const auto& choice : fhir_definitions::choices_of(from.type, name)) {
        values_of(from, choice, out);
    }
}

bool is_same(Element a, Element b) {
    if (!a || !b || a.kind() != b.kind()) {
        return false;
    }
    switch (a.kind()) {
        case fhir::Kind::String: {
            std::string left;
            std::string right;
            return a.text(left) == b.text(right);
        }
        case fhir::Kind::Number:
            return a.raw() == b.raw() || number_of(a) == number_of(b);
        case fhir::Kind::Array: {
            auto left = a.children();
            auto right = b.children();
            auto at = right.begin();
            for (const Element each : left) {
                if (!(at != right.end()) || !is_same(each, *at)) {
                    return false;
                }
                ++at;
            }
            return !(at != right.end());
        }
        case fhir::Kind::Object: {
            std::size_t count = 0;
            for (const Element each : a.children()) {
                ++count;
                if (!is_same(each, b[each.name()])) {
                    return false;
                }
            }
            for (const Element each : b.children()) {
                static_cast<void>(each);
                --count;
            }
            return count == 0;
        }
        default:
            return true;
    }
}

bool has_pattern(Element pattern, Element value) {
    if (pattern.is(fhir::Kind::Object)) {
        return value.is(fhir::Kind::Object) && !any_child(pattern, [&](Element each) {
                   return !has_pattern(each, value[each.name()]);
               });
    }
    if (pattern.is(fhir::Kind::Array)) {
        return !any_child(pattern, [&](Element each) {
            return !any_child(value, [&](Element own) { return has_pattern(each, own); });
        });
    }
    return is_same(pattern, value);
}

}  // namespace aorta::plugins::validate_fhir
