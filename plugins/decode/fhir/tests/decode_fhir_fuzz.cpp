// Any bytes, in each mode: what is accepted consists of resources within the payload.
#include "common/fhir/reason.hpp"
#include "decode/fhir/decoder.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using namespace aorta::plugins::decode_fhir;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check(std::string_view payload, bool splits_lines, KeyKind key) {
    DecoderConfig config;
    config.splits_bundles = splits_lines;
    config.splits_lines = splits_lines;
    config.key.kind = key;
    config.max_parts = 20;
    Decoder decoder(config);
    if (!decoder.decode(payload).ok()) {
        return;
    }
    require(decoder.is_split() == splits_lines);
    require(splits_lines ? decoder.resources().size() <= 20 : decoder.resources().size() == 1);
    for (const Resource& resource : decoder.resources()) {
        require(resource.json.data() >= payload.data() &&
                resource.json.data() + resource.json.size() <= payload.data() + payload.size());
        require(!resource.type.empty());
        require(key != KeyKind::None || resource.key.empty());
        // A part is a resource, too.
        aorta::fhir::TreeBuilder again;
        require(again.build(resource.json).ok());
        require(again.tree().root()["resourceType"].raw() == resource.type);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> exact(data, data + size);
    const std::string_view payload{exact.data(), size};
    check(payload, false, KeyKind::Reference);
    check(payload, true, KeyKind::Identifier);
    check(payload, false, KeyKind::None);
    return 0;
}
