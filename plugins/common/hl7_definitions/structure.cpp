#include "common/hl7_definitions/structure.hpp"

#include <algorithm>
#include <cstring>

namespace aorta::hl7_definitions {

namespace {

bool is_name_char(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '|';
}

/// Takes the name at the front, without the brackets of a choice.
std::string_view take_name(std::string_view& text) {
    const bool is_choice = text.starts_with('<');
    text.remove_prefix(is_choice ? 1 : 0);
    const auto* const end = std::find_if_not(text.begin(), text.end(), is_name_char);
    const std::string_view name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(name.size() + (is_choice ? 1 : 0));
    return name;
}

}  // namespace

Structure::Structure(std::string_view name, std::string_view syntax) {
    nodes_.push_back({.name = name, .is_group = true, .is_required = true});
    std::uint16_t parent = 0;
    while (!syntax.empty()) {
        if (syntax.front() == ' ') {
            syntax.remove_prefix(1);
        } else if (syntax.front() == ')') {
            close(parent);
            parent = nodes_[parent].parent;
            syntax.remove_prefix(1);
        } else {
            Node node{.name = take_name(syntax), .parent = parent};
            const char suffix = syntax.empty() ? ' ' : syntax.front();
            node.is_required = suffix != '?' && suffix != '*';
            node.repeats = suffix == '*' || suffix == '+';
            syntax.remove_prefix(suffix == '?' || suffix == '*' || suffix == '+' ? 1 : 0);
            node.is_group = syntax.starts_with('(');
            node.end = static_cast<std::uint16_t>(nodes_.size() + 1);
            if (node.is_group) {
                parent = static_cast<std::uint16_t>(nodes_.size());
                syntax.remove_prefix(1);
            }
            nodes_.push_back(node);
        }
    }
    nodes_[0].end = static_cast<std::uint16_t>(nodes_.size());
    index_names();
}

/// A group that nothing is required in is satisfied by nothing.
void Structure::close(std::uint16_t group) {
    nodes_[group].end = static_cast<std::uint16_t>(nodes_.size());
    bool requires_something = false;
    for (std::uint16_t i = group + 1; i < nodes_.size(); i = nodes_[i].end) {
        requires_something = requires_something || nodes_[i].is_required;
    }
    nodes_[group].is_required = nodes_[group].is_required && requires_something;
}

void Structure::index_names() {
    struct Entry {
        std::string_view name;
        std::uint16_t leaf;
    };

    std::vector<Entry> entries;
    for (std::uint16_t i = 0; i < nodes_.size(); ++i) {
        std::string_view names = nodes_[i].is_group ? std::string_view{} : nodes_[i].name;
        for (; names.size() >= 3; names.remove_prefix(std::min<std::size_t>(names.size(), 4))) {
            entries.push_back({names.substr(0, 3), i});
        }
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.name < b.name;
    });
    for (const Entry& entry : entries) {
        const auto at = static_cast<std::uint16_t>(leaves_.size());
        if (names_.empty() || std::string_view(names_.back().text, 3) != entry.name) {
            names_.push_back({{entry.name[0], entry.name[1], entry.name[2]}, at, at});
        }
        leaves_.push_back(entry.leaf);
        ++names_.back().end;
    }
}

std::span<const std::uint16_t> Structure::leaves(std::string_view segment) const {
    const auto at = std::lower_bound(
        names_.begin(), names_.end(), segment, [](const Name& name, std::string_view wanted) {
            return std::string_view(name.text, 3) < wanted;
        });
    if (at == names_.end() || std::string_view(at->text, 3) != segment) {
        return {};
    }
    return std::span(leaves_).subspan(at->begin, at->end - at->begin);
}

}  // namespace aorta::hl7_definitions
