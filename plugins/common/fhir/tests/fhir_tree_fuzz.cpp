// Any bytes: what the tree says must be what the payload says, and simdjson's DOM must agree on
// what is JSON.
#include "common/fhir/json_text.hpp"
#include "common/fhir/reason.hpp"
#include "common/fhir/tests/oracle.hpp"
#include "common/fhir/tree_builder.hpp"

#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace aorta::fhir;  // NOLINT(google-build-using-namespace): one file, one subject

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

constexpr std::uint32_t kDepth = 16;

/// Every string can be read, and comes back when it is written and read again.
void check_texts(const Element& element) {
    std::string scratch;
    const std::string_view text = element.text(scratch);
    if (element.is(Kind::String)) {
        std::string json;
        require(append_json_string(text, json) == 0);
        std::string again;
        append_unescaped(std::string_view{json}.substr(1, json.size() - 2), again);
        require(again == text);
    }
    for (const Element child : element.children()) {
        check_texts(child);
    }
}

void check_names(const Element& element) {
    for (const Element child : element.children()) {
        if (element.is(Kind::Object)) {
            std::string name;
            append_unescaped(child.name(), name);
            require(element[name].index() == child.index());
        }
        check_names(child);
    }
}

void compare_with_dom(std::string_view json, const aorta::Result<void>& built) {
    if (json.starts_with("\xEF\xBB\xBF")) {
        return;
    }
    static simdjson::dom::parser parser;
    const auto error = parser.parse(json.data(), json.size()).error();
    if (error == simdjson::DEPTH_ERROR) {
        return;
    }
    if (built.ok()) {
        // It wants numbers that fit its types.
        require(error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR);
    } else if (reason_id(built.error()) == kNotJson && error == simdjson::SUCCESS) {
        // It takes some unpaired surrogates.
        require(json.find("\\u") != std::string_view::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A block of just that size, so that reading beyond it is seen.
    const std::vector<char> exact(data, data + size);
    const std::string_view json{exact.data(), size};
    static TreeBuilder builder({.max_depth = kDepth, .max_elements = 4096});
    const aorta::Result<void> built = builder.build(json);
    compare_with_dom(json, built);
    if (!built.ok()) {
        require(built.error().where.starts_with("byte "));
        require(std::stoull(built.error().where.substr(5)) <= size);
        return 0;
    }
    const Element root = builder.tree().root();
    std::string written;
    testing::write(root, written);
    require(written == testing::without_space(json));
    check_texts(root);
    check_names(root);

    std::vector<std::uint32_t> block(builder.block_size() / 4);
    builder.copy_to(block.data());
    const auto tree = Tree::open(block.data(), builder.block_size(), json);
    require(tree.ok() && tree->root().raw() == root.raw());
    return 0;
}
