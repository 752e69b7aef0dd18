#include "common/expression/checker.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace aorta::expression {

namespace {

std::string_view describe(ValueType type) {
    constexpr std::string_view kNames[] = {"a field",
                                           "text",
                                           "a number",
                                           "a condition",
                                           "a list of texts",
                                           "a list of numbers",
                                           "a set"};
    return kNames[static_cast<std::size_t>(type)];
}

bool is_textual(ValueType type) {
    return type == ValueType::Text || type == ValueType::Field;
}

bool is_numeric(ValueType type) {
    return type == ValueType::Number || type == ValueType::Field;
}

class Checker {
public:
    explicit Checker(Program& program) : program_(program) {}

    Result<void> run() {
        for (Node& node : program_.nodes) {
            auto type = type_of(node);
            if (!type) {
                return type.error();
            }
            node.type = *type;
        }
        return want_condition(program_.nodes[program_.root]);
    }

private:
    Result<ValueType> type_of(const Node& node) const;
    Result<ValueType> comparison(const Node& node) const;
    Result<ValueType> list(const Node& node) const;
    Result<ValueType> membership(const Node& node) const;

    ValueType child_type(const Node& node, std::size_t index) const {
        return program_.child(node, index).type;
    }

    Result<void> want_condition(const Node& node) const {
        if (node.type == ValueType::Bool) {
            return {};
        }
        return error_at(
            node.offset,
            "expected a condition, this is " + std::string{describe(node.type)} +
                (node.op == Op::Path ? ": compare it, or write exists(…)" : ": compare it"));
    }

    // All children from `first` on are conditions.
    Result<ValueType> conditions(const Node& node, std::size_t first, ValueType result) const {
        for (std::size_t i = first; i < node.count; ++i) {
            if (auto ok = want_condition(program_.child(node, i)); !ok) {
                return ok.error();
            }
        }
        return result;
    }

    Result<ValueType> texts(const Node& node, ValueType result) const {
        for (std::size_t i = 0; i < node.count; ++i) {
            if (!is_textual(child_type(node, i))) {
                return error_at(program_.child(node, i).offset,
                                "expected text or a path, this is " +
                                    std::string{describe(child_type(node, i))});
            }
        }
        return result;
    }

    Result<ValueType> numbers(const Node& node) const {
        for (std::size_t i = 0; i < node.count; ++i) {
            if (!is_numeric(child_type(node, i))) {
                return error_at(program_.child(node, i).offset,
                                "expected a number or a path, this is " +
                                    std::string{describe(child_type(node, i))});
            }
        }
        return ValueType::Number;
    }

    Program& program_;
};

Result<ValueType> Checker::type_of(const Node& node) const {
    switch (node.op) {
        case Op::Number:
            return ValueType::Number;
        case Op::Text:
            return ValueType::Text;
        case Op::Bool:
            return ValueType::Bool;
        case Op::Path: {
            const auto& fhir = program_.paths[node.operand].fhir;
            return fhir != nullptr && fhir->is_condition() ? ValueType::Bool : ValueType::Field;
        }
        case Op::Set:
            return ValueType::Set;
        case Op::List:
            return list(node);
        case Op::Or:
        case Op::And:
        case Op::Not:
            return conditions(node, 0, ValueType::Bool);
        case Op::Negate:
        case Op::Add:
        case Op::Subtract:
        case Op::Multiply:
        case Op::Divide:
            return numbers(node);
        case Op::Equal:
        case Op::NotEqual:
        case Op::Less:
        case Op::LessEqual:
        case Op::Greater:
        case Op::GreaterEqual:
            return comparison(node);
        case Op::In:
            return membership(node);
        case Op::Match:
        case Op::StartsWith:
        case Op::EndsWith:
        case Op::Contains:
            return texts(node, ValueType::Bool);
        case Op::Lower:
        case Op::Upper:
            return texts(node, ValueType::Text);
        case Op::Length:
        case Op::ToNumber:
            return texts(node, ValueType::Number);
        case Op::Exists:
        case Op::Empty:
        case Op::IsNull:
            return ValueType::Bool;
        case Op::Any:
        case Op::All:
            return conditions(node, 1, ValueType::Bool);
        case Op::Count:
            return conditions(node, 1, ValueType::Number);
    }
    return error_at(node.offset, "internal: unknown node");
}

Result<ValueType> Checker::comparison(const Node& node) const {
    const ValueType left = child_type(node, 0);
    const ValueType right = child_type(node, 1);
    const bool is_order = node.op != Op::Equal && node.op != Op::NotEqual;
    const auto may_be_condition = [&](std::size_t index) {
        const Node& child = program_.child(node, index);
        return child.type == ValueType::Bool ||
               (child.op == Op::Path && program_.paths[child.operand].is_fhir());
    };
    if ((left == ValueType::Bool || right == ValueType::Bool) && may_be_condition(0) &&
        may_be_condition(1) && !is_order) {
        return ValueType::Bool;
    }
    if (is_order && left == ValueType::Field && right == ValueType::Field) {
        return error_at(node.offset,
                        "which order is meant? write number(…) on both sides to compare numbers, "
                        "lower(…) on one to compare text");
    }
    if ((is_textual(left) && is_textual(right)) || (is_numeric(left) && is_numeric(right))) {
        return ValueType::Bool;
    }
    return error_at(node.offset,
                    "cannot compare " + std::string{describe(left)} + " with " +
                        std::string{describe(right)} +
                        (left == ValueType::Text || right == ValueType::Text
                             ? ": numbers are written without quotes, texts with"
                             : ""));
}

Result<ValueType> Checker::list(const Node& node) const {
    const ValueType first = child_type(node, 0);
    for (std::size_t i = 1; i < node.count; ++i) {
        if (child_type(node, i) != first) {
            return error_at(program_.child(node, i).offset,
                            "a list holds only texts or only numbers");
        }
    }
    return first == ValueType::Text ? ValueType::TextList : ValueType::NumberList;
}

Result<ValueType> Checker::membership(const Node& node) const {
    const ValueType value = child_type(node, 0);
    const ValueType list = child_type(node, 1);
    if (list == ValueType::TextList ? is_textual(value) : is_numeric(value)) {
        return ValueType::Bool;
    }
    return error_at(node.offset,
                    std::string{describe(value)} + " is never in " + std::string{describe(list)});
}

}  // namespace

Result<void> check_types(Program& program) {
    return Checker{program}.run();
}

}  // namespace aorta::expression
