// The part of FHIRPath in which R4 and its profiles state their invariants: compiled once,
// evaluated over trees.
#pragma once

#include "common/expression/pattern.hpp"
#include "common/fhir/tree.hpp"
#include "common/fhir_definitions/definitions.hpp"

#include <aorta/result.hpp>

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

/// The values of a member of an object, those of arrays one by one, in order. `make` takes each as
/// a TypedElement with the member's row.
void values_of(const TypedElement& object,
               const fhir_definitions::Element& row,
               std::vector<TypedElement>& out);
/// The same by FHIRPath's name, so that `value` is any valueX.
void values_of(const TypedElement& object, std::string_view name, std::vector<TypedElement>& out);

/// Whether two values are the same: numbers by value, objects whatever the order of their members.
bool is_same(fhir::Element a, fhir::Element b);
/// Whether a value has all that a pattern has.
bool has_pattern(fhir::Element pattern, fhir::Element value);

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
