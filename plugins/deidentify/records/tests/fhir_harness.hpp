// Running a ResourceDeidentifier over texts.
#pragma once

#include "common/fhir/tree_builder.hpp"
#include "deidentify/records/fhir/deidentifier.hpp"
#include "deidentify/records/tests/harness.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace aorta::plugins::deidentify::testing {

inline constexpr std::string_view kSecret = "a secret of at least thirty-two bytes";

inline std::shared_ptr<privacy::Protector> fhir_protector(privacy::CodeMode codes) {
    return std::make_shared<privacy::Protector>(
        privacy::ProtectorConfig{.secret = kSecret, .codes = codes},
        privacy::Tokens{1000},
        scrubber());
}

inline ResourceDeidentifier fhir_deidentifier(ResourceConfig config = {},
                                              privacy::CodeMode codes = privacy::CodeMode::Remove) {
    return {std::move(config), fhir_protector(codes)};
}

inline ResourceConfig pseudonymise() {
    return {.profile = privacy::Profile::Pseudonymise,
            .dates = DateMode::Shift,
            .text = TextMode::Scrub,
            .patient = {.kind = fhir::KeyKind::Identifier}};
}

inline ResourceConfig limited_data_set() {
    return {.profile = privacy::Profile::LimitedDataSet, .dates = DateMode::Keep};
}

/// The new resource; what it is judged by stands still.
inline std::string run(ResourceDeidentifier& made,
                       std::string_view json,
                       privacy::Report* report = nullptr) {
    fhir::TreeBuilder builder;
    const auto built = builder.build(json);
    EXPECT_TRUE(built.ok()) << (built.ok() ? "" : built.error().message);
    if (!built.ok()) {
        return {};
    }
    std::string out;
    const auto done = made.run(builder.tree(), {1, 2}, 20240615, out);
    EXPECT_TRUE(done.ok()) << json;
    if (report != nullptr && done.ok()) {
        *report = *done;
    }
    fhir::TreeBuilder again;
    EXPECT_TRUE(again.build(out).ok()) << out;
    return out;
}

inline std::string run(std::string_view json,
                       const ResourceConfig& config = {},
                       privacy::CodeMode codes = privacy::CodeMode::Remove) {
    ResourceDeidentifier made = fhir_deidentifier(config, codes);
    return run(made, json);
}

/// The same without what every resource gets: type and labels.
inline std::string members(std::string_view json,
                           const ResourceConfig& config = {},
                           privacy::CodeMode codes = privacy::CodeMode::Remove) {
    const std::string out = run(json, config, codes);
    const std::size_t at = out.find("]}");
    return at == std::string::npos ? out : out.substr(at + 2, out.size() - at - 3);
}

}  // namespace aorta::plugins::deidentify::testing
