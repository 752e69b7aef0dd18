#include "validate/fhir/fhirpath_quick.hpp"

#include "validate/fhir/fhirpath_syntax.hpp"

#include <algorithm>

namespace aorta::plugins::validate_fhir {

namespace {

using Kind = FhirPathNode::Kind;

class QuickEvaluation {
public:
    QuickEvaluation(const std::vector<FhirPathNode>& nodes, const TypedElement& on)
        : nodes_(nodes), on_(on) {}

    QuickAnswer truth(int at) const {
        const FhirPathNode& node = node_at(at);
        if (node.kind == Kind::Binary) {
            return binary(node);
        }
        if (node.kind != Kind::Call || node.input < 0) {
            return QuickAnswer::Unknown;
        }
        switch (node.function) {
            case Function::Not:
                return opposite(truth(node.input));
            case Function::Exists:
                return node.arguments.empty() || exists(node.input) == QuickAnswer::False
                           ? exists(node.input)
                           : QuickAnswer::Unknown;
            case Function::Empty:
                return opposite(exists(node.input));
            case Function::HasValue:
                return has_value(node_at(node.input));
            default:
                return QuickAnswer::Unknown;
        }
    }

private:
    const FhirPathNode& node_at(int at) const { return nodes_[static_cast<std::size_t>(at)]; }

    static QuickAnswer opposite(QuickAnswer value) {
        return value == QuickAnswer::Unknown ? value
               : value == QuickAnswer::True  ? QuickAnswer::False
                                             : QuickAnswer::True;
    }

    static bool is_name(const FhirPathNode& node) {
        return node.kind == Kind::Member && node.input < 0 && node.text[0] >= 'a';
    }

    QuickAnswer exists(int at) const {
        if (at < 0) {
            return QuickAnswer::Unknown;
        }
        const FhirPathNode& node = node_at(at);
        if (is_name(node)) {
            return has_member(on_, node.text) ? QuickAnswer::True : QuickAnswer::False;
        }
        const bool is_narrower =
            node.kind == Kind::Member || node.kind == Kind::Index ||
            (node.kind == Kind::Call &&
             (node.function == Function::Where || node.function == Function::Select ||
              node.function == Function::First || node.function == Function::Tail ||
              node.function == Function::OfType));
        return is_narrower && node.input >= 0 && exists(node.input) == QuickAnswer::False
                   ? QuickAnswer::False
                   : QuickAnswer::Unknown;
    }

    QuickAnswer has_value(const FhirPathNode& node) const {
        if (!is_name(node)) {
            return QuickAnswer::Unknown;
        }
        const fhir::Element value = on_.element[node.text];
        return value && !value.is(fhir::Kind::Object) && !value.is(fhir::Kind::Array)
                   ? QuickAnswer::True
                   : (value ? QuickAnswer::Unknown : QuickAnswer::False);
    }

    QuickAnswer binary(const FhirPathNode& node) const {
        const QuickAnswer left = node.op == Operator::Equal || node.op == Operator::NotEqual
                                     ? equal(node)
                                     : QuickAnswer::Unknown;
        switch (node.op) {
            case Operator::Equal:
                return left;
            case Operator::NotEqual:
                return opposite(left);
            case Operator::GreaterEqual:
                return is_long_enough(node);
            case Operator::And:
            case Operator::Or:
            case Operator::Implies:
                break;
            default:
                return QuickAnswer::Unknown;
        }
        const QuickAnswer first = truth(node.arguments[0]);
        if (node.op == Operator::And && first == QuickAnswer::False) {
            return QuickAnswer::False;
        }
        if ((node.op == Operator::Or && first == QuickAnswer::True) ||
            (node.op == Operator::Implies && first == QuickAnswer::False)) {
            return QuickAnswer::True;
        }
        const QuickAnswer second = truth(node.arguments[1]);
        if (node.op == Operator::And ? second == QuickAnswer::False : second == QuickAnswer::True) {
            return second;
        }
        return first == QuickAnswer::Unknown ? first : second;
    }

    /// A code against a literal.
    QuickAnswer equal(const FhirPathNode& node) const {
        const FhirPathNode& left = node_at(node.arguments[0]);
        const FhirPathNode& right = node_at(node.arguments[1]);
        if (!is_name(left) || right.kind != Kind::Text) {
            return QuickAnswer::Unknown;
        }
        const fhir::Element value = on_.element[left.text];
        if (!value.is(fhir::Kind::String)) {
            return QuickAnswer::Unknown;
        }
        std::string scratch;
        return value.text(scratch) == right.text ? QuickAnswer::True : QuickAnswer::False;
    }

    /// ($this as dateTime).toString().length() >= 8
    QuickAnswer is_long_enough(const FhirPathNode& node) const {
        const FhirPathNode& length = node_at(node.arguments[0]);
        const FhirPathNode& least = node_at(node.arguments[1]);
        const fhir::Element text = length.kind == Kind::Call && length.function == Function::Length
                                       ? own_text(length.input)
                                       : fhir::Element{};
        if (!text.is(fhir::Kind::String) || least.kind != Kind::Number) {
            return QuickAnswer::Unknown;
        }
        const std::string_view raw = text.raw();
        const bool is_plain = std::all_of(
            raw.begin(), raw.end(), [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
        if (!is_plain) {
            return QuickAnswer::Unknown;
        }
        return static_cast<double>(raw.size()) >= least.number ? QuickAnswer::True
                                                               : QuickAnswer::False;
    }

    /// What the expression is applied to, seen as a text of its own type.
    fhir::Element own_text(int at) const {
        if (at < 0) {
            return on_.element;
        }
        const FhirPathNode& node = node_at(at);
        const bool is_cast =
            node.kind == Kind::TypeCast && fhir_definitions::name_of(on_.type) == node.text;
        const bool is_same = node.kind == Kind::This || is_cast ||
                             (node.kind == Kind::Call && node.function == Function::ToText);
        return is_same ? own_text(node.input) : fhir::Element{};
    }

    const std::vector<FhirPathNode>& nodes_;
    const TypedElement& on_;
};

}  // namespace

QuickAnswer quick_answer(const std::vector<FhirPathNode>& nodes, int root, const TypedElement& on) {
    return QuickEvaluation{nodes, on}.truth(root);
}

}  // namespace aorta::plugins::validate_fhir
