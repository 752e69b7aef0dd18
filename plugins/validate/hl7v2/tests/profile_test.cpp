// The rules of a site.
#include "validate/hl7v2/validator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::validate_hl7v2 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kMessage =
    "MSH|^~\\&|A|B|C|D|20240102||ORU^R01|1|P|2.5.1\rPID|1||77^^^H~8^^^H||DOE^JOHN\rZPD|x|20240101\r"
    "OBR|1|||8867-4\rOBX|1|ST|A||a\\T\\b||||||F\rOBX|2|CE|B||x^y||||||F\rZBX||soon|7\r";

std::vector<std::string> findings(Profile profile) {
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(kMessage).ok());
    Validator validator({.profile = std::move(profile)});
    std::vector<std::string> all;
    for (const Finding& finding : validator.run({kMessage, builder.view()})) {
        all.push_back(std::string{info_of(finding.problem).reason.substr(4)} + " " + finding.path);
    }
    return all;
}

hl7::Path path(std::string_view text) {
    return *hl7::parse_path(text);
}

ValueRule pattern(std::string_view at, std::string_view text) {
    return {.path = path(at), .pattern = *expression::Pattern::compile(text)};
}

std::vector<std::string> value(ValueRule rule) {
    Profile profile;
    profile.values.push_back(std::move(rule));
    return findings(std::move(profile));
}

TEST(Profile, RequiresAndForbidsValues) {
    EXPECT_THAT(findings({.required = {path("OBX-5"), path("PID-3.4"), path("PV1-3")}}),
                ElementsAre("required_field_missing PV1-3"));
    EXPECT_THAT(findings({.required = {path("OBX-5.2"), path("OBX[3]-1")}}),
                ElementsAre("required_field_missing OBX-5.2", "required_field_missing OBX[3]-1"));
    EXPECT_THAT(findings({.forbidden = {path("OBX-5.2"), path("PID-19")}}),
                ElementsAre("forbidden_value OBX[2]-5.2"));
}

TEST(Profile, MatchesValuesUnescapedInEveryRepetition) {
    EXPECT_THAT(value(pattern("PID-3.1", "^[0-9]{2}$")),
                ElementsAre("pattern_mismatch PID-3[2].1"));
    EXPECT_THAT(value(pattern("PID-3[1].1", "^[0-9]{2}$")), IsEmpty());
    EXPECT_THAT(value(pattern("OBX[1]-5", "^a&b$")), IsEmpty());
    EXPECT_THAT(value(pattern("OBX-3.1", "^A$")), ElementsAre("pattern_mismatch OBX[2]-3.1"));
    EXPECT_THAT(value(pattern("MSH-2", "^..~.$")), ElementsAre("pattern_mismatch MSH-2"));
    EXPECT_THAT(value(pattern("PV1-2", "^A$")), IsEmpty());
}

TEST(Profile, ReadsAFieldOfAMillionRepetitionsOnce) {
    const std::string text = "MSH|^~\\&|A\rPID|||" + std::string(1'000'000, '~') + "x\r";
    hl7::IndexBuilder builder;
    ASSERT_TRUE(builder.build(text).ok());
    Profile profile;
    profile.values.push_back(pattern("PID-3.1", "^[0-9]$"));
    Validator validator({.profile = std::move(profile)});
    const auto& all = validator.run({text, builder.view()});
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(all.back().path,
              "PID-3[1000001].1");  // read one by one from the first, it takes minutes
}

TEST(Profile, HasSetsLengthsAndForms) {
    EXPECT_THAT(value({.path = path("OBX-3.1"), .values = {"A", "C"}}),
                ElementsAre("value_not_allowed OBX[2]-3.1"));
    EXPECT_THAT(value({.path = path("PID-5.1"), .max_length = 2}),
                ElementsAre("value_too_long PID-5.1"));
    EXPECT_THAT(value({.path = path("ZBX-2"), .form = 'T'}), ElementsAre("data_type_error ZBX-2"));
    EXPECT_THAT(value({.path = path("ZBX-3"), .form = 'N'}), IsEmpty());
    EXPECT_THAT(value({.path = path("ZPD-2"), .form = 'D'}), IsEmpty());
}

TEST(Profile, CountsSegmentsAndRepetitions) {
    const auto count = [](std::string_view at, std::uint64_t least, std::uint64_t most) {
        return findings({.counts = {{path(at), least, most}}});
    };
    EXPECT_THAT(count("OBX", 1, 2), IsEmpty());
    EXPECT_THAT(count("OBX", 3, UINT64_MAX), ElementsAre("count_out_of_range OBX"));
    EXPECT_THAT(count("NK1", 0, 2), IsEmpty());
    EXPECT_THAT(count("PV2", 1, 1), ElementsAre("count_out_of_range PV2"));
    EXPECT_THAT(count("PID-3", 1, 1), ElementsAre("count_out_of_range PID-3"));
    EXPECT_THAT(count("PID-4", 1, 1), ElementsAre("count_out_of_range PID-4"));
}

TEST(Profile, AsksOfASiteSegmentOnlyWhereItStands) {
    EXPECT_THAT(findings({.required_if_present = {path("ZBX-1"), path("ZZZ-1")}}),
                ElementsAre("required_field_missing ZBX-1"));
}

TEST(Profile, MakesItsSegmentsExpected) {
    const std::string text = "MSH|^~\\&|A|B|C|D|2024||ACK|1|P|2.3\rMSA|AA|1\rXYZ|1\r";
    hl7::IndexBuilder builder;
    ASSERT_TRUE(builder.build(text).ok());
    EXPECT_EQ(Validator({}).run({text, builder.view()}).size(), 1U);
    EXPECT_EQ(Validator({.profile = {.segments = {"XYZ"}}}).run({text, builder.view()}).size(), 0U);
}

TEST(SiteSegments, AreKeptAndAddressedByNameOccurrenceAndPosition) {
    hl7::IndexBuilder builder;
    const std::string text = kMessage + "ZPD|y\r";
    ASSERT_TRUE(builder.build(text).ok());
    const hl7::Message message{text, builder.view()};
    EXPECT_EQ(message.get(path("ZPD[2]-1")).raw, "y");
    EXPECT_EQ(message.get(path("ZPD-2")).raw, "20240101");
    EXPECT_EQ(message.find("ZBX"), 6U);
    EXPECT_EQ(message.find("ZPD", 2), 7U);
}

}  // namespace
}  // namespace aorta::plugins::validate_hl7v2
