// A message structure as a tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aorta::hl7_definitions {

inline constexpr std::uint16_t kNoNode = 0xFFFF;

/// A segment or a group of a structure.
struct Node {
    std::string_view name;  ///< ORDER_OBSERVATION, OBX, or OBR|RXO for a choice
    std::uint16_t parent = kNoNode;
    std::uint16_t end = 0;  ///< behind the last node of the subtree
    bool is_group = false;
    bool is_required = false;
    bool repeats = false;
};

/// The tree of one message structure, nodes in the order in which their segments follow each other;
/// node 0 is the whole message. A value; the text that it was made from must outlive it.
class Structure {
public:
    /// Reads "MSH SFT* PATIENT?(PID NTE*) <OBR|RXO>+", as find_structure gives it.
    Structure(std::string_view name, std::string_view syntax);

    std::span<const Node> nodes() const { return nodes_; }

    const Node& node(std::uint16_t number) const { return nodes_[number]; }

    /// The places of a segment, in order; empty if it has none.
    std::span<const std::uint16_t> leaves(std::string_view segment) const;

private:
    struct Name {
        char text[3];
        std::uint16_t begin;
        std::uint16_t end;
    };

    void close(std::uint16_t group);
    void index_names();

    std::vector<Node> nodes_;
    std::vector<Name> names_;  // ordered
    std::vector<std::uint16_t> leaves_;
};

}  // namespace aorta::hl7_definitions
