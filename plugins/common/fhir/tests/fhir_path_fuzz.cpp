// Any text as a path, over a fixed resource: it is refused, or it ends, and what it gives can be
// read.
#include "common/fhir/path.hpp"
#include "common/fhir/tree_builder.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace aorta::fhir;  // NOLINT(google-build-using-namespace): one file, one subject

constexpr std::string_view kJson =
    R"({"resourceType":"Patient","a":[1,2.50,"x\n",{"b":[true,null,{"a":"2024-01-01"}]},[]],"valueQuantity":{"value":1},
        "_b":{"extension":[{"url":"u","valueCode":"c"}]},"c":"2024-01-01T00:00:00Z"})";

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static TreeBuilder builder;
    static const bool is_built = builder.build(kJson).ok();
    require(is_built);
    const std::vector<char> exact(data, data + size);
    const std::string_view text{exact.data(), size};
    const auto front = Path::compile_front(text);
    require(!front.ok() || (front->size > 0 && front->size <= size));
    const auto path = Path::compile(text);
    if (!path.ok()) {
        require(path.error().where.starts_with("byte "));
        require(std::stoull(path.error().where.substr(5)) <= size);
        return 0;
    }
    std::size_t items = 0;
    const PathFindings findings = path->each(builder.tree().root(), [&](const Item& item) {
        std::string scratch;
        if (const Worth worth = worth_of(item); worth != Worth::Complex && worth != Worth::None) {
            require(worth == Worth::Bool || text_of(item, scratch).size() <= kJson.size() + size);
        }
        require(!path->is_condition() || item.type == Item::Type::Bool);
        return ++items < 1000;
    });
    require(!findings.is_too_costly);
    return 0;
}
