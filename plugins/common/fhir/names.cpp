#include "common/fhir/names.hpp"

#include "common/fhir/json_text.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

namespace aorta::fhir {

namespace {

struct Name {
    std::string_view text;
    std::uint32_t node;
};

std::string_view name_of(std::string_view text, const Node& node) {
    return text.substr(node.name_begin, node.name_length);
}

}  // namespace

bool has_name(std::string_view text,
              const Node* nodes,
              std::uint32_t first,
              std::uint32_t behind,
              std::string_view name) {
    for (std::uint32_t at = first; at < behind; at = nodes[at].next) {
        if (name_of(text, nodes[at]) == name) {
            return true;
        }
    }
    return false;
}

std::uint32_t find_repeated_name(std::string_view text, const Node* nodes, std::uint32_t object) {
    std::deque<std::string> decoded;  // stays where it is when it grows
    std::vector<Name> names;
    for (std::uint32_t at = object + 1; at < nodes[object].next; at = nodes[at].next) {
        std::string_view name = name_of(text, nodes[at]);
        if ((nodes[at].flags & kNameHasEscapes) != 0) {
            append_unescaped(name, decoded.emplace_back());
            name = decoded.back();
        }
        names.push_back({name, at});
    }
    std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) {
        return a.text != b.text ? a.text < b.text : a.node < b.node;
    });
    std::uint32_t first = 0;
    for (std::size_t i = 1; i < names.size(); ++i) {
        if (names[i].text == names[i - 1].text && (first == 0 || names[i].node < first)) {
            first = names[i].node;
        }
    }
    return first;
}

}  // namespace aorta::fhir
