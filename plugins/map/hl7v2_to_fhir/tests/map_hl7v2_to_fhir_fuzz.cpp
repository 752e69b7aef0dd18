// Any bytes as a message: the Bundle and the report are JSON, and each value is accounted for.
#include "common/fhir/tree_builder.hpp"
#include "common/hl7/index.hpp"
#include "map/hl7v2_to_fhir/bundle.hpp"
#include "map/hl7v2_to_fhir/mapper.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace aorta::plugins::map_hl7v2_to_fhir;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    // The first byte of the input chooses the options.
    MapperConfig config;
    config.with_provenance = (data[0] & 1U) != 0;
    config.prefers_universal_id = (data[0] & 2U) != 0;
    const std::string payload(reinterpret_cast<const char*>(data) + 1, size - 1);
    aorta::hl7::IndexBuilder index;
    if (!index.build(payload).ok()) {
        return 0;
    }
    Mapper mapper{config};
    BundleWriter writer{static_cast<BundleType>(data[0] >> 2U & 1U)};
    const aorta::hl7::Message message{payload, index.view()};
    mapper.run(message);
    const std::string bundle{writer.write(mapper.drafts(), payload)};
    aorta::fhir::TreeBuilder tree;
    if (!tree.build(bundle).ok() || !tree.build(mapper.account().to_json(message)).ok()) {
        std::abort();
    }
    return 0;
}
