// The plugin in a host: findings become attributes, the first error a rejection.
#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace aorta::testing {
namespace {

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_validate_fhir.so";
constexpr std::string_view kPatient =
    R"({"resourceType":"Patient","gender":"SECRET","name":[{"family":" "}]})";

TEST(ValidateFhirPlugin, RejectsForTheFirstErrorAndListsAll) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process(kPatient);
    EXPECT_EQ(outcome.verdict, AORTA_REJECT);
    EXPECT_EQ(outcome.reason, "fhir.code_not_in_value_set");
    EXPECT_EQ(outcome.where, "Patient.gender");
    EXPECT_EQ(
        outcome.record.attributes.at("findings"),
        R"([{"reason":"fhir.code_not_in_value_set","severity":"error","code":"code-invalid",)"
        R"("path":"Patient.gender","text":"a code of http://hl7.org/fhir/ValueSet/administrative-gender"},)"
        R"({"reason":"fhir.blank_value","severity":"warning","code":"value",)"
        R"("path":"Patient.name[0].family","text":"leave it out, or say something"}])");
    EXPECT_EQ(
        outcome.record.attributes.at("outcome"),
        R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"code-invalid",)"
        R"("details":{"coding":[{"code":"fhir.code_not_in_value_set"}],)"
        R"("text":"a code of http://hl7.org/fhir/ValueSet/administrative-gender"},)"
        R"("expression":["Patient.gender"]},{"severity":"warning","code":"value",)"
        R"("details":{"coding":[{"code":"fhir.blank_value"}],"text":"leave it out, or say something"},)"
        R"("expression":["Patient.name[0].family"]}]})");
    EXPECT_EQ((*harness)->process("hello").reason, "fhir.not_json");
    EXPECT_EQ((*harness)->process(R"({"a":1,"a":2})").reason, "fhir.duplicate_name");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(ValidateFhirPlugin, PassesWithWarnings) {
    auto harness =
        Harness::open(kPlugin, "{ severity: { fhir.code_not_in_value_set: warning, obs-7: off } }");
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    EXPECT_EQ((*harness)->process(kPatient).verdict, AORTA_PASS);
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(ValidateFhirPlugin, ReadsProfilesFromFiles) {
    const auto folder = std::filesystem::path{::testing::TempDir()} / "validate_fhir";
    std::filesystem::create_directories(folder);
    const std::string file = (folder / "profile.json").string();
    std::ofstream{file}
        << R"({"resourceType":"StructureDefinition","url":"http://a/p","type":"Patient",)"
           R"("snapshot":{"element":[{"id":"Patient","path":"Patient"},)"
           R"({"id":"Patient.name","path":"Patient.name","min":1}]}})";
    auto harness = Harness::open(kPlugin, "{ profiles: ['" + file + "'], apply: ['http://a/p'] }");
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    EXPECT_EQ((*harness)->process(R"({"resourceType":"Patient"})").reason,
              "fhir.profile_cardinality");
    EXPECT_EQ(to_text((*harness)->close()), "");
    std::filesystem::remove_all(folder);
}

TEST(ValidateFhirPlugin, RefusesOptionsThatMeanNothing) {
    for (const char* options : {"{ profiles: ['/nowhere/x.json'] }",
                                "{ apply: ['http://a/p'] }",
                                "{ severity: { fhir.nonsense: off } }",
                                "{ severity: { obs-7: loud } }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
}

}  // namespace
}  // namespace aorta::testing
