// The syntax of FHIRPath, from text to nodes.
#pragma once

#include "validate/fhir/fhirpath.hpp"

namespace aorta::plugins::validate_fhir {

enum class Function : std::uint8_t {
    Exists,
    Empty,
    Not,
    All,
    AllTrue,
    AllFalse,
    AnyTrue,
    AnyFalse,
    Where,
    Select,
    Count,
    First,
    Last,
    Tail,
    Single,
    IsDistinct,
    Distinct,
    StartsWith,
    EndsWith,
    Contains,
    Matches,
    ReplaceMatches,
    HasValue,
    Is,
    As,
    OfType,
    ToInteger,
    ToText,
    Length,
    Substring,
    Iif,
    Trace,
    Combine,
    Union,
    Intersect,
    SubsetOf,
    Descendants,
    Children,
    Extension,
    Upper,
    Lower,
    Unknown,  // resolve(), memberOf(), …: what nothing here can tell
};

enum class Operator : std::uint8_t {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    LessEqual,
    GreaterEqual,
    Less,
    Greater,
    Union,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
};

/// Appends to `nodes`; returns the index of the whole expression.
Result<int> parse_fhirpath(std::string_view text, std::vector<FhirPathNode>& nodes);

}  // namespace aorta::plugins::validate_fhir
