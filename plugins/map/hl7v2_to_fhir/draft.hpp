// Resources in the making: trees whose shape the tables give, so that what is written is always
// valid JSON.
#pragma once

#include "map/hl7v2_to_fhir/guide/guide.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aorta::plugins::map_hl7v2_to_fhir {

inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

/// An element. Elements of a list are siblings of one name.
struct Node {
    std::uint16_t name = 0;  ///< 0: holds a resource that no element refers to
    std::uint16_t type = 0;
    std::uint8_t flags = 0;
    std::uint8_t label = 0;
    guide::Kind kind = guide::Kind::Complex;
    bool has_value = false;
    bool is_alive = false;  ///< set by Drafts::finish: there is something to write
    std::uint16_t repetition = 0;
    std::uint32_t scope = 0;  ///< the segment that made it
    std::uint32_t parent = kNone;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    std::uint32_t next = kNone;
    std::uint32_t first_single = kNone;  ///< of the children that are in no list
    std::uint32_t next_single = kNone;
    std::uint32_t resource = kNone;  ///< what a reference refers to
    std::uint32_t value_begin = 0;
    std::uint32_t value_size = 0;
    std::string_view raw = {};  ///< the piece of the payload that it was made of, if any
};

struct Resource {
    std::uint16_t type = 0;
    std::uint32_t root = 0;
    std::uint32_t owner = kNone;    ///< the resource on whose behalf it was made
    std::uint32_t patient = kNone;  ///< the patient at that time
    bool is_sourced = false;        ///< holds a value of the message, not constants alone
    bool is_kept = false;           ///< written even if empty
    bool is_alive = false;
    std::uint32_t same_as = kNone;  ///< merged with an earlier one
};

/// Where a path has led to.
struct Cursor {
    std::uint32_t node = 0;
    std::uint32_t resource = 0;
};

/// What tells elements of a list apart, besides their labels.
struct Scope {
    std::uint32_t segment = 0;
    std::uint16_t repetition = 1;
};

/// The resources of one message. Reused; one thread at a time.
class Drafts {
public:
    void clear();

    std::uint32_t add(std::uint16_t type, std::uint32_t owner, std::uint32_t patient);

    /// Follows a path, making what is not there yet. The node is kNone where an element is of
    /// another type already.
    Cursor walk(Cursor at, std::span<const guide::Step> steps, const Scope& scope);
    /// The element beside `at` with another label.
    Cursor sibling(Cursor at, std::uint8_t label);

    enum class Set : std::uint8_t { Done, Same, Taken };

    /// Gives a primitive its value.
    Set set(std::uint32_t node, guide::Kind kind, std::string_view text);
    /// Lets a reference refer to a resource; false if it refers to another one.
    bool refer(std::uint32_t node, std::uint32_t resource);
    /// A value of the message went in: the resource is worth being written, and those that it is
    /// for.
    void note_source(std::uint32_t resource);

    /// The member of that name, of an element that is no list; kNone if it is not there.
    std::uint32_t find(std::uint32_t node, std::uint16_t name) const;
    /// After finish(): there is something to write of that name, or of a choice with that stem.
    bool has_member(std::uint32_t node, std::uint16_t name) const;
    bool has_member(std::uint32_t node, std::string_view stem) const;

    /// Finds out what there is to write. What FHIR does not take as it stands is left out; gives
    /// the pieces of the payload of that.
    const std::vector<std::string_view>& finish();

    Node& node(std::uint32_t number) { return nodes_[number]; }

    const Node& node(std::uint32_t number) const { return nodes_[number]; }

    std::string_view value(const Node& node) const {
        return std::string_view{text_}.substr(node.value_begin, node.value_size);
    }

    std::vector<Resource>& resources() { return resources_; }

    const std::vector<Resource>& resources() const { return resources_; }

private:
    /// What tells the items of a list apart.
    struct ItemKey {
        std::uint32_t parent = 0;
        std::uint32_t segment = 0;
        std::uint16_t name = 0;
        std::uint16_t repetition = 0;
        std::uint8_t label = 0;

        friend bool operator==(const ItemKey&, const ItemKey&) = default;
    };

    struct HashOfItem {
        std::size_t operator()(const ItemKey& key) const {
            const std::uint64_t first = std::uint64_t{key.parent} << 32U | key.segment;
            const std::uint64_t second =
                std::uint64_t{key.name} << 32U | std::uint64_t{key.repetition} << 8U | key.label;
            return static_cast<std::size_t>((first * 0x9E3779B97F4A7C15ULL) ^
                                            (second * 0xC2B2AE3D27D4EB4FULL));
        }
    };

    std::uint32_t child(std::uint32_t parent,
                        const guide::Step& step,
                        std::uint8_t label,
                        const Scope& scope);
    std::uint32_t add_child(std::uint32_t parent, const guide::Step& step);
    std::uint32_t find_single(std::uint32_t parent, std::uint16_t name) const;
    Cursor enter(Cursor at, const guide::Step& step, const Scope& scope);
    bool has_content(std::uint32_t node, int depth) const;
    bool has_other_type(std::uint32_t parent, const guide::Step& step) const;
    void drop(std::uint32_t node, int depth);
    void drop_what_does_not_fit();
    void drop_home_uses();
    bool live(std::uint32_t node, int depth);
    bool live_resource(std::uint32_t resource, int depth);

    std::vector<Node> nodes_;
    std::vector<Resource> resources_;
    std::vector<std::uint8_t> visited_;
    std::unordered_map<ItemKey, std::uint32_t, HashOfItem> items_;  ///< of lists
    std::vector<std::string_view> dropped_;
    std::string text_;
};

}  // namespace aorta::plugins::map_hl7v2_to_fhir
