// Reads JSON and the flow style of YAML: enough for descriptors and for options in tests.
#pragma once

#include <aorta/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aorta::testing {

struct Node {
    enum class Type { Scalar, List, Map };

    Type type = Type::Scalar;
    bool quoted = false;
    std::string text = {};
    std::vector<Node> items = {};
    std::vector<std::string> keys = {};  // Map: keys[i] names items[i]

    /// Null when there is no such key.
    const Node* find(std::string_view key) const;

    /// The scalar under a key, or empty.
    std::string_view get(std::string_view key) const;

    bool is_null() const {
        return type == Type::Scalar && !quoted && (text.empty() || text == "null" || text == "~");
    }
};

/// Refuses (InvalidData, `where` is "byte N") what is neither.
Result<Node> parse_flow(std::string_view text);

}  // namespace aorta::testing
