#include "validate/fhir/fhirpath_value.hpp"

#include "common/fhir/date_time.hpp"

#include <charconv>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir_definitions::Type;
using ItemKind = FhirPathItem::Kind;

bool is_date(Type type) {
    return type == Type::date || type == Type::dateTime || type == Type::instant;
}

/// Nothing where the precisions leave the order open.
std::optional<int> compare_dates(std::string_view a, std::string_view b) {
    const auto left = fhir::parse_date_time(a);
    const auto right = fhir::parse_date_time(b);
    if (!left || !right) {
        return std::nullopt;
    }
    const auto left_ns = fhir::to_epoch_ns(*left);
    const auto right_ns = fhir::to_epoch_ns(*right);
    if (left_ns && right_ns) {
        return *left_ns < *right_ns ? -1 : *left_ns > *right_ns ? 1 : 0;
    }
    const int lefts[] = {
        left->year, left->month, left->day, left->hour, left->minute, left->second};
    const int rights[] = {
        right->year, right->month, right->day, right->hour, right->minute, right->second};
    const auto least = std::min(left->precision, right->precision);
    const std::size_t count =
        least >= fhir::Precision::Minute ? 6 : static_cast<std::size_t>(least) + 1;
    for (std::size_t i = 0; i < count; ++i) {
        if (lefts[i] != rights[i]) {
            return lefts[i] < rights[i] ? -1 : 1;
        }
    }
    return left->precision == right->precision ? std::optional{0} : std::nullopt;
}

std::optional<int> compare_quantities(const TypedElement& a, const TypedElement& b) {
    const fhir::Element left = a.element["value"];
    const fhir::Element right = b.element["value"];
    const fhir::Element left_code = a.element["code"];
    const fhir::Element right_code = b.element["code"];
    const bool is_same_unit =
        left_code ? is_same(left_code, right_code)
                  : !right_code && a.element["unit"].raw() == b.element["unit"].raw();
    if (!is_same_unit || !left || !right) {
        return std::nullopt;
    }
    return compare(item_of({left, {}, Type::decimal}), item_of({right, {}, Type::decimal}));
}

}  // namespace

bool has_value(const FhirPathItem& item) {
    if (item.kind != ItemKind::Node) {
        return true;
    }
    const fhir::Element element = item.node.element;
    return static_cast<bool>(element) && !element.is(fhir::Kind::Object) &&
           !element.is(fhir::Kind::Array) && !element.is(fhir::Kind::Null);
}

std::string text_of(const FhirPathItem& item) {
    switch (item.kind) {
        case ItemKind::Text:
            return item.text;
        case ItemKind::Number: {
            char out[32];
            const auto end = std::to_chars(out, out + sizeof out, item.number).ptr;
            return {out, end};
        }
        case ItemKind::Boolean:
            return item.number != 0 ? "true" : "false";
        default: {
            std::string scratch;
            return has_value(item) ? std::string{item.node.element.text(scratch)} : std::string{};
        }
    }
}

std::optional<double> number_of(const FhirPathItem& item) {
    if (item.kind == ItemKind::Number) {
        return item.number;
    }
    if (item.kind != ItemKind::Node || !item.node.element.is(fhir::Kind::Number)) {
        return std::nullopt;
    }
    const std::string_view text = item.node.element.raw();
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::optional<bool> is_equal(const FhirPathItem& a, const FhirPathItem& b) {
    if (a.kind == ItemKind::Node && b.kind == ItemKind::Node && !has_value(a) && !has_value(b)) {
        return a.node.element ? is_same(a.node.element, b.node.element) : false;
    }
    if (!has_value(a) || !has_value(b)) {
        return false;
    }
    const auto left = number_of(a);
    const auto right = number_of(b);
    if (left || right) {
        return left && right && *left == *right;
    }
    return text_of(a) == text_of(b);
}

std::optional<int> compare(const FhirPathItem& a, const FhirPathItem& b) {
    const auto left = number_of(a);
    const auto right = number_of(b);
    if (left && right) {
        return *left < *right ? -1 : *left > *right ? 1 : 0;
    }
    const bool are_nodes = a.kind == ItemKind::Node && b.kind == ItemKind::Node;
    if (are_nodes && is_a(a.node.type, Type::Quantity) && is_a(b.node.type, Type::Quantity)) {
        return compare_quantities(a.node, b.node);
    }
    if (!has_value(a) || !has_value(b) || left || right) {
        return std::nullopt;
    }
    if (are_nodes && is_date(a.node.type)) {
        return compare_dates(text_of(a), text_of(b));
    }
    return text_of(a).compare(text_of(b));
}

std::optional<bool> truth_of(const Collection& items) {
    if (items.empty()) {
        return std::nullopt;
    }
    const FhirPathItem& first = items.front();
    if (items.size() == 1 && first.kind == ItemKind::Boolean) {
        return first.number != 0;
    }
    if (items.size() == 1 && first.kind == ItemKind::Node && first.node.type == Type::boolean &&
        has_value(first)) {
        return first.node.element.is(fhir::Kind::True);
    }
    return true;
}

bool is_of_type(const FhirPathItem& item, std::string_view type) {
    switch (item.kind) {
        case ItemKind::Text:
            return type == "String" || type == "string";
        case ItemKind::Number:
            return type == "Decimal" || type == "Integer" || type == "decimal" || type == "integer";
        case ItemKind::Boolean:
            return type == "Boolean" || type == "boolean";
        default:
            break;
    }
    const auto known = fhir_definitions::find_type(type);
    if (known) {
        return fhir_definitions::is_a(item.node.type, *known);
    }
    const std::string_view own = fhir_definitions::name_of(item.node.type);
    return !own.empty() && own.size() == type.size() && own.substr(1) == type.substr(1) &&
           (own[0] | 0x20) == (type[0] | 0x20);  // Boolean
}

}  // namespace aorta::plugins::validate_fhir
