#include "common/fhir/path_chain.hpp"

#include "common/fhir/choice_types.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace aorta::fhir {

namespace {

bool may_be_in_chain(const PathProgram& program, const PathNode& node) {
    switch (node.op) {
        case PathOp::Index:
        case PathOp::First:
            return true;
        case PathOp::Type:
        case PathOp::OfType:
        case PathOp::Member:
            return program.texts[node.text].find('\\') == std::string::npos;
        default:
            return false;
    }
}

/// The member of this name, as names are when they have no escapes.
Element member_of(const Element& object, std::string_view name) {
    for (const Element member : object.children()) {
        if (member.name() == name) {
            return member;
        }
    }
    return {};
}

/// The only member that is name[x].
Element choice_of(const Element& object, std::string_view name) {
    Element found;
    for (const Element member : object.children()) {
        if (member.name().starts_with(name) && is_choice_type(member.name().substr(name.size()))) {
            if (found) {
                return {};
            }
            found = member;
        }
    }
    return found;
}

/// The element of an array at a place, or its only one; nothing if there are nulls before it.
Element element_of(const Element& array, std::optional<std::int64_t> place) {
    Element found;
    std::int64_t position = 0;
    for (const Element element : array.children()) {
        if (element.is(Kind::Null) || (!place && position > 0)) {
            return {};
        }
        found = element;
        if (place && position == *place) {
            return found;
        }
        ++position;
    }
    return place ? Element{} : found;
}

bool is_resource_of(const Element& element, std::string_view type) {
    return element.is(Kind::Object) && member_of(element, "resourceType").raw() == type;
}

bool take_member(Item& item, const PathNode& node, std::string_view name) {
    if (!item.element.is(Kind::Object)) {
        return false;
    }
    const Element holder = item.element;
    Element member = member_of(holder, name);
    std::string_view choice;
    if (!member && node.number != 0) {
        member = choice_of(holder, name);
        choice = member.name().substr(std::min(name.size(), member.name().size()));
    }
    item.element = item.member = member;
    item.holder = holder;
    item.choice = choice;
    item.index = 0;
    return member && !member.is(Kind::Null);
}

}  // namespace

void find_chain(PathProgram& program) {
    PathNodeId id = program.root;
    while (may_be_in_chain(program, program.nodes[id])) {
        program.chain.push_back(id);
        id = program.nodes[id].input;
    }
    if (program.nodes[id].op != PathOp::This) {
        program.chain.clear();
    }
    std::reverse(program.chain.begin(), program.chain.end());
}

std::optional<Item> follow_chain(const PathProgram& program, const Item& from) {
    if (program.chain.empty() || from.type != Item::Type::Element || from.is_shadow) {
        return std::nullopt;
    }
    Item item = from;
    for (std::size_t i = 0; i < program.chain.size(); ++i) {
        const PathNode& node = program.nodes[program.chain[i]];
        std::optional<std::int64_t> place;
        switch (node.op) {
            case PathOp::Type:
                if (!is_resource_of(item.element, program.texts[node.text])) {
                    return std::nullopt;
                }
                continue;
            case PathOp::OfType:
                if (item.choice.empty() ? !is_resource_of(item.element, program.texts[node.text])
                                        : !names_type(program.texts[node.text], item.choice)) {
                    return std::nullopt;
                }
                continue;
            case PathOp::Member:
                if (!take_member(item, node, program.texts[node.text])) {
                    return std::nullopt;
                }
                if (!item.element.is(Kind::Array)) {
                    continue;
                }
                if (i + 1 < program.chain.size()) {
                    const PathNode& next = program.nodes[program.chain[i + 1]];
                    if (next.op == PathOp::Index || next.op == PathOp::First) {
                        place = next.number;
                        ++i;
                    }
                }
                item.element = element_of(item.member, place);
                item.index = static_cast<std::uint32_t>(place.value_or(0));
                if (!item.element) {
                    return std::nullopt;
                }
                continue;
            default:  // a place of what is no list
                if (node.number != 0) {
                    return std::nullopt;
                }
        }
    }
    return item;
}

}  // namespace aorta::fhir
