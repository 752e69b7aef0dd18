// Checking one resource of a test.
#pragma once

#include "common/fhir/tree_builder.hpp"
#include "validate/fhir/validator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::plugins::validate_fhir::testing {

/// "fhir.required_element_missing Patient.name", warnings with a ? in front.
inline std::vector<std::string> findings(std::string_view json,
                                         const ValidatorConfig& config = {}) {
    fhir::TreeBuilder builder;
    const auto built = builder.build(json);
    EXPECT_TRUE(built.ok()) << built.error().message << ' ' << built.error().where << '\n' << json;
    if (!built.ok()) {
        return {};
    }
    Validator validator{config};
    std::vector<std::string> all;
    for (const Finding& finding : validator.run(builder.tree())) {
        const char* const mark = finding.severity == Severity::Warning ? "?" : "";
        all.push_back(mark + std::string{info_of(finding.problem).reason} + " " + finding.path);
    }
    return all;
}

/// The keys of the invariants that are broken.
inline std::vector<std::string> broken(std::string_view json, const ValidatorConfig& config = {}) {
    fhir::TreeBuilder builder;
    EXPECT_TRUE(builder.build(json).ok()) << json;
    Validator validator{config};
    std::vector<std::string> all;
    for (const Finding& finding : validator.run(builder.tree())) {
        if (finding.problem == Problem::InvariantFailed) {
            all.push_back(finding.text.substr(0, finding.text.find(':')));
        }
    }
    return all;
}

/// An Observation with these members more.
inline std::string observation(std::string_view members) {
    return R"({"resourceType":"Observation","status":"final","code":{"text":"x"})" +
           std::string{members.empty() ? "" : ","} + std::string{members} + "}";
}

inline std::string patient(std::string_view members) {
    return R"({"resourceType":"Patient")" + std::string{members.empty() ? "" : ","} +
           std::string{members} + "}";
}

}  // namespace aorta::plugins::validate_fhir::testing
