// One evaluation of a compiled expression.
#pragma once

#include "validate/fhir/fhirpath_syntax.hpp"
#include "validate/fhir/fhirpath_value.hpp"

#include <algorithm>

namespace aorta::plugins::validate_fhir {

/// One evaluation. What cannot be told makes it undecided, and the result is not looked at.
class Evaluation {
public:
    Evaluation(const std::vector<FhirPathNode>& nodes,
               const FhirPathContext& context,
               const TypedElement& on)
        : nodes_(nodes), context_(context), on_(on) {}

    bool is_decided() const { return is_decided_; }

    std::optional<bool> truth(int at, const Collection& focus) {
        const FhirPathNode& node = node_at(at);
        if (node.kind == FhirPathNode::Kind::Binary) {
            switch (node.op) {
                case Operator::And:
                case Operator::Or:
                case Operator::Xor:
                case Operator::Implies:
                    return logic(node, focus);
                default:
                    break;
            }
        }
        if (node.kind == FhirPathNode::Kind::Call && node.function == Function::Not) {
            const auto inner = node.input < 0 ? truth_of(focus) : truth(node.input, focus);
            return inner ? std::optional{!*inner} : std::nullopt;
        }
        return truth_of(collect(at, focus));
    }

    Collection collect(int at, const Collection& focus) {
        if (at < 0) {
            return focus;
        }
        if (!is_decided_ || ++steps_ > kMaxSteps) {
            is_decided_ = false;
            return {};
        }
        const FhirPathNode& node = node_at(at);
        switch (node.kind) {
            case FhirPathNode::Kind::This:
                return node.input < 0 ? focus : collect(node.input, focus);
            case FhirPathNode::Kind::Empty:
                return {};
            case FhirPathNode::Kind::Text:
                return {item_of(node.text)};
            case FhirPathNode::Kind::Number:
                return {item_of(node.number)};
            case FhirPathNode::Kind::Boolean:
                return {item_of(node.number != 0)};
            case FhirPathNode::Kind::Variable:
                return variable(node.text);
            case FhirPathNode::Kind::Member:
                return member(node, node.input < 0 ? focus : collect(node.input, focus));
            case FhirPathNode::Kind::Index:
                return index(node, focus);
            case FhirPathNode::Kind::Binary:
                return binary(at, node, focus);
            case FhirPathNode::Kind::TypeTest: {
                const Collection items = collect(node.input, focus);
                return items.size() == 1
                           ? Collection{item_of(validate_fhir::is_of_type(items[0], node.text))}
                           : Collection{};
            }
            case FhirPathNode::Kind::TypeCast:
                return of_type(node, collect(node.input, focus));
            default:
                return call(at, node, focus);
        }
    }

private:
    static constexpr std::size_t kMaxSteps = 200'000;

    const FhirPathNode& node_at(int at) const { return nodes_[static_cast<std::size_t>(at)]; }

    Collection undecided() {
        is_decided_ = false;
        return {};
    }

    std::optional<bool> logic(const FhirPathNode& node, const Collection& focus) {
        const auto left = truth(node.arguments[0], focus);
        if (node.op == Operator::And && left == false) {
            return false;
        }
        if ((node.op == Operator::Or && left == true) ||
            (node.op == Operator::Implies && left == false)) {
            return true;
        }
        const auto right = truth(node.arguments[1], focus);
        switch (node.op) {
            case Operator::And:
                return right == false ? right : left && right ? std::optional{true} : std::nullopt;
            case Operator::Or:
                return right == true ? right : left && right ? std::optional{false} : std::nullopt;
            case Operator::Implies:
                return right == true ? right : left ? right : std::nullopt;
            default:
                return left && right ? std::optional{*left != *right} : std::nullopt;
        }
    }

    Collection variable(std::string_view name) {
        if (name == "resource") {
            return {item_of(context_.resource)};
        }
        if (name == "rootResource") {
            return {item_of(context_.root)};
        }
        if (name == "context") {
            return {item_of(on_)};
        }
        if (name == "ucum") {
            return {item_of(std::string{"http://unitsofmeasure.org"})};
        }
        if (name == "loinc") {
            return {item_of(std::string{"http://loinc.org"})};
        }
        if (name == "sct") {
            return {item_of(std::string{"http://snomed.info/sct"})};
        }
        return undecided();
    }

    Collection member(const FhirPathNode& node, const Collection& from) {
        Collection out;
        std::vector<TypedElement> values;
        for (const FhirPathItem& item : from) {
            if (item.kind != FhirPathItem::Kind::Node) {
                continue;
            }
            const bool is_type_name = node.text[0] >= 'A' && node.text[0] <= 'Z';
            if (is_type_name && validate_fhir::is_of_type(item, node.text)) {
                out.push_back(item);
                continue;
            }
            values_of(item.node, node.text, values);
        }
        for (const TypedElement& value : values) {
            out.push_back(item_of(value));
        }
        steps_ += out.size();
        return out;
    }

    Collection index(const FhirPathNode& node, const Collection& focus) {
        Collection items = collect(node.input, focus);
        const Collection which = collect(node.arguments[0], focus);
        const auto number = which.size() == 1 ? number_of(which[0]) : std::nullopt;
        if (!number || *number < 0 || *number >= static_cast<double>(items.size())) {
            return {};
        }
        return {std::move(items[static_cast<std::size_t>(*number)])};
    }

    static Collection of_type(const FhirPathNode& node, Collection items) {
        std::erase_if(items, [&](const FhirPathItem& item) {
            return !validate_fhir::is_of_type(item, node.text);
        });
        return items;
    }

    bool contains(const Collection& items, const FhirPathItem& item) {
        steps_ += items.size();
        if (steps_ > kMaxSteps) {
            is_decided_ = false;
            return false;
        }
        return std::any_of(items.begin(), items.end(), [&](const FhirPathItem& each) {
            return is_equal(each, item) == true;
        });
    }

    Collection unite(Collection left, const Collection& right) {
        Collection out;
        left.insert(left.end(), right.begin(), right.end());
        for (FhirPathItem& item : left) {
            if (!contains(out, item)) {
                out.push_back(std::move(item));
            }
        }
        return out;
    }

    static Collection optional_of(std::optional<bool> value) {
        return value ? Collection{item_of(*value)} : Collection{};
    }

    Collection binary(int at, const FhirPathNode& node, const Collection& focus) {
        switch (node.op) {
            case Operator::And:
            case Operator::Or:
            case Operator::Xor:
            case Operator::Implies:
                return optional_of(truth(at, focus));
            default:
                break;
        }
        Collection left = collect(node.arguments[0], focus);
        const Collection right = collect(node.arguments[1], focus);
        switch (node.op) {
            case Operator::Union:
                return unite(std::move(left), right);
            case Operator::In:
                return left.size() == 1 ? Collection{item_of(contains(right, left[0]))}
                                        : Collection{};
            case Operator::Contains:
                return right.size() == 1 ? Collection{item_of(contains(left, right[0]))}
                                         : Collection{};
            case Operator::Equal:
            case Operator::NotEqual:
            case Operator::Equivalent:
            case Operator::NotEquivalent:
                return equality(node.op, left, right);
            case Operator::Concatenate:
                return {item_of((left.empty() ? std::string{} : text_of(left[0])) +
                                (right.empty() ? std::string{} : text_of(right[0])))};
            default:
                return left.size() == 1 && right.size() == 1
                           ? arithmetic(node.op, left[0], right[0])
                           : Collection{};
        }
    }

    static Collection equality(Operator op, const Collection& left, const Collection& right) {
        if (left.empty() || right.empty()) {
            return {};
        }
        bool is_same = left.size() == right.size();
        for (std::size_t i = 0; is_same && i < left.size(); ++i) {
            is_same = is_equal(left[i], right[i]).value_or(false);
        }
        return {item_of(is_same == (op == Operator::Equal || op == Operator::Equivalent))};
    }

    Collection arithmetic(Operator op, const FhirPathItem& left, const FhirPathItem& right) {
        if (op == Operator::Less || op == Operator::LessEqual || op == Operator::Greater ||
            op == Operator::GreaterEqual) {
            const auto order = compare(left, right);
            if (!order) {
                return undecided();
            }
            return {item_of(op == Operator::Less        ? *order < 0
                            : op == Operator::LessEqual ? *order <= 0
                            : op == Operator::Greater   ? *order > 0
                                                        : *order >= 0)};
        }
        const auto a = number_of(left);
        const auto b = number_of(right);
        if (!a || !b || (op == Operator::Divide && *b == 0)) {
            return op == Operator::Add && !a && !b
                       ? Collection{item_of(text_of(left) + text_of(right))}
                       : Collection{};
        }
        return {item_of(op == Operator::Add        ? *a + *b
                        : op == Operator::Subtract ? *a - *b
                        : op == Operator::Multiply ? *a * *b
                                                   : *a / *b)};
    }

    Collection call(int at, const FhirPathNode& node, const Collection& focus);
    Collection on_text(const FhirPathNode& node, const Collection& input, const Collection& focus);
    bool is_distinct(const Collection& items);
    void children(const FhirPathItem& item, bool is_deep, Collection& out);

    const std::vector<FhirPathNode>& nodes_;
    const FhirPathContext& context_;
    const TypedElement& on_;
    std::size_t steps_ = 0;
    bool is_decided_ = true;
};

}  // namespace aorta::plugins::validate_fhir
