// Runs a FHIR path's program over elements. Internal.
#pragma once

#include "common/fhir/path.hpp"
#include "common/fhir/path_item.hpp"
#include "common/fhir/path_program.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace aorta::fhir {

/// One evaluation. Items go from step to step one by one, so that nothing is gathered but the
/// operands of comparisons.
class PathEvaluator {
public:
    PathEvaluator(const PathProgram& program, std::uint64_t& budget)
        : program_(program), budget_(budget) {}

    /// Gives the items of a node to the sink until it returns false; returns false then, too.
    bool each(PathNodeId id, const Item& self, ItemSink sink);

    PathFindings findings() const {
        return {.is_not_single = is_not_single_, .is_too_costly = budget_ == 0};
    }

private:
    /// The member `_name` of the object that has the member `name`: what a simple value cannot
    /// hold.
    Element shadow_of(const Element& holder, std::string_view name);
    Element at(const Element& array, std::uint32_t index);
    /// Where the members of an item are: in itself, or in the shadow of a simple value.
    Element body_of(const Item& item);

    bool select(const PathNode& node, const Item& self, ItemSink sink);
    bool range(const PathNode& node, const Item& self, ItemSink sink);
    bool last(const PathNode& node, const Item& self, ItemSink sink);
    bool extensions(const PathNode& node, const Item& self, ItemSink sink);
    bool members(const Item& item, std::string_view name, bool is_choice, ItemSink sink);
    bool choices(const Item& item, std::string_view name, ItemSink sink);
    bool unfold(const Item& holder,
                const Element& member,
                std::string_view choice,
                bool is_shadow,
                ItemSink sink);
    bool give(std::optional<bool> truth, ItemSink sink) const;

    /// The condition of a node; no value if it has none, as FHIRPath's logic wants it.
    std::optional<bool> condition(PathNodeId id, const Item& self);
    std::optional<bool> logic(const PathNode& node, const Item& self);
    std::optional<bool> comparison(const PathNode& node, const Item& self);
    std::optional<bool> equality(const PathNode& node, const Item& self);
    std::optional<bool> text_test(const PathNode& node, const Item& self);
    bool holds_for_all(const PathNode& node, const Item& self);
    bool has_value(const PathNode& node, const Item& self);
    bool exists(const PathNode& node, const Item& self);
    bool is_of_type(const Item& item, std::string_view type) const;

    /// The one item of a node; no value if there is none or, which is a finding, several.
    std::optional<Item> single(PathNodeId id, const Item& self);
    std::int64_t count(PathNodeId id, const Item& self);

    std::string_view text(const PathNode& node) const { return program_.texts[node.text]; }

    bool charge() {
        budget_ -= budget_ > 0 ? 1 : 0;
        return budget_ > 0;
    }

    const PathProgram& program_;
    std::uint64_t& budget_;
    bool is_not_single_ = false;
};

}  // namespace aorta::fhir
