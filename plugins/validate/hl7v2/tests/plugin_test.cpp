// The plugin in a host: findings become an attribute, the first error a rejection.
#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

namespace aorta::testing {
namespace {

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_validate_hl7v2.so";
constexpr std::string_view kMessage =
    "MSH|^~\\&|A|B|C|D|2024||ORU^R01|1|P|2.5\rPID|1||7||D|||Z\rOBR|1|||\rOBX|x|NM|A||<5||||||F\r";

TEST(ValidateHl7v2, RejectsForTheFirstErrorAndListsAll) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process(kMessage);
    EXPECT_EQ(outcome.verdict, AORTA_REJECT);
    EXPECT_EQ(outcome.reason, "hl7.required_field_missing");
    EXPECT_EQ(outcome.where, "OBR-4");
    EXPECT_EQ(outcome.record.attributes.at("findings"),
              R"([{"reason":"hl7.user_table_value_not_found","path":"PID-8","severity":"warning"},)"
              R"({"reason":"hl7.required_field_missing","path":"OBR-4","severity":"error"},)"
              R"({"reason":"hl7.data_type_error","path":"OBX-1","severity":"error"},)"
              R"({"reason":"hl7.data_type_error","path":"OBX-5","severity":"error"}])");
    EXPECT_EQ((*harness)->process("hello").reason, "hl7.no_msh");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(ValidateHl7v2, PassesWithWarnings) {
    auto harness = Harness::open(
        kPlugin, "{ severity: { hl7.required_field_missing: off, hl7.data_type_error: warning } }");
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    EXPECT_EQ((*harness)->process(kMessage).verdict, AORTA_PASS);
}

TEST(ValidateHl7v2, RefusesOptionsThatMeanNothing) {
    for (const char* options : {"{ required: [PID] }",
                                "{ forbidden: ['PID[*]-3'] }",
                                "{ versions: ['1.0'] }",
                                "{ severity: { hl7.nonsense: off } }",
                                "{ severity: { hl7.data_type_error: loud } }",
                                "{ patterns: [ { path: PID-3, matches: '[' } ] }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
    auto harness = Harness::open(
        kPlugin, "{ patterns: [ { path: PID-3, matches: '[0-9]|x' } ], versions: ['2.5'] }");
    ASSERT_TRUE(harness.ok()) << harness.error().message;
}

}  // namespace
}  // namespace aorta::testing
