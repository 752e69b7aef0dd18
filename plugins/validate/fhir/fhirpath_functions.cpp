// The functions of FHIRPath.
#include "validate/fhir/fhirpath_evaluation.hpp"

#include <set>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir_definitions::Type;
using ItemKind = FhirPathItem::Kind;

}  // namespace

bool Evaluation::is_distinct(const Collection& items) {
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

}  // namespace aorta::plugins::validate_fhir
