// The part of FHIRPath in which R4 and its profiles state their invariants: compiled once,
// evaluated over trees.
#pragma once

#include "common/expression/pattern.hpp"
#include "validate/fhir/typed_element.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::validate_fhir {

struct FhirPathContext {
    TypedElement resource;  ///< the nearest one: %resource
    TypedElement root;      ///< the one that is not contained: %rootResource
};

enum class Function : std::uint8_t;
enum class Operator : std::uint8_t;

/// One step of a compiled expression.
struct FhirPathNode {
    enum class Kind : std::uint8_t {
        This,
        Empty,
        Text,
        Number,
        Boolean,
        Variable,
        Member,
        Call,
        Index,
        Binary,
        TypeTest,  // is
        TypeCast,  // as
    };

    Kind kind = Kind::This;
    Function function{};
    Operator op{};
    std::string text = {};
    double number = 0;
    int input = -1;  ///< of a member, call or index; -1: what the expression is applied to
    std::vector<int> arguments = {};
    std::optional<expression::Pattern> pattern = {};
};

/// Any thread may evaluate.
class FhirPath {
public:
    /// Fails for what is no FHIRPath, or has functions that are not known here.
    static Result<FhirPath> compile(std::string_view text);

    /// Whether the expression holds; nothing if that cannot be told (it resolves references into
    /// the world, asks a terminology, compares what cannot be compared, or costs too much).
    std::optional<bool> holds(const TypedElement& on, const FhirPathContext& context) const;

private:
    std::vector<FhirPathNode> nodes_;
    int root_ = -1;
};

}  // namespace aorta::plugins::validate_fhir
