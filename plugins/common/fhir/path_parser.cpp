#include "common/fhir/path_parser.hpp"

#include "common/fhir/choice_types.hpp"
#include "common/fhir/path.hpp"

#include <array>
#include <utility>

namespace aorta::fhir {

namespace {

enum class Takes : std::uint8_t { Nothing, Condition, PerhapsCondition, Value, Number, Type };

struct Function {
    std::string_view name;
    PathOp op;
    Takes takes;
};

constexpr std::array<Function, 21> kFunctions{{
    {"all", PathOp::All, Takes::Condition},
    {"as", PathOp::OfType, Takes::Type},
    {"contains", PathOp::Contains, Takes::Value},
    {"count", PathOp::Count, Takes::Nothing},
    {"empty", PathOp::Empty, Takes::Nothing},
    {"endsWith", PathOp::EndsWith, Takes::Value},
    {"exists", PathOp::Exists, Takes::PerhapsCondition},
    {"extension", PathOp::Extension, Takes::Value},
    {"first", PathOp::First, Takes::Nothing},
    {"hasValue", PathOp::HasValue, Takes::Nothing},
    {"is", PathOp::Is, Takes::Type},
    {"last", PathOp::Last, Takes::Nothing},
    {"length", PathOp::Length, Takes::Nothing},
    {"not", PathOp::Not, Takes::Nothing},
    {"ofType", PathOp::OfType, Takes::Type},
    {"single", PathOp::Single, Takes::Nothing},
    {"skip", PathOp::Skip, Takes::Number},
    {"startsWith", PathOp::StartsWith, Takes::Value},
    {"tail", PathOp::Tail, Takes::Nothing},
    {"take", PathOp::Take, Takes::Number},
    {"where", PathOp::Where, Takes::Condition},
}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

const Function* find_function(std::string_view name) {
    for (const Function& function : kFunctions) {
        if (function.name == name) {
            return &function;
        }
    }
    return nullptr;
}

}  // namespace

Result<PathProgram> PathParser::parse() {
    const PathNodeId root = implies_rule();
    skip_space();
    if (!error_ && at_ != text_.size()) {
        fail(at_, "the path ends here: a dot, an operator or the end is expected");
    }
    return finish(root);
}

Result<PathProgram> PathParser::parse_front() {
    return finish(steps(first_name()));
}

Result<PathProgram> PathParser::finish(PathNodeId root) {
    if (error_) {
        return std::move(*error_);
    }
    program_.root = root;
    return std::move(program_);
}

PathNodeId PathParser::implies_rule() {
    if (++depth_ > PathLimits::kMaxDepth) {
        return fail(at_, "nested deeper than " + std::to_string(PathLimits::kMaxDepth));
    }
    PathNodeId left = or_rule();
    while (!error_ && accept_word("implies")) {
        left = add_binary(PathOp::Implies, left, or_rule());
    }
    --depth_;
    return left;
}

PathNodeId PathParser::or_rule() {
    PathNodeId left = and_rule();
    while (!error_) {
        if (accept_word("or")) {
            left = add_binary(PathOp::Or, left, and_rule());
        } else if (accept_word("xor")) {
            left = add_binary(PathOp::Xor, left, and_rule());
        } else {
            break;
        }
    }
    return left;
}

PathNodeId PathParser::and_rule() {
    PathNodeId left = equality();
    while (!error_ && accept_word("and")) {
        left = add_binary(PathOp::And, left, equality());
    }
    return left;
}

PathNodeId PathParser::equality() {
    PathNodeId left = inequality();
    while (!error_) {
        if (accept("!=")) {
            left = add_binary(PathOp::NotEqual, left, inequality());
        } else if (accept("!~")) {
            left = add_binary(PathOp::NotEquivalent, left, inequality());
        } else if (accept("==") || accept("=")) {
            left = add_binary(PathOp::Equal, left, inequality());
        } else if (accept("~")) {
            left = add_binary(PathOp::Equivalent, left, inequality());
        } else {
            break;
        }
    }
    return left;
}

PathNodeId PathParser::inequality() {
    PathNodeId left = type_test();
    while (!error_) {
        if (accept("<=")) {
            left = add_binary(PathOp::LessEqual, left, type_test());
        } else if (accept(">=")) {
            left = add_binary(PathOp::GreaterEqual, left, type_test());
        } else if (accept("<")) {
            left = add_binary(PathOp::Less, left, type_test());
        } else if (accept(">")) {
            left = add_binary(PathOp::Greater, left, type_test());
        } else {
            break;
        }
    }
    return left;
}

PathNodeId PathParser::type_test() {
    PathNodeId left = unary();
    while (!error_) {
        const bool is_test = accept_word("is");
        if (!is_test && !accept_word("as")) {
            break;
        }
        const std::uint16_t name = add_text(type_name());
        left = add({.op = is_test ? PathOp::Is : PathOp::OfType, .input = left, .text = name});
    }
    return left;
}

PathNodeId PathParser::unary() {
    skip_space();
    if (peek() == '-' && is_digit(peek(1))) {
        ++at_;
        return steps(number(true));
    }
    return steps(term());
}

PathNodeId PathParser::term() {
    skip_space();
    const char c = peek();
    if (accept("(")) {
        const PathNodeId inner = implies_rule();
        expect(')');
        return inner;
    }
    if (c == '\'') {
        return quoted();
    }
    if (is_digit(c)) {
        return number(false);
    }
    if (c == '@') {
        return date();
    }
    if (accept_word("true") || accept_word("false")) {
        return add({.op = text_[at_ - 2] == 'u' ? PathOp::True : PathOp::False});
    }
    if (accept("$this")) {
        return add({.op = PathOp::This});
    }
    return first_name();
}

/// A name without a dot before it: a type, or a member or a function of the context.
PathNodeId PathParser::first_name() {
    skip_space();
    const PathNodeId context = add({.op = PathOp::This});
    if (peek() < 'A' || peek() > 'Z') {
        return invocation(context);
    }
    std::string name = identifier();
    if (peek() == '.' && (name == "FHIR" || name == "System")) {
        ++at_;
        name = identifier();
    }
    return add({.op = PathOp::Type, .input = context, .text = add_text(std::move(name))});
}

PathNodeId PathParser::steps(PathNodeId input) {
    while (!error_) {
        if (peek() == '.') {
            ++at_;
            input = invocation(input);
        } else if (peek() == '[') {
            ++at_;
            const std::int64_t index = whole_number();
            expect(']');
            input = add({.op = PathOp::Index, .input = input, .number = index});
        } else {
            break;
        }
    }
    return input;
}

PathNodeId PathParser::invocation(PathNodeId input) {
    skip_space();
    const std::size_t offset = at_;
    const bool is_delimited = peek() == '`';
    std::string name = identifier();
    if (error_) {
        return 0;
    }
    if (!is_delimited && peek() == '(') {
        ++at_;
        return call(name, input, offset);
    }
    const bool is_choice = may_be_choice(name);
    return add({.op = PathOp::Member,
                .input = input,
                .text = add_text(std::move(name)),
                .number = is_choice ? 1 : 0});
}

PathNodeId PathParser::call(std::string_view name, PathNodeId input, std::size_t offset) {
    const Function* function = find_function(name);
    if (function == nullptr) {
        std::string known;
        for (const Function& each : kFunctions) {
            known += (known.empty() ? "" : ", ") + std::string{each.name};
        }
        return fail(offset, "'" + std::string{name} + "' is no function here: " + known);
    }
    PathNode node{.op = function->op, .input = input};
    skip_space();
    switch (function->takes) {
        case Takes::Nothing:
            break;
        case Takes::PerhapsCondition:
            node.argument = peek() == ')' ? PathNode::kNone : implies_rule();
            break;
        case Takes::Condition:
        case Takes::Value:
            node.argument = implies_rule();
            break;
        case Takes::Number:
            node.number = whole_number();
            break;
        case Takes::Type:
            node.text = add_text(type_name());
            break;
    }
    expect(')');
    return add(node);
}

}  // namespace aorta::fhir
