#include "common/expression/evaluator.hpp"

#include "common/expression/number.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace aorta::expression {

namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

bool has_content(const Value& value) {
    return value.kind != Value::Kind::Absent && value.kind != Value::Kind::Null;
}

/// Of a condition, or of a field of FHIR that holds one.
std::optional<bool> truth_of(const Value& value) {
    if (value.kind == Value::Kind::Bool) {
        return value.truth;
    }
    if (value.kind == Value::Kind::Text && (value.text == "true" || value.text == "false")) {
        return value.text == "true";
    }
    return std::nullopt;
}

template <class T>
bool ordered(Op op, const T& left, const T& right) {
    switch (op) {
        case Op::Equal:
            return left == right;
        case Op::NotEqual:
            return left != right;
        case Op::Less:
            return left < right;
        case Op::LessEqual:
            return left <= right;
        case Op::Greater:
            return left > right;
        default:
            return left >= right;
    }
}

double applied(Op op, double left, double right) {
    switch (op) {
        case Op::Add:
            return left + right;
        case Op::Subtract:
            return left - right;
        case Op::Multiply:
            return left * right;
        default:
            return right == 0.0 ? std::numeric_limits<double>::quiet_NaN() : left / right;
    }
}

}  // namespace

Outcome Evaluator::run() {
    const bool is_true = condition(program_.nodes[program_.root]);
    if (work_ > Limits::kMaxWork) {
        ++stats_.gave_up;
        return Outcome::GaveUp;
    }
    return is_true ? Outcome::True : Outcome::False;
}

// False when the budget is spent; then whatever is computed does not matter.
bool Evaluator::charge(std::uint64_t steps) {
    work_ += steps;
    return work_ <= Limits::kMaxWork;
}

Value Evaluator::value(const Node& node) {
    switch (node.op) {
        case Op::Number:
            return Value::of(node.number);
        case Op::Text:
            return Value::of(std::string_view{program_.texts[node.operand]});
        case Op::Path:
            return path(node);
        case Op::Negate:
        case Op::Add:
        case Op::Subtract:
        case Op::Multiply:
        case Op::Divide:
            return arithmetic(node);
        case Op::Length:
            return length(node);
        case Op::Lower:
            return changed_case(node, 'A', 'Z');
        case Op::Upper:
            return changed_case(node, 'a', 'z');
        case Op::ToNumber: {
            const auto parsed = number(child(node, 0));
            return parsed ? Value::of(*parsed) : Value{};
        }
        case Op::Count:
            return Value::of(static_cast<double>(count(node, kNoLimit, true)));
        default:
            return Value::of(condition(node));
    }
}

bool Evaluator::condition(const Node& node) {
    if (!charge(1)) {
        return false;
    }
    const auto holds = [this](NodeId id) { return condition(program_.nodes[id]); };
    const auto children = program_.children_of(node);
    switch (node.op) {
        case Op::Bool:
            return node.truth;
        case Op::Path:
            return truth_of(path(node)).value_or(false);
        case Op::Or:
            return std::any_of(children.begin(), children.end(), holds);
        case Op::And:
            return std::all_of(children.begin(), children.end(), holds);
        case Op::Not:
            return !holds(children[0]);
        case Op::In:
            return is_in(node);
        case Op::Match:
        case Op::StartsWith:
        case Op::EndsWith:
        case Op::Contains:
            return text_test(node);
        case Op::Exists:
        case Op::Empty:
        case Op::IsNull:
            return presence(node);
        case Op::Any:
            return count(node, 1, true) == 1;
        case Op::All:
            return count(node, 1, false) == 0;
        default:
            return compare(node);
    }
}

Value Evaluator::path(const Node& node) {
    const Path& path = program_.paths[node.operand];
    charge(1);
    Value read;
    if (node.slot == 0) {
        read = fields_.read(path, at_, scratch_);
    } else {
        // The same for every element: read once, so that a quantifier stays linear.
        Value& fixed = fixed_[node.slot - 1U];
        const std::uint32_t bit = std::uint32_t{1} << node.slot;
        if ((fixed_is_read_ & bit) == 0) {
            fixed = fields_.read(path, at_, fixed_scratch_);
            fixed_is_read_ |= bit;
        }
        read = fixed;
    }
    charge_text(read);
    return read;
}

std::optional<double> Evaluator::number(const Value& value) {
    if (value.kind == Value::Kind::Number) {
        return value.number;
    }
    if (value.kind != Value::Kind::Text) {
        return std::nullopt;
    }
    auto parsed = parse_number(value.text);
    if (!parsed) {
        ++stats_.not_a_number;
    }
    return parsed;
}

Value Evaluator::arithmetic(const Node& node) {
    charge(1);
    const auto left = number(child(node, 0));
    if (node.op == Op::Negate) {
        return left ? Value::of(-*left) : Value{};
    }
    const auto right = number(child(node, 1));
    if (!left || !right) {
        return {};
    }
    const double result = applied(node.op, *left, *right);
    if (!std::isfinite(result)) {
        ++stats_.not_a_number;
        return {};
    }
    return Value::of(result);
}

// In characters: UTF-8 continuation bytes do not count.
Value Evaluator::length(const Node& node) {
    const Value text = child(node, 0);
    if (text.kind != Value::Kind::Text) {
        return {};
    }
    charge_text(text);
    return Value::of(
        static_cast<double>(std::count_if(text.text.begin(), text.text.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        })));
}

Value Evaluator::changed_case(const Node& node, char first, char last) {
    const Value text = child(node, 0);
    const auto changes = [&](char c) { return c >= first && c <= last; };
    charge_text(text);
    if (std::none_of(text.text.begin(), text.text.end(), changes)) {
        return text;
    }
    std::string& changed = scratch_.add();
    changed = text.text;
    for (char& c : changed) {
        c = changes(c) ? static_cast<char>(c ^ 0x20) : c;
    }
    return Value::of(std::string_view{changed});
}

bool Evaluator::compare(const Node& node) {
    if (program_.child(node, 0).type == ValueType::Bool ||
        program_.child(node, 1).type == ValueType::Bool) {
        const auto left = truth_of(child(node, 0));
        const auto right = truth_of(child(node, 1));
        return left && right && (*left == *right) == (node.op == Op::Equal);
    }
    const Value left = child(node, 0);
    const Value right = child(node, 1);
    if (!has_content(left) || !has_content(right)) {
        return false;
    }
    if (left.kind == Value::Kind::Text && right.kind == Value::Kind::Text) {
        charge_text(left);
        return ordered(node.op, left.text, right.text);
    }
    const auto left_number = number(left);
    const auto right_number = number(right);
    return left_number && right_number && ordered(node.op, *left_number, *right_number);
}

bool Evaluator::is_in(const Node& node) {
    const Value wanted = child(node, 0);
    if (!has_content(wanted)) {
        return false;
    }
    const auto items = program_.children_of(program_.child(node, 1));
    charge(items.size());
    if (program_.child(node, 1).type == ValueType::TextList) {
        return wanted.kind == Value::Kind::Text &&
               std::any_of(items.begin(), items.end(), [&](NodeId item) {
                   return program_.texts[program_.nodes[item].operand] == wanted.text;
               });
    }
    const auto parsed = number(wanted);
    return parsed && std::any_of(items.begin(), items.end(), [&](NodeId item) {
               return value(program_.nodes[item]).number == *parsed;
           });
}

bool Evaluator::text_test(const Node& node) {
    const Value subject = child(node, 0);
    if (subject.kind != Value::Kind::Text) {
        return false;
    }
    charge_text(subject);
    if (node.op == Op::Match) {
        return program_.patterns[node.operand].is_in(subject.text);
    }
    const Value part = child(node, 1);
    // A search may compare the part at every place of the subject.
    if (part.kind != Value::Kind::Text ||
        !charge((subject.text.size() / 16) * (part.text.size() / 16))) {
        return false;
    }
    if (node.op == Op::StartsWith) {
        return subject.text.starts_with(part.text);
    }
    if (node.op == Op::EndsWith) {
        return subject.text.ends_with(part.text);
    }
    return subject.text.find(part.text) != std::string_view::npos;
}

bool Evaluator::presence(const Node& node) {
    const Node& place = program_.child(node, 0);
    if (place.op == Op::Set) {
        Cursor element;
        return fields_.next(program_.paths[place.operand], at_, element) == (node.op == Op::Exists);
    }
    const Value found = path(place);
    switch (node.op) {
        case Op::Exists:
            return has_content(found);
        case Op::Empty:
            return found.kind == Value::Kind::Absent;
        default:
            return found.kind == Value::Kind::Null;
    }
}

// How many elements of the set have the condition `wanted`, at most `enough`.
std::uint64_t Evaluator::count(const Node& node, std::uint64_t enough, bool wanted) {
    const Path& set = program_.paths[program_.child(node, 0).operand];
    const Cursor outer = at_;
    const std::size_t texts = scratch_.size();
    Cursor element;
    std::uint64_t found = 0;
    while (found < enough && charge(1) && fields_.next(set, outer, element)) {
        at_ = element;
        found += node.count == 1 || condition(program_.child(node, 1)) == wanted ? 1 : 0;
        scratch_.shrink(texts);
    }
    at_ = outer;
    return found;
}

}  // namespace aorta::expression
