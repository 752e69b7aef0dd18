// Any JSON as a resource: reading it ends, and what is left of a Bundle is JSON.
#include "common/fhir/tree_builder.hpp"
#include "flow/consent/fhir_consent.hpp"
#include "flow/consent/fhir_data.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace aorta;  // NOLINT(google-build-using-namespace): a program
    const std::string json{reinterpret_cast<const char*>(data), size};
    fhir::TreeBuilder builder;
    if (!builder.build(json).ok()) {
        return 0;
    }
    const fhir::Element root = builder.tree().root();
    static_cast<void>(plugins::consent::read_consent(root));
    std::vector<fhir::Element> removed;
    std::size_t seen = 0;
    for (const plugins::consent::Unit& unit : plugins::consent::units_of(root)) {
        if (unit.entry && ++seen % 2 == 0) {
            removed.push_back(unit.entry);
        }
    }
    if (removed.empty()) {
        return 0;
    }
    const std::string rest = plugins::consent::without_entries(root, removed);
    fhir::TreeBuilder again;
    if (!again.build(rest).ok()) {
        std::abort();
    }
    return 0;
}
