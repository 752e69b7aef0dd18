// The conditions of FHIR paths; the steps are in path_evaluator.cpp.
#include "common/fhir/path_compare.hpp"
#include "common/fhir/path_evaluator.hpp"

#include <string>
#include <vector>

namespace aorta::fhir {

namespace {

std::optional<bool> negated(std::optional<bool> truth) {
    return truth ? std::optional{!*truth} : truth;
}

std::optional<bool> ordered(PathOp op, std::optional<int> order) {
    if (!order) {
        return std::nullopt;
    }
    switch (op) {
        case PathOp::Less:
            return *order < 0;
        case PathOp::LessEqual:
            return *order <= 0;
        case PathOp::Greater:
            return *order > 0;
        default:
            return *order >= 0;
    }
}

}  // namespace

std::optional<bool> PathEvaluator::condition(PathNodeId id, const Item& self) {
    if (!charge()) {
        return std::nullopt;
    }
    const PathNode& node = program_.nodes[id];
    switch (node.op) {
        case PathOp::True:
            return true;
        case PathOp::False:
            return false;
        case PathOp::Exists:
            return exists(node, self);
        case PathOp::Empty:
            return !exists(node, self);
        case PathOp::All:
            return holds_for_all(node, self);
        case PathOp::Not:
            return negated(condition(node.input, self));
        case PathOp::Is: {
            const auto item = single(node.input, self);
            return item ? std::optional{is_of_type(*item, text(node))} : std::nullopt;
        }
        case PathOp::HasValue:
            return has_value(node, self);
        case PathOp::StartsWith:
        case PathOp::EndsWith:
        case PathOp::Contains:
            return text_test(node, self);
        case PathOp::Equal:
        case PathOp::Equivalent:
            return equality(node, self);
        case PathOp::NotEqual:
        case PathOp::NotEquivalent:
            return negated(equality(node, self));
        case PathOp::Less:
        case PathOp::LessEqual:
        case PathOp::Greater:
        case PathOp::GreaterEqual:
            return comparison(node, self);
        case PathOp::And:
        case PathOp::Or:
        case PathOp::Xor:
        case PathOp::Implies:
            return logic(node, self);
        default: {
            // One thing that is no condition holds by being there.
            const auto item = single(id, self);
            return !item ? std::nullopt
                         : std::optional{worth_of(*item) != Worth::Bool || truth_of(*item)};
        }
    }
}

std::optional<bool> PathEvaluator::logic(const PathNode& node, const Item& self) {
    const auto left = condition(node.input, self);
    // What decides alone; the other side is not looked at then.
    if (node.op == PathOp::And && left == false) {
        return false;
    }
    if ((node.op == PathOp::Or && left == true) || (node.op == PathOp::Implies && left == false)) {
        return node.op == PathOp::Or ? left : std::optional{true};
    }
    const auto right = condition(node.argument, self);
    switch (node.op) {
        case PathOp::And:
            return right == false ? right : left && right ? std::optional{true} : std::nullopt;
        case PathOp::Or:
            return right == true ? right : left && right ? std::optional{false} : std::nullopt;
        case PathOp::Xor:
            return left && right ? std::optional{*left != *right} : std::nullopt;
        default:
            return left == true || right == true ? right : std::nullopt;
    }
}

std::optional<bool> PathEvaluator::comparison(const PathNode& node, const Item& self) {
    const auto left = single(node.input, self);
    const auto right = single(node.argument, self);
    return left && right ? ordered(node.op, compare(*left, *right)) : std::nullopt;
}

/// `=` pair by pair, `~` in any order.
std::optional<bool> PathEvaluator::equality(const PathNode& node, const Item& self) {
    const bool is_loose = node.op == PathOp::Equivalent || node.op == PathOp::NotEquivalent;
    std::optional<Item> first;
    std::vector<Item> others;  // stays empty where one value meets another
    each(node.input, self, [&](const Item& item) {
        if (first) {
            others.push_back(item);
        } else {
            first = item;
        }
        return true;
    });
    const std::size_t size = first ? others.size() + 1 : 0;
    std::vector<bool> is_taken(is_loose && size > 1 ? size : 0);
    std::size_t position = 0;
    std::optional<bool> equal = true;
    each(node.argument, self, [&](const Item& item) {
        if (position >= size) {
            equal = false;
        } else if (!is_loose || size == 1) {
            const Item& mine = position == 0 ? *first : others[position - 1];
            const auto same = is_loose ? std::optional{are_equivalent(mine, item, budget_)}
                                       : are_equal(mine, item, budget_);
            equal = same == true ? equal : same;
        } else {
            std::size_t match = 0;
            while (match < size &&
                   (!charge() || is_taken[match] ||
                    !are_equivalent(match == 0 ? *first : others[match - 1], item, budget_))) {
                ++match;
            }
            equal = match < size;
            if (match < size) {
                is_taken[match] = true;
            }
        }
        ++position;
        return equal == true;
    });
    if (size == 0 || position == 0) {
        return is_loose ? std::optional{size == position} : std::nullopt;
    }
    return equal == true ? position == size : equal;
}

std::optional<bool> PathEvaluator::text_test(const PathNode& node, const Item& self) {
    const auto subject = single(node.input, self);
    const auto part = single(node.argument, self);
    if (!subject || !part || worth_of(*subject) != Worth::Text || worth_of(*part) != Worth::Text) {
        return std::nullopt;
    }
    std::string subject_scratch;
    std::string part_scratch;
    const std::string_view in = text_of(*subject, subject_scratch);
    const std::string_view wanted = text_of(*part, part_scratch);
    // A search may compare the part at every place of the subject.
    const std::uint64_t steps = (in.size() / 16) * (wanted.size() / 16) + in.size() / 16;
    if (steps >= budget_) {
        budget_ = 0;
        return std::nullopt;
    }
    budget_ -= steps;
    switch (node.op) {
        case PathOp::StartsWith:
            return in.starts_with(wanted);
        case PathOp::EndsWith:
            return in.ends_with(wanted);
        default:
            return in.find(wanted) != std::string_view::npos;
    }
}

bool PathEvaluator::exists(const PathNode& node, const Item& self) {
    bool found = false;
    each(node.input, self, [&](const Item& item) {
        found = node.argument == PathNode::kNone || condition(node.argument, item).value_or(false);
        return !found;
    });
    return found;
}

/// One thing, and it is a simple value.
bool PathEvaluator::has_value(const PathNode& node, const Item& self) {
    std::size_t number = 0;
    Worth worth = Worth::None;
    each(node.input, self, [&](const Item& item) {
        worth = worth_of(item);
        return ++number < 2;
    });
    return number == 1 && worth != Worth::None && worth != Worth::Complex;
}

bool PathEvaluator::holds_for_all(const PathNode& node, const Item& self) {
    bool holds = true;
    each(node.input, self, [&](const Item& item) {
        holds = condition(node.argument, item).value_or(false);
        return holds;
    });
    return holds;
}

}  // namespace aorta::fhir
