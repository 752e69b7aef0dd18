#include "common/fhir/tree.hpp"

#include "common/fhir/json_text.hpp"
#include "common/fhir/reason.hpp"

namespace aorta::fhir {

namespace {

Error bad_tree(std::string_view text) {
    return make_error(ErrorCode::Corrupt, kBadTree, text, "view");
}

}  // namespace

Result<Tree> Tree::open(const void* block, std::size_t block_size, std::string_view payload) {
    if (block == nullptr || block_size < sizeof(TreeHeader)) {
        return bad_tree("the block is shorter than its header");
    }
    const auto* header = static_cast<const TreeHeader*>(block);
    if (header->version != kTreeVersion) {
        return bad_tree("the block has another version");
    }
    if (header->payload_size != payload.size()) {
        return bad_tree("the block describes another payload");
    }
    if (header->node_count == 0 ||
        block_size != sizeof(TreeHeader) + std::size_t{header->node_count} * sizeof(Node)) {
        return bad_tree("the block's size is not that of its nodes");
    }
    return Tree{header, reinterpret_cast<const Node*>(header + 1), payload};
}

std::string_view Element::text(std::string& scratch) const {
    if (!is(Kind::String) || (node().flags & kTextHasEscapes) == 0) {
        return raw();
    }
    scratch.clear();
    append_unescaped(raw(), scratch);
    return scratch;
}

Element Element::operator[](std::string_view name) const {
    if (!is(Kind::Object)) {
        return {};
    }
    for (const Element child : children()) {
        if ((child.node().flags & kNameHasEscapes) == 0) {
            if (child.name() == name) {
                return child;
            }
            continue;
        }
        std::string decoded;
        append_unescaped(child.name(), decoded);
        if (decoded == name) {
            return child;
        }
    }
    return {};
}

}  // namespace aorta::fhir
