// The compiled form of a FHIR path: a flat array of nodes, children before parents. Internal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace aorta::fhir {

enum class PathOp : std::uint8_t {
    This,
    Type,  // a type's name at the beginning: the context, if it is one
    True,
    False,
    Integer,
    Number,  // literals: `text`
    Text,
    Date,
    Member,     // `text` of the input
    Extension,  // extension(argument)
    Index,      // the `number`-th
    First,
    Last,
    Tail,
    Skip,
    Take,
    Single,
    Where,
    OfType,  // `text`; also as()
    // Conditions from here on.
    Is,
    Exists,  // argument: perhaps a condition
    All,
    Empty,
    Not,
    HasValue,
    StartsWith,
    EndsWith,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Xor,
    Implies,
    Count,  // numbers
    Length,
};

constexpr bool is_condition(PathOp op) {
    return (op >= PathOp::Is && op <= PathOp::Implies) || op == PathOp::True || op == PathOp::False;
}

struct PathNode {
    static constexpr std::uint16_t kNone = 0xFFFF;

    PathOp op = PathOp::This;
    std::uint16_t input = kNone;     // what stands before the dot, or the left operand
    std::uint16_t argument = kNone;  // in the parentheses, or the right operand
    std::uint16_t text = kNone;      // index into texts
    std::int64_t number = 0;         // Member: 1 if FHIR has name[x]
};

using PathNodeId = std::uint16_t;

struct PathProgram {
    std::vector<PathNode> nodes;
    std::vector<std::string> texts;
    PathNodeId root = 0;
};

}  // namespace aorta::fhir
