// Any message: validation ends, keeps its bound, and its findings name only places.
#include "validate/hl7v2/validator.hpp"

#include <cstdint>
#include <cstdlib>
#include <utility>

using namespace aorta::plugins::validate_hl7v2;  // NOLINT(google-build-using-namespace): one
                                                 // subject
namespace hl7 = aorta::hl7;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view payload(reinterpret_cast<const char*>(data), size);
    hl7::IndexBuilder builder;
    if (!builder.build(payload).ok()) {
        return 0;
    }
    ValidatorConfig config;
    config.profile.required = {*hl7::parse_path("OBX-3[2].1")};
    config.profile.forbidden = {*hl7::parse_path("PID[2]-19")};
    config.profile.values.push_back({.path = *hl7::parse_path("PID-3.1"), .max_length = 3});
    config.profile.counts.push_back({*hl7::parse_path("OBX-5"), 1, 2});
    Validator validator(std::move(config));
    const auto& findings = validator.run({payload, builder.view()});
    if (findings.size() > Reporter::kMaxFindings) {
        std::abort();
    }
    for (const Finding& finding : findings) {
        const bool is_line = finding.path.starts_with("segment ");
        if (!is_line && !hl7::parse_path(finding.path).ok()) {
            std::abort();
        }
    }
    return to_json(findings).size() < 2 ? 1 : 0;
}
