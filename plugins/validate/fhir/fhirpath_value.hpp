// What FHIRPath computes with.
#pragma once

#include "validate/fhir/fhirpath.hpp"

namespace aorta::plugins::validate_fhir {

struct FhirPathItem {
    enum class Kind : std::uint8_t { Node, Text, Number, Boolean };

    Kind kind = Kind::Node;
    TypedElement node = {};
    std::string text = {};
    double number = 0;  ///< of a Boolean: 1 or 0
};

using Collection = std::vector<FhirPathItem>;

inline FhirPathItem item_of(const TypedElement& node) {
    return {.node = node};
}

inline FhirPathItem item_of(std::string text) {
    return {.kind = FhirPathItem::Kind::Text, .text = std::move(text)};
}

inline FhirPathItem item_of(double number) {
    return {.kind = FhirPathItem::Kind::Number, .number = number};
}

inline FhirPathItem item_of(bool value) {
    return {.kind = FhirPathItem::Kind::Boolean, .number = value ? 1.0 : 0.0};
}

bool has_value(const FhirPathItem& item);
/// The text of a string, number or boolean; empty for what has none.
std::string text_of(const FhirPathItem& item);
std::optional<double> number_of(const FhirPathItem& item);
/// Nothing where FHIRPath's answer is empty.
std::optional<bool> is_equal(const FhirPathItem& a, const FhirPathItem& b);
/// Below, at or above 0; nothing for what cannot be compared.
std::optional<int> compare(const FhirPathItem& a, const FhirPathItem& b);
/// As FHIRPath takes a collection for a boolean: empty, its only value, or that there is one.
std::optional<bool> truth_of(const Collection& items);
/// By FHIR's or FHIRPath's own name of the type.
bool is_of_type(const FhirPathItem& item, std::string_view type);

}  // namespace aorta::plugins::validate_fhir
