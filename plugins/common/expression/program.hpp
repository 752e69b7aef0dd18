// The compiled form: a flat array of nodes, children before parents. Internal to the library.
#pragma once

#include "common/expression/fields.hpp"
#include "common/expression/pattern.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace aorta::expression {

enum class Op : std::uint8_t {
    Number,
    Text,
    Bool,
    Path,
    Set,   // a path that a quantifier goes over
    List,  // children: literals
    Or,    // children: two or more
    And,
    Not,
    Negate,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,     // children: value, list
    Match,  // child: value; `operand`: pattern
    Add,
    Subtract,
    Multiply,
    Divide,
    Exists,
    Empty,
    IsNull,
    Length,
    Lower,
    Upper,
    ToNumber,
    StartsWith,
    EndsWith,
    Contains,
    Any,  // children: set, condition
    All,
    Count,  // children: set and perhaps a condition
};

/// The type that a node has before anything runs.
enum class ValueType : std::uint8_t {
    Field,  // what a path names: text or a number, known when it is read
    Text,
    Number,
    Bool,
    TextList,
    NumberList,
    Set,
};

struct Node {
    Op op = Op::Bool;
    ValueType type = ValueType::Field;
    std::uint8_t depth = 1;
    bool truth = false;       // Bool
    std::uint16_t first = 0;  // children[first … first + count)
    std::uint16_t count = 0;
    std::uint16_t operand = 0;  // index into texts, paths or patterns
    std::uint16_t slot = 0;     // Path: 1 … kMaxFixedPaths if read once for a whole quantifier
    std::uint32_t offset = 0;   // in the text
    double number = 0.0;
};

using NodeId = std::uint16_t;

struct Program {
    std::vector<Node> nodes;
    std::vector<NodeId> children;
    std::vector<std::string> texts;
    std::vector<Path> paths;
    std::vector<Pattern> patterns;
    NodeId root = 0;

    std::span<const NodeId> children_of(const Node& node) const {
        return std::span{children}.subspan(node.first, node.count);
    }

    const Node& child(const Node& node, std::size_t index) const {
        return nodes[children[node.first + index]];
    }
};

/// The one form of every compile error.
inline Error error_at(std::size_t offset, std::string message) {
    return {ErrorCode::InvalidConfig, std::move(message), "byte " + std::to_string(offset)};
}

}  // namespace aorta::expression
