#include "validate/hl7v2/validator.hpp"

#include "common/hl7/tests/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace aorta::plugins::validate_hl7v2 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> findings(std::string_view text, ValidatorConfig config = {}) {
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(text).ok());
    Validator validator(std::move(config));
    std::vector<std::string> all;
    for (const Finding& finding : validator.run({text, builder.view()})) {
        const std::string_view reason = kProblems[static_cast<std::size_t>(finding.problem)].reason;
        all.push_back((finding.severity == Severity::Error ? "" : "warning ") +
                      std::string{reason.substr(4)} + " " + finding.path);
    }
    return all;
}

constexpr std::string_view kPid = "PID|1||77^^^H||DOE^JOHN||19800101|M\r";

std::string oru(std::string_view body) {
    return "MSH|^~\\&|A|B|C|D|20240102||ORU^R01|1|P|2.5.1\r" + std::string{kPid} +
           "OBR|1|||8867-4\r" + std::string{body};
}

std::string adt(std::string_view event, std::string_view version, std::string_view body) {
    return "MSH|^~\\&|A|B|C|D|20240102||ADT^" + std::string{event} + "|1|P|" +
           std::string{version} + "\r" + std::string{body};
}

hl7::Path path(std::string_view text) {
    return *hl7::parse_path(text);
}

TEST(Validator, FindsNothingInAValidMessage) {
    EXPECT_THAT(findings(oru("OBX|1|NM|8867-4^Rate^LN||72|/min|||||F|||20240102101112.1+0100\r")),
                IsEmpty());
    EXPECT_THAT(findings(adt("A01", "2.3", "EVN||20240102\r" + std::string{kPid} + "PV1|1|I\r")),
                ElementsAre("required_field_missing EVN-1"));
}

TEST(Validator, NamesMissingFieldsOfTheVersion) {
    EXPECT_THAT(findings("MSH|^~\\&|||||||||\r"),
                ElementsAre("required_field_missing MSH-7",
                            "required_field_missing MSH-9",
                            "required_field_missing MSH-10",
                            "required_field_missing MSH-11",
                            "required_field_missing MSH-12"));
    EXPECT_THAT(findings("MSH|^~\\&|||||||ACK|1|P|2.3\rMSA|AA|1\r"), IsEmpty());
    EXPECT_THAT(findings("MSH|^~\\&|||||2024||ACK|1|P|2.5\rMSA|AA|1\rERR|x\r"),
                ElementsAre("required_field_missing ERR-3", "required_field_missing ERR-4"));
}

TEST(Validator, CountsOccurrencesAndRepetitions) {
    EXPECT_THAT(findings(oru("OBX|1|NM|A||1||||||F\rOBX|2|NM|||1~<5~2||||||F\r")),
                ElementsAre("required_field_missing OBX[2]-3", "data_type_error OBX[2]-5[2]"));
}

TEST(Validator, ChecksObservationValuesByTheirType) {
    const struct {
        std::string_view type;
        std::string_view value;
        bool good;
    } cases[] = {
        {"NM", "7.2", true},
        {"NM", "<5", false},
        {"NM", "\"\"", true},
        {"SN", ">^100", true},
        {"SN", "^1^:^x", false},
        {"DT", "20240102", true},
        {"DT", "2024-01-02", false},
        {"TM", "1015", true},
        {"TS", "202401021015-0500", true},
        {"DTM", "tomorrow", false},
        {"DR", "20240101^x", false},
        {"ST", "anything", true},
        {"CWE", "A^B^C", true},
        {"SI", "12345", false},
    };

    for (const auto& each : cases) {
        const auto found = findings(oru("OBX|1|" + std::string{each.type} + "|A||" +
                                        std::string{each.value} + "||||||F\r"));
        EXPECT_EQ(found.empty(), each.good) << each.type << " " << each.value;
    }
    EXPECT_THAT(findings(oru("OBX|1||A||72||||||F\r")),
                ElementsAre("required_field_missing OBX-2"));
    EXPECT_THAT(findings(oru("OBX|1||A||||||||X\r")), IsEmpty());
}

TEST(Validator, ChecksTables) {
    EXPECT_THAT(findings(oru("OBX|1|QQ|A||x||||||Q\r")),
                ElementsAre("table_value_not_found OBX-2", "table_value_not_found OBX-11"));
    EXPECT_THAT(findings("MSH|^~\\&|||||2024||ORU^R01|1|X|2.5\rPID|1||7||D||19|Z\rOBR|1|||A\r"),
                ElementsAre("table_value_not_found MSH-11",
                            "data_type_error PID-7",
                            "warning user_table_value_not_found PID-8"));
}

TEST(Validator, AsksForTheSegmentsOfTheTypeInTheirOrder) {
    const std::string pid{kPid};
    EXPECT_THAT(findings(adt("A01", "2.5", pid)),
                ElementsAre("required_segment_missing EVN", "required_segment_missing PV1"));
    EXPECT_THAT(findings(adt("A40", "2.5", "EVN||2024\r" + pid)),
                ElementsAre("required_segment_missing MRG", "required_field_missing MRG-1"));
    EXPECT_THAT(findings(adt("A40", "2.5", "EVN||2024\r" + pid + "MRG|1\r" + pid + "MRG|\r")),
                ElementsAre("required_field_missing MRG[2]-1"));
    EXPECT_THAT(findings(adt("A41", "2.5", "EVN||2024\r" + pid + "MRG|||1\r")), IsEmpty());
    EXPECT_THAT(findings(adt("A01", "2.5", pid + "EVN||2024\rPV1||I\r")),
                ElementsAre("segment_sequence_error PID"));
    EXPECT_THAT(findings(adt("X99", "2.5", pid)),
                ElementsAre("warning unsupported_message_type MSH-9"));
}

TEST(Validator, ChecksTheVersion) {
    const auto with = [](std::string_view version, ValidatorConfig config = {}) {
        return findings("MSH|^~\\&|||||2024||ORU^R01|1|P|" + std::string{version} + "\rOBR|1|||A\r",
                        std::move(config));
    };
    EXPECT_THAT(with("2.5^DEU"), IsEmpty());
    EXPECT_THAT(with("1.0"), ElementsAre("unsupported_version MSH-12"));
    EXPECT_THAT(with("2.5", {.versions = {"2.3", "2.5"}}), IsEmpty());
    EXPECT_THAT(with("2.4", {.versions = {"2.3", "2.5"}}),
                ElementsAre("unsupported_version MSH-12"));
}

TEST(Validator, FindsLinesThatAreNoSegmentsAndSecondHeaders) {
    EXPECT_THAT(findings(oru("obx|1\rMSH|^~\\&|\rOBX1|\r")),
                ElementsAre("bad_segment_name segment 4",
                            "segment_sequence_error MSH[2]",
                            "required_field_missing MSH[2]-7",
                            "required_field_missing MSH[2]-9",
                            "required_field_missing MSH[2]-10",
                            "required_field_missing MSH[2]-11",
                            "required_field_missing MSH[2]-12",
                            "bad_segment_name segment 6"));
}

TEST(Validator, BoundsTheControlIdByVersion) {
    const auto with = [](std::string_view version) {
        return findings("MSH|^~\\&|||||2024||ORU^R01|" + std::string(21, '1') + "|P|" +
                        std::string{version} + "\rOBR|1|||A\r");
    };
    EXPECT_THAT(with("2.6"), ElementsAre("warning value_too_long MSH-10"));
    EXPECT_THAT(with("2.7"), IsEmpty());
}

TEST(Validator, AppliesTheRulesOfThePipeline) {
    const std::string message = oru("OBX|1|ST|A||||||||F\rOBX|2|ST|B||x^y||||||F\r");
    EXPECT_THAT(findings(message, {.required = {path("OBX-5"), path("PID-3.4"), path("PV1-3")}}),
                ElementsAre("required_field_missing OBX-5", "required_field_missing PV1-3"));
    EXPECT_THAT(findings(message, {.required = {path("OBX[2]-5.2"), path("OBX[3]-1")}}),
                ElementsAre("required_field_missing OBX[3]-1"));
    EXPECT_THAT(findings(message, {.forbidden = {path("OBX-5.2"), path("PID-19")}}),
                ElementsAre("forbidden_value OBX[2]-5.2"));
}

TEST(Validator, MatchesValuesWithThePatternsOfThePipeline) {
    const auto config = [](std::string_view at, std::string_view pattern) {
        ValidatorConfig made;
        made.patterns.push_back({path(at), *expression::Pattern::compile(pattern)});
        return made;
    };
    const std::string message = oru("OBX|1|ST|A||a\\T\\b||||||F\rOBX|2|ST|B||||||||F\r");
    EXPECT_THAT(findings(message, config("PID-3.1", "^[0-9]{2}$")), IsEmpty());
    EXPECT_THAT(findings(message, config("OBX-5", "^a&b$")), IsEmpty());
    EXPECT_THAT(findings(message, config("OBX-3.1", "^A$")),
                ElementsAre("pattern_mismatch OBX[2]-3.1"));
}

TEST(Validator, TakesSeveritiesFromThePipeline) {
    ValidatorConfig config;
    config.severities[static_cast<std::size_t>(Problem::TableValueNotFound)] = Severity::Warning;
    config.severities[static_cast<std::size_t>(Problem::DataTypeError)] = Severity::Off;
    EXPECT_THAT(findings(oru("OBX|1|NM|A||x||||||Q\r"), std::move(config)),
                ElementsAre("warning table_value_not_found OBX-11"));
}

TEST(Validator, StopsCollectingAtItsBound) {
    std::string body;
    for (int i = 0; i < 200; ++i) {
        body += "OBX|1|NM|A||x||||||F\r";
    }
    EXPECT_EQ(findings(oru(body)).size(), Validator::kMaxFindings);
}

TEST(Findings, AreJsonWithoutValues) {
    EXPECT_EQ(to_json({}), "[]");
    EXPECT_EQ(to_json({{Problem::DataTypeError, Severity::Error, "OBX[2]-5"},
                       {Problem::ValueTooLong, Severity::Warning, "MSH-10"}}),
              R"([{"reason":"hl7.data_type_error","path":"OBX[2]-5","severity":"error"},)"
              R"({"reason":"hl7.value_too_long","path":"MSH-10","severity":"warning"}])");
}

/// Files of the public breadth set that break a rule, and the one that rejects them.
const std::map<std::string, std::string>& known_bad() {
    const std::string no_document_code =
        "required_field_missing OBX[2]-3, required_field_missing OBX[2]-11";
    const std::string no_slide_code =
        "required_field_missing OBX[3]-3, required_field_missing OBX[3]-11";
    static const std::map<std::string, std::string> kBad = {
        {"ORM-O01-01.hl7", "data_type_error ORC-15"},  // a month 20
        {"ORU-R01-01.hl7", no_document_code},
        {"OUL-R24-01.hl7", no_document_code},
        {"OUL-R22-01.hl7", no_slide_code},
        {"OUL-R23-01.hl7", no_slide_code},
    };
    return kBad;
}

TEST(Validator, TakesThePublicMessagesOfEveryType) {
    const auto files = hl7::testing::hl7_files(hl7::testing::fixtures() / "hl7v2" / "breadth");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    for (const auto& file : files) {
        for (const std::string& text : hl7::testing::messages_of(hl7::testing::read_file(file))) {
            std::string errors;
            for (const std::string& finding : findings(text)) {
                if (!finding.starts_with("warning")) {
                    errors += (errors.empty() ? "" : ", ") + finding;
                }
            }
            const auto known = known_bad().find(file.filename());
            EXPECT_EQ(errors, known == known_bad().end() ? "" : known->second) << file.filename();
        }
    }
}

}  // namespace
}  // namespace aorta::plugins::validate_hl7v2
