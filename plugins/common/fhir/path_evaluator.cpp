#include "common/fhir/path_evaluator.hpp"

#include "common/fhir/choice_types.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace aorta::fhir {

namespace {

constexpr std::string_view kExtension = "extension";

}  // namespace

Element PathEvaluator::shadow_of(const Element& holder, std::string_view name) {
    for (const Element member : holder.children()) {
        if (!charge()) {
            break;
        }
        if (member.name().size() == name.size() + 1 && member.name().front() == '_' &&
            member.name().substr(1) == name) {
            return member;
        }
    }
    return {};
}

Element PathEvaluator::at(const Element& array, std::uint32_t index) {
    std::uint32_t position = 0;
    for (const Element child : array.children()) {
        if (!charge()) {
            break;
        }
        if (position++ == index) {
            return child;
        }
    }
    return {};
}

Element PathEvaluator::body_of(const Item& item) {
    if (item.type != Item::Type::Element || item.element.is(Kind::Object)) {
        return item.element;
    }
    const Element shadow = shadow_of(item.holder, item.member.name());
    return shadow.is(Kind::Array) ? at(shadow, item.index) : shadow;
}

bool PathEvaluator::each(PathNodeId id, const Item& self, ItemSink sink) {
    if (!charge()) {
        return false;
    }
    const PathNode& node = program_.nodes[id];
    switch (node.op) {
        case PathOp::This:
            return sink(self);
        case PathOp::Type:
            return !is_of_type(self, text(node)) || sink(self);
        case PathOp::Number:
            return sink(Item{.type = Item::Type::Number, .text = text(node)});
        case PathOp::Text:
            return sink(Item{.type = Item::Type::Text, .text = text(node)});
        case PathOp::Date:
            return sink(Item{.type = Item::Type::Date, .text = text(node)});
        case PathOp::Member:
        case PathOp::Where:
        case PathOp::OfType:
            return select(node, self, sink);
        case PathOp::Extension:
            return extensions(node, self, sink);
        case PathOp::Index:
        case PathOp::First:
        case PathOp::Tail:
        case PathOp::Skip:
        case PathOp::Take:
            return range(node, self, sink);
        case PathOp::Last:
            return last(node, self, sink);
        case PathOp::Single: {
            const auto found = single(node.input, self);
            return !found || sink(*found);
        }
        case PathOp::Count:
            return sink(Item::of(count(node.input, self)));
        case PathOp::Length: {
            const auto found = single(node.input, self);
            if (!found || worth_of(*found) != Worth::Text) {
                return true;
            }
            std::string scratch;
            const std::string_view text = text_of(*found, scratch);
            return sink(Item::of(std::int64_t{std::count_if(text.begin(), text.end(), [](char c) {
                return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
            })}));
        }
        default:
            return give(condition(id, self), sink);
    }
}

bool PathEvaluator::give(std::optional<bool> truth, ItemSink sink) const {
    return !truth || sink(Item::of(*truth));
}

bool PathEvaluator::select(const PathNode& node, const Item& self, ItemSink sink) {
    return each(node.input, self, [&](const Item& item) {
        if (node.op == PathOp::Member) {
            return members(item, text(node), node.number != 0, sink);
        }
        const bool is_wanted = node.op == PathOp::Where
                                   ? condition(node.argument, item).value_or(false)
                                   : is_of_type(item, text(node));
        return !is_wanted || sink(item);
    });
}

/// What lies at certain places of the input.
bool PathEvaluator::range(const PathNode& node, const Item& self, ItemSink sink) {
    constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
    const bool is_one = node.op == PathOp::Index || node.op == PathOp::First;
    const std::int64_t first = node.op == PathOp::Tail   ? 1
                               : node.op == PathOp::Take ? 0
                                                         : node.number;
    const std::int64_t behind = is_one ? first + 1 : node.op == PathOp::Take ? node.number : kAll;
    std::int64_t position = 0;
    bool goes_on = true;
    if (behind == 0) {
        return true;
    }
    each(node.input, self, [&](const Item& item) {
        if (position >= first) {
            goes_on = sink(item);
        }
        return goes_on && ++position < behind;
    });
    return goes_on && budget_ > 0;
}

bool PathEvaluator::last(const PathNode& node, const Item& self, ItemSink sink) {
    std::optional<Item> found;
    if (!each(node.input, self, [&](const Item& item) {
            found = item;
            return true;
        })) {
        return false;
    }
    return !found || sink(*found);
}

bool PathEvaluator::extensions(const PathNode& node, const Item& self, ItemSink sink) {
    const auto url = single(node.argument, self);
    if (!url || worth_of(*url) != Worth::Text) {
        return true;
    }
    std::string wanted_scratch;
    const std::string_view wanted = text_of(*url, wanted_scratch);
    return each(node.input, self, [&](const Item& item) {
        return members(item, kExtension, false, [&](const Item& extension) {
            std::string scratch;
            return extension.element["url"].text(scratch) != wanted || sink(extension);
        });
    });
}

bool PathEvaluator::members(const Item& item,
                            std::string_view name,
                            bool is_choice,
                            ItemSink sink) {
    const Element body = body_of(item);
    if (const Element member = body[name]) {
        return unfold({.element = body}, member, {}, false, sink);
    }
    if (!body.is(Kind::Object)) {
        return budget_ > 0;
    }
    if (is_choice) {
        return choices({.element = body}, name, sink);
    }
    // A value that is not there may still have extensions.
    const Element shadow = shadow_of(body, name);
    return !shadow ? budget_ > 0 : unfold({.element = body}, shadow, {}, true, sink);
}

/// valueQuantity for value; _valueString if there is nothing else.
bool PathEvaluator::choices(const Item& item, std::string_view name, ItemSink sink) {
    for (const Element member : item.element.children()) {
        if (!charge()) {
            return false;
        }
        std::string_view full = member.name();
        const bool is_shadow = full.front() == '_';
        full.remove_prefix(is_shadow ? 1 : 0);
        if (!full.starts_with(name) || !is_choice_type(full.substr(name.size())) ||
            (is_shadow && item.element[full])) {
            continue;
        }
        if (!unfold(item, member, full.substr(name.size()), is_shadow, sink)) {
            return false;
        }
    }
    return true;
}

/// A member's elements: itself, or those of its array; null stands for none.
bool PathEvaluator::unfold(const Item& holder,
                           const Element& member,
                           std::string_view choice,
                           bool is_shadow,
                           ItemSink sink) {
    Item item{.is_shadow = is_shadow,
              .element = member,
              .holder = holder.element,
              .member = member,
              .choice = choice};
    if (!member.is(Kind::Array)) {
        return !charge() ? false : member.is(Kind::Null) || sink(item);
    }
    for (const Element child : member.children()) {
        if (!charge()) {
            return false;
        }
        item.element = child;
        if (!child.is(Kind::Null) && !sink(item)) {
            return false;
        }
        ++item.index;
    }
    return true;
}

bool PathEvaluator::is_of_type(const Item& item, std::string_view type) const {
    if (item.type != Item::Type::Element) {
        return (item.type == Item::Type::Bool && names_type(type, "Boolean")) ||
               (item.type == Item::Type::Integer && names_type(type, "Integer")) ||
               (item.type == Item::Type::Number && names_type(type, "Decimal")) ||
               (item.type == Item::Type::Text && names_type(type, "String"));
    }
    if (const Element resource = item.element["resourceType"]) {
        return resource.raw() == type || type == "Resource" || type == "DomainResource";
    }
    if (!item.choice.empty()) {
        return names_type(type, item.choice);
    }
    return worth_of(item) == Worth::Bool && names_type(type, "Boolean");
}

std::optional<Item> PathEvaluator::single(PathNodeId id, const Item& self) {
    std::optional<Item> found;
    bool is_single = true;
    each(id, self, [&](const Item& item) {
        is_single = !found;
        found = item;
        return is_single;
    });
    if (!is_single) {
        is_not_single_ = true;
        return std::nullopt;
    }
    return found;
}

std::int64_t PathEvaluator::count(PathNodeId id, const Item& self) {
    std::int64_t number = 0;
    each(id, self, [&](const Item&) {
        ++number;
        return true;
    });
    return number;
}

}  // namespace aorta::fhir
