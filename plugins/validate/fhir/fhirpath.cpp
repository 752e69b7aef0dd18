#include "validate/fhir/fhirpath.hpp"

#include "validate/fhir/fhirpath_syntax.hpp"
#include "validate/fhir/fhirpath_value.hpp"

#include <algorithm>
#include <set>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir_definitions::Type;
using Kind = FhirPathNode::Kind;
using ItemKind = FhirPathItem::Kind;

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
        if (node.kind == Kind::Binary) {
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
        if (node.kind == Kind::Call && node.function == Function::Not) {
            const auto inner = node.input < 0 ? truth_of(focus) : truth(node.input, focus);
            return inner ? std::optional{!*inner} : std::nullopt;
        }
        if (node.kind == Kind::Call && node.arguments.empty() &&
            (node.function == Function::Exists || node.function == Function::Empty)) {
            return exists(node.input, focus) == (node.function == Function::Exists);
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
            case Kind::This:
                return node.input < 0 ? focus : collect(node.input, focus);
            case Kind::Empty:
                return {};
            case Kind::Text:
                return {item_of(node.text)};
            case Kind::Number:
                return {item_of(node.number)};
            case Kind::Boolean:
                return {item_of(node.number != 0)};
            case Kind::Variable:
                return variable(node.text);
            case Kind::Member:
                return member(node, node.input < 0 ? focus : collect(node.input, focus));
            case Kind::Index:
                return index(node, focus);
            case Kind::Binary:
                return binary(at, node, focus);
            case Kind::TypeTest: {
                const Collection items = collect(node.input, focus);
                return items.size() == 1
                           ? Collection{item_of(validate_fhir::is_of_type(items[0], node.text))}
                           : Collection{};
            }
            case Kind::TypeCast:
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

    /// Most invariants ask whether a member is there: that needs no collection.
    bool exists(int at, const Collection& focus) {
        if (at < 0) {
            return !focus.empty();
        }
        const FhirPathNode& node = node_at(at);
        if (node.kind == Kind::Member && node.input < 0 && focus.size() == 1 &&
            focus[0].kind == ItemKind::Node) {
            const TypedElement& on = focus[0].node;
            if (fhir_definitions::find_element(on.type, node.text) != nullptr &&
                on.element[node.text]) {
                return true;
            }
        }
        return !collect(at, focus).empty();
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
            if (item.kind != ItemKind::Node) {
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

    static bool contains(const Collection& items, const FhirPathItem& item) {
        return std::any_of(items.begin(), items.end(), [&](const FhirPathItem& each) {
            return is_equal(each, item) == true;
        });
    }

    static Collection unite(Collection left, const Collection& right) {
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
    bool is_distinct(const Collection& items) const;
    void children(const FhirPathItem& item, bool is_deep, Collection& out);

    const std::vector<FhirPathNode>& nodes_;
    const FhirPathContext& context_;
    const TypedElement& on_;
    std::size_t steps_ = 0;
    bool is_decided_ = true;
};

bool Evaluation::is_distinct(const Collection& items) const {
    std::set<std::string> texts;
    Collection others;
    for (const FhirPathItem& item : items) {
        if (has_value(item)) {
            if (!texts.insert(text_of(item)).second) {
                return false;
            }
        } else if (contains(others, item)) {
            return false;
        } else {
            others.push_back(item);
        }
    }
    return true;
}

void Evaluation::children(const FhirPathItem& item, bool is_deep, Collection& out) {
    if (item.kind != ItemKind::Node) {
        return;
    }
    const bool is_primitive = fhir_definitions::is_primitive(item.node.type);
    const TypedElement from =
        is_primitive ? TypedElement{item.node.sibling, {}, Type::Element} : item.node;
    std::vector<TypedElement> values;
    for (const fhir::Element child : from.element.children()) {
        std::string_view name = child.name();
        const bool is_sibling = name.starts_with('_');
        name.remove_prefix(is_sibling ? 1 : 0);
        const auto* const row = fhir_definitions::find_element(from.type, name);
        if (row != nullptr && !(is_sibling && from.element[name])) {
            values_of(from, *row, values);
        }
    }
    steps_ += values.size();
    for (const TypedElement& value : values) {
        out.push_back(item_of(value));
        if (is_deep && steps_ < kMaxSteps) {
            children(item_of(value), true, out);
        }
    }
}

Collection Evaluation::call(int at, const FhirPathNode& node, const Collection& focus) {
    switch (node.function) {
        case Function::Not:
            return optional_of(truth(at, focus));
        case Function::Unknown:
            return undecided();
        default:
            break;
    }
    Collection input = collect(node.input, focus);
    const auto argument = [&](std::size_t number) {
        return collect(node.arguments[number], focus);
    };
    const auto holds = [&](const FhirPathItem& item) {
        return truth(node.arguments[0], {item}) == true;
    };
    const auto count_of_true = [&] {
        return static_cast<std::size_t>(std::count_if(
            input.begin(), input.end(), [](const auto& item) { return truth_of({item}) == true; }));
    };
    switch (node.function) {
        case Function::Exists:
        case Function::Empty: {
            const bool is_there = node.arguments.empty()
                                      ? !input.empty()
                                      : std::any_of(input.begin(), input.end(), holds);
            return {item_of(is_there == (node.function == Function::Exists))};
        }
        case Function::All:
            return {item_of(std::all_of(input.begin(), input.end(), holds))};
        case Function::AllTrue:
            return {item_of(count_of_true() == input.size())};
        case Function::AllFalse:
            return {item_of(count_of_true() == 0)};
        case Function::AnyTrue:
            return {item_of(count_of_true() > 0)};
        case Function::AnyFalse:
            return {item_of(count_of_true() < input.size())};
        case Function::Where:
            std::erase_if(input, [&](const FhirPathItem& item) { return !holds(item); });
            return input;
        case Function::Select: {
            Collection out;
            for (const FhirPathItem& item : input) {
                Collection each = collect(node.arguments[0], {item});
                std::move(each.begin(), each.end(), std::back_inserter(out));
            }
            return out;
        }
        case Function::Count:
            return {item_of(static_cast<double>(input.size()))};
        case Function::First:
            input.resize(std::min<std::size_t>(input.size(), 1));
            return input;
        case Function::Last:
            return input.empty() ? input : Collection{std::move(input.back())};
        case Function::Tail:
            return input.empty() ? input : Collection{input.begin() + 1, input.end()};
        case Function::IsDistinct:
            return {item_of(is_distinct(input))};
        case Function::Distinct:
            return unite(std::move(input), {});
        case Function::HasValue:
            return {item_of(input.size() == 1 && has_value(input[0]))};
        case Function::Is:
            return input.size() == 1
                       ? Collection{item_of(validate_fhir::is_of_type(input[0], node.text))}
                       : Collection{};
        case Function::As:
        case Function::OfType:
            return of_type(node, std::move(input));
        case Function::Iif: {
            const bool is_first = truth(node.arguments[0], input) == true;
            return is_first                    ? collect(node.arguments[1], input)
                   : node.arguments.size() > 2 ? collect(node.arguments[2], input)
                                               : Collection{};
        }
        case Function::Trace:
        case Function::Single:
            return input;
        case Function::Combine: {
            const Collection other = argument(0);
            input.insert(input.end(), other.begin(), other.end());
            return input;
        }
        case Function::Union:
            return unite(std::move(input), argument(0));
        case Function::Intersect: {
            const Collection other = argument(0);
            std::erase_if(input, [&](const FhirPathItem& item) { return !contains(other, item); });
            return unite(std::move(input), {});
        }
        case Function::SubsetOf: {
            const Collection other = argument(0);
            return {item_of(std::all_of(input.begin(), input.end(), [&](const FhirPathItem& item) {
                return contains(other, item);
            }))};
        }
        case Function::Children:
        case Function::Descendants: {
            Collection out;
            for (const FhirPathItem& item : input) {
                children(item, node.function == Function::Descendants, out);
            }
            return out;
        }
        case Function::Extension: {
            const Collection url = argument(0);
            Collection out;
            std::vector<TypedElement> values;
            for (const FhirPathItem& item : input) {
                values_of(item.node, "extension", values);
            }
            for (const TypedElement& value : values) {
                const TypedElement own{value.element["url"], {}, Type::uri};
                if (url.size() == 1 && text_of(item_of(own)) == text_of(url[0])) {
                    out.push_back(item_of(value));
                }
            }
            return out;
        }
        default:
            return on_text(node, input, focus);
    }
}

Collection Evaluation::on_text(const FhirPathNode& node,
                               const Collection& input,
                               const Collection& focus) {
    if (input.size() != 1 || !has_value(input[0])) {
        return {};
    }
    std::string text = text_of(input[0]);
    const auto argument = [&](std::size_t number) {
        const Collection items = collect(node.arguments[number], focus);
        return items.empty() ? FhirPathItem{item_of(std::string{})} : items[0];
    };
    switch (node.function) {
        case Function::StartsWith:
            return {item_of(text.starts_with(text_of(argument(0))))};
        case Function::EndsWith:
            return {item_of(text.ends_with(text_of(argument(0))))};
        case Function::Contains:
            return {item_of(text.find(text_of(argument(0))) != std::string::npos)};
        case Function::Matches:
            return {item_of(node.pattern->is_in(text))};
        case Function::ToText:
            return {item_of(std::move(text))};
        case Function::Length:
            return {item_of(static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) {
                return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
            })))};
        case Function::ToInteger: {
            const auto number = number_of(input[0]);
            double value = number.value_or(0);
            const bool is_number = number || (!text.empty() && text.size() < 18 &&
                                              std::all_of(text.begin(), text.end(), [](char c) {
                                                  return c >= '0' && c <= '9';
                                              }));
            if (!number && is_number) {
                value = static_cast<double>(std::stoll(text));
            }
            return is_number ? Collection{item_of(value)} : Collection{};
        }
        case Function::Substring: {
            const auto begin = number_of(argument(0)).value_or(-1);
            if (begin < 0 || begin >= static_cast<double>(text.size())) {
                return {};
            }
            std::size_t size = std::string::npos;
            if (node.arguments.size() > 1) {
                size = static_cast<std::size_t>(std::max(0.0, number_of(argument(1)).value_or(0)));
            }
            return {item_of(text.substr(static_cast<std::size_t>(begin), size))};
        }
        case Function::ReplaceMatches:
            // R4 has it once, to cut off what is behind the first point (sdf-8a).
            return node_at(node.arguments[0]).text == "\\..*" && text_of(argument(1)).empty()
                       ? Collection{item_of(text.substr(0, text.find('.')))}
                       : undecided();
        default:
            return undecided();
    }
}

}  // namespace

Result<FhirPath> FhirPath::compile(std::string_view text) {
    FhirPath made;
    const Result<int> root = parse_fhirpath(text, made.nodes_);
    if (!root.ok()) {
        return root.error();
    }
    made.root_ = *root;
    return made;
}

std::optional<bool> FhirPath::holds(const TypedElement& on, const FhirPathContext& context) const {
    Evaluation evaluation{nodes_, context, on};
    const auto truth = evaluation.truth(root_, {item_of(on)});
    return evaluation.is_decided() ? truth : std::nullopt;
}

}  // namespace aorta::plugins::validate_fhir
