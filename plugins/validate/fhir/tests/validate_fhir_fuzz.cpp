// Any JSON: validation ends, keeps its bound, and what it says of it is itself valid.
#include "common/fhir/tree_builder.hpp"
#include "validate/fhir/validator.hpp"

#include <cstdint>
#include <cstdlib>

using namespace aorta::plugins::validate_fhir;  // NOLINT(google-build-using-namespace): one subject
namespace fhir = aorta::fhir;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Validator validator{ValidatorConfig{}};
    const std::string_view payload(reinterpret_cast<const char*>(data), size);
    fhir::TreeBuilder builder;
    if (!builder.build(payload).ok()) {
        return 0;
    }
    const auto& findings = validator.run(builder.tree());
    if (findings.size() > Reporter::kMaxFindings) {
        std::abort();
    }
    // As a profile, too: those come from files, but of others.
    ProfileSet profiles;
    static_cast<void>(profiles.add(std::string{payload}));
    const std::string outcome = to_operation_outcome(findings);
    fhir::TreeBuilder own;
    if (!findings.empty() && (!own.build(outcome).ok() || !validator.run(own.tree()).empty())) {
        std::abort();
    }
    return 0;
}
