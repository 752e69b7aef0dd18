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
    EXPECT_EQ(
        outcome.record.attributes.at("findings"),
        R"([{"reason":"hl7.user_table_value_not_found","code":"103","severity":"warning",)"
        R"("segment":"PID","path":"PID-8","text":"user-defined table 0001 has: A F M N O U"},)"
        R"({"reason":"hl7.required_field_missing","code":"101","severity":"error",)"
        R"("segment":"OBR","path":"OBR-4","text":"HL7 2.5 requires a value here, of type )"
        R"(CE"},)"
        R"({"reason":"hl7.data_type_error","code":"102","severity":"error",)"
        R"("segment":"OBX","path":"OBX-1","text":"SI is a number from 0 to 9999"},)"
        R"({"reason":"hl7.data_type_error","code":"102","severity":"error",)"
        R"("segment":"OBX","path":"OBX-5","text":"NM is a number: digits, perhaps with a )"
        R"(sign and a decimal point, nothing else"}])");
    EXPECT_EQ((*harness)->process("hello").reason, "hl7.no_msh");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(ValidateHl7v2, PassesWithWarnings) {
    auto harness = Harness::open(
        kPlugin, "{ severity: { hl7.required_field_missing: off, hl7.data_type_error: warning } }");
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    EXPECT_EQ((*harness)->process(kMessage).verdict, AORTA_PASS);
}

TEST(ValidateHl7v2, AppliesTheProfileOfASite) {
    auto harness = Harness::open(kPlugin, R"({
        observation_type: ST,
        profile: {
            required: [PID-3],
            forbidden: [PID-19],
            values: [ { path: PID-8, one_of: [M, F] }, { path: PID-3.1, matches: "[0-9]+" } ],
            counts: [ { path: ZPD, at_least: 1, at_most: 2 } ],
            segments: [ { name: ZPD, fields: [ { number: 1, required: true },
                                               { number: 2, type: date, max_length: 8 } ] } ],
        } })");
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const std::string head = "MSH|^~\\&|A|B|C|D|2024||ORU^R01|1|P|2.5\rPID|1||7||D|||";
    const std::string tail = "\rOBR|1|||A\rOBX|1||A||x||||||F\r";
    EXPECT_EQ((*harness)->process(head + "F\rZPD|x|20240102" + tail).verdict, AORTA_PASS);
    const Outcome value = (*harness)->process(head + "U\rZPD|x" + tail);
    EXPECT_EQ(value.reason, "hl7.value_not_allowed");
    EXPECT_EQ(value.where, "PID-8");
    const Outcome segment = (*harness)->process(head + "F\rZPD|x|soon" + tail);
    EXPECT_EQ(segment.reason, "hl7.data_type_error");
    EXPECT_EQ(segment.where, "ZPD-2");
    EXPECT_EQ((*harness)->process(head + "F" + tail).reason, "hl7.count_out_of_range");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(ValidateHl7v2, RefusesOptionsThatMeanNothing) {
    for (const char* options :
         {"{ required: [PID] }",
          "{ forbidden: ['PID[*]-3'] }",
          "{ versions: ['1.0'] }",
          "{ severity: { hl7.nonsense: off } }",
          "{ severity: { hl7.data_type_error: loud } }",
          "{ patterns: [ { path: PID-3, matches: '[' } ] }",
          "{ observation_type: QQ }",
          "{ profile: { required: [PID] } }",
          "{ profile: { values: [ { path: PID-3, matches: '[' } ] } }",
          "{ profile: { counts: [ { path: PID-3.1, at_most: 1 } ] } }",
          "{ profile: { counts: [ { path: NK1, at_least: 2, at_most: 1 } ] } }",
          "{ profile: { segments: [ { name: ZPDX } ] } }",
          "{ profile: { segments: [ { name: 'ZPD-1' } ] } }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
    auto harness = Harness::open(
        kPlugin, "{ patterns: [ { path: PID-3, matches: '[0-9]|x' } ], versions: ['2.5'] }");
    ASSERT_TRUE(harness.ok()) << harness.error().message;
}

}  // namespace
}  // namespace aorta::testing
