#include "validate/fhir/typed_element.hpp"

#include "common/fhir_definitions/same_name.hpp"

#include <charconv>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir::Element;
using fhir_definitions::Type;

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

Member member_of(Element object, const fhir_definitions::Element& row) {
    const std::string_view name = fhir_definitions::name_of(row);
    Member found;
    for (const Element child : object.children()) {
        const std::string_view own = child.name();
        if (fhir_definitions::is_same_name(own, name)) {
            found.value = child;
        } else if (own.size() == name.size() + 1 && own[0] == '_' && own.substr(1) == name) {
            found.sibling = child;
        }
    }
    return found;
}

TypedElement names_of(const TypedElement& value) {
    const bool is_primitive = fhir_definitions::is_primitive(value.type);
    return is_primitive ? TypedElement{value.sibling, {}, Type::Element} : value;
}

bool has_member(const TypedElement& object, std::string_view name) {
    bool is_found = false;
    each_value(
        object, name, [&](const TypedElement&, const auto&, std::uint32_t) { is_found = true; });
    return is_found;
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
