// Any operations on any message. The first lines are operations, "key=value;key=value", up to an
// empty line; a
// '>' puts an operation into the `each` before it; the rest is the message. What comes out can be
// indexed again, and operations that do nothing change nothing.
#include "common/hl7/index.hpp"
#include "edit/hl7v2/compile.hpp"
#include "edit/hl7v2/editor.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>

namespace {

using namespace aorta;                 // NOLINT(google-build-using-namespace): one subject
using namespace aorta::plugins::edit;  // NOLINT(google-build-using-namespace)

/// A tree of options that lives as long as this.
class Tree {
public:
    aorta_value* scalar(std::string_view text) {
        aorta_value& made = add(text == "null" ? AORTA_NULL : AORTA_STRING);
        made.text = to_abi(text);
        made.integer = static_cast<std::int64_t>(text.size());
        if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
            made.type = AORTA_INT;
        }
        return &made;
    }

    aorta_value* list() { return &add(AORTA_LIST); }

    aorta_value* map() { return &add(AORTA_MAP); }

    void put(aorta_value* into, std::string_view key, const aorta_value* item) {
        Children& mine = children_[static_cast<std::size_t>(into->integer)];
        mine.items.push_back(item);
        mine.keys.push_back(to_abi(key));
        into->items = mine.items.data();
        into->keys = mine.keys.data();
        into->count = mine.items.size();
    }

private:
    struct Children {
        std::vector<const aorta_value*> items;
        std::vector<aorta_str> keys;
    };

    aorta_value& add(std::uint32_t type) {
        children_.emplace_back();
        aorta_value& made = values_.emplace_back();
        made = {};
        made.size = sizeof made;
        made.type = type;
        made.integer = static_cast<std::int64_t>(children_.size() - 1);
        return made;
    }

    std::deque<aorta_value> values_;
    std::deque<Children> children_;
};

class NoAttributes final : public expression::Attributes {
    std::string_view find(std::string_view) override { return {}; }
};

std::string_view take(std::string_view& rest, char end) {
    const std::size_t at = std::min(rest.find(end), rest.size());
    const std::string_view piece = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return piece;
}

aorta_value* read_operations(Tree& tree, std::string_view& rest) {
    aorta_value* all = tree.list();
    aorta_value* body = nullptr;
    for (int i = 0; i < 50; ++i) {
        std::string_view line = take(rest, '\n');
        if (line.empty()) {
            break;
        }
        const bool is_inner = body != nullptr && line.front() == '>';
        line.remove_prefix(is_inner ? 1 : 0);
        aorta_value* operation = tree.map();
        while (!line.empty()) {
            std::string_view value = take(line, ';');
            const std::string_view key = take(value, '=');
            if (key == "each") {
                body = tree.list();
                tree.put(operation, "do", body);
            }
            tree.put(operation, key, tree.scalar(value));
        }
        tree.put(is_inner ? body : all, "", operation);
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest{reinterpret_cast<const char*>(data), size};
    Tree tree;
    const aorta_value* list = read_operations(tree, rest);
    std::vector<Problem> problems;
    const TableAccess tables{[](std::string_view) { return Table{}; }, {}};
    Editor editor{compile(Options{list}, tables, problems)};
    hl7::IndexBuilder builder;
    if (!builder.build(rest).ok()) {
        return 0;
    }
    const hl7::Message message{rest, builder.view()};
    Document document{message};
    std::string out;
    document.write(out);
    if (out != rest) {
        std::abort();
    }
    NoAttributes attributes;
    const auto failure = editor.run(document, {attributes, 0, message});
    document.write(out);
    if (failure || document.segment_count() > 60'000) {
        return 0;
    }
    if (!document.is_changed() && out != rest) {
        std::abort();
    }
    const hl7::Delimiters before = builder.view().header->delimiters;
    if (!builder.build(out).ok() || !(builder.view().header->delimiters == before)) {
        std::abort();
    }
    return 0;
}
