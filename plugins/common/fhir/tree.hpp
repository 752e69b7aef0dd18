// The tree of a FHIR resource in JSON: where its elements are in the payload. Layout:
// docs/formats/fhir-tree.md.
#pragma once

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aorta::fhir {

/// The interned name of the view that a decoder attaches to a record.
inline constexpr std::string_view kTreeView = "fhir.tree/1";
inline constexpr std::uint32_t kTreeVersion = 1;

enum class Kind : std::uint8_t {
    Object = 0,
    Array = 1,
    String = 2,
    Number = 3,
    True = 4,
    False = 5,
    Null = 6,
};

/// The text or the name holds a backslash.
inline constexpr std::uint8_t kTextHasEscapes = 1;
inline constexpr std::uint8_t kNameHasEscapes = 2;

struct TreeHeader {
    std::uint32_t version = kTreeVersion;
    std::uint32_t payload_size = 0;
    std::uint32_t node_count = 0;
    std::uint32_t reserved = 0;
};

/// One JSON value, in the order of the payload; the members or elements of an object or array
/// follow it. The first node is the resource.
struct Node {
    std::uint32_t begin = 0;   ///< of the value; of a string: behind its quote
    std::uint32_t length = 0;  ///< of the value; of a string: up to its closing quote
    std::uint32_t next = 0;    ///< the node behind this one and all that is in it
    std::uint32_t name_begin = 0;
    std::uint16_t name_length = 0;  ///< 0: not a member of an object
    Kind kind = Kind::Null;
    std::uint8_t flags = 0;
};

static_assert(sizeof(TreeHeader) == 16 && sizeof(Node) == 20);

class Element;

/// Pointers into a tree block and its payload. Borrows.
struct Tree {
    const TreeHeader* header = nullptr;
    const Node* nodes = nullptr;
    std::string_view payload;

    /// The tree in a block that a decoder attached to a record with this payload. Checks version
    /// and sizes; the nodes themselves are trusted, as they never leave the process.
    static Result<Tree> open(const void* block, std::size_t block_size, std::string_view payload);

    Element root() const;
};

/// A value in a tree, or nothing (what is not there can be asked on). Cheap to copy.
class Element {
public:
    Element() = default;

    Element(const Tree& tree, std::uint32_t node) : tree_(&tree), node_(node) {}

    explicit operator bool() const { return tree_ != nullptr; }

    Kind kind() const { return node().kind; }

    bool is(Kind kind) const { return tree_ != nullptr && node().kind == kind; }

    std::uint32_t index() const { return node_; }

    /// As it stands in the payload: escapes of strings not decoded, numbers as they were written.
    /// Empty for nothing.
    std::string_view raw() const {
        return tree_ == nullptr ? std::string_view{}
                                : tree_->payload.substr(node().begin, node().length);
    }

    /// The name of a member as it stands in the payload; FHIR's own names have no escapes.
    std::string_view name() const {
        return tree_ == nullptr ? std::string_view{}
                                : tree_->payload.substr(node().name_begin, node().name_length);
    }

    /// The text of a string, escapes decoded into `scratch` if there are any; other kinds: raw().
    std::string_view text(std::string& scratch) const;

    /// The member of that name; nothing if there is none or this is no object.
    Element operator[](std::string_view name) const;

    /// Members or elements: for (Element child : parent.children()).
    struct Iterator {
        const Tree* tree;
        std::uint32_t node;

        Element operator*() const { return {*tree, node}; }

        Iterator& operator++() {
            node = tree->nodes[node].next;
            return *this;
        }

        bool operator!=(const Iterator& other) const { return node != other.node; }
    };

    struct Children {
        const Tree* tree;
        std::uint32_t first;
        std::uint32_t behind;

        Iterator begin() const { return {tree, first}; }

        Iterator end() const { return {tree, behind}; }
    };

    Children children() const {
        const bool has_any =
            tree_ != nullptr && (node().kind == Kind::Object || node().kind == Kind::Array);
        return has_any ? Children{tree_, node_ + 1, node().next} : Children{tree_, 0, 0};
    }

private:
    const Node& node() const { return tree_->nodes[node_]; }

    const Tree* tree_ = nullptr;
    std::uint32_t node_ = 0;
};

inline Element Tree::root() const {
    return {*this, 0};
}

}  // namespace aorta::fhir
