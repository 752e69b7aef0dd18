#include "validate/hl7v2/validator.hpp"

#include "common/hl7/error_code.hpp"
#include "common/hl7/tests/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

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
        const std::string_view reason = info_of(finding.problem).reason;
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

TEST(FinePoints, Obx5Type) {
    const auto of = [](std::string_view type, std::string_view value, std::string_view if_none) {
        const std::string body =
            "OBX|1|" + std::string{type} + "|A||" + std::string{value} + "||||||F\r";
        return findings(oru(body), {.observation_type = hl7_definitions::find_type(if_none)});
    };
    EXPECT_THAT(of("", "x", ""), ElementsAre("required_field_missing OBX-2"));
    EXPECT_THAT(of("", "x", "ST"), IsEmpty());
    EXPECT_THAT(of("QQ", "x", "NM"), ElementsAre("data_type_error OBX-5"));
    EXPECT_THAT(of("NM", "<5", ""), ElementsAre("data_type_error OBX-5"));
    EXPECT_THAT(of("TM", "<5", ""), ElementsAre("data_type_error OBX-5"));
    EXPECT_THAT(of("DT", "<5", ""), ElementsAre("data_type_error OBX-5"));
    EXPECT_THAT(of("SN", "<^5", ""), IsEmpty());
    EXPECT_THAT(of("ED", "^TEXT^^Base64^a b", ""), ElementsAre("data_type_error OBX-5.5"));
    EXPECT_THAT(of("NM", "1~x", ""), ElementsAre("data_type_error OBX-5[2]"));
}

TEST(FinePoints, RepetitionAgainstTheVersionIsAWarning) {
    EXPECT_THAT(findings(adt("A01", "2.3", "EVN|A01|2024\rPID|1||7||D^A~E^B\rPV1|1|I\r")),
                ElementsAre("warning field_repeated PID-5"));
    EXPECT_THAT(findings(adt("A01", "2.5", "EVN||2024\rPID|1||7||D^A~E^B\rPV1|1|I\r")), IsEmpty());
}

TEST(FinePoints, MessageTypeIsCheckedWhateverTheStructureIs) {
    const auto of = [](std::string_view type) {
        return findings("MSH|^~\\&|A|B|C|D|20240102||" + std::string{type} +
                        "|1|P|2.5.1\rEVN||2024\r" + std::string{kPid} + "PV1|1|I\r");
    };
    EXPECT_THAT(of("ADT^A01^ADT_A01"), IsEmpty());
    EXPECT_THAT(of("ADT^A04^ADT_A01"), IsEmpty());
    EXPECT_THAT(of("ADT^A01^ORU_R01"), ElementsAre("warning unsupported_structure MSH-9.3"));
    EXPECT_THAT(of("ADT^A04^ADT_A04"), IsEmpty()) << "another name of the same";
    EXPECT_THAT(of("ADT^A04^ADT_X04"), ElementsAre("warning unsupported_structure MSH-9.3"));
    EXPECT_THAT(of("ADT^A99^ADT_A01"), ElementsAre("warning unsupported_event MSH-9.2"));
    EXPECT_THAT(of("FOO^A01^ADT_A01"), ElementsAre("warning unsupported_message_type MSH-9.1"));
    EXPECT_THAT(of("adt^a01^ADT_A01"), ElementsAre("warning unsupported_message_type MSH-9.1"));
    EXPECT_THAT(of("ADT^^ADT_A01"), ElementsAre("warning unsupported_event MSH-9.2"));
    EXPECT_THAT(of("ADT^Z01^ADT_A01"), IsEmpty()) << "an event of the site";
    EXPECT_THAT(of("ZZZ^Z01^ADT_A01"), IsEmpty());
}

TEST(Validator, FindsValuesBehindTheEndOfTheirType) {
    const auto obx = [](std::string_view type, std::string_view value) {
        return findings(
            oru("OBX|1|" + std::string{type} + "|A||" + std::string{value} + "||||||F\r"));
    };
    EXPECT_THAT(obx("NM", "5^x"), ElementsAre("data_type_error OBX-5.2"));
    EXPECT_THAT(obx("NM", "5^"), IsEmpty());
    EXPECT_THAT(obx("NM", "5~6^x"), ElementsAre("data_type_error OBX-5[2].2"));
    EXPECT_THAT(obx("TX", "a^b"), ElementsAre("warning unexpected_component OBX-5.2"));
    EXPECT_THAT(obx("TS", "2024^D"), IsEmpty());
    EXPECT_THAT(obx("TS", "2024^D^x"), ElementsAre("data_type_error OBX-5.3"));
    EXPECT_THAT(obx("CE", "A^B^L^^^^x"), ElementsAre("warning unexpected_component OBX-5.7"));
    EXPECT_THAT(obx("ED", "^TEXT^^Base64^AAAAA======"), ElementsAre("data_type_error OBX-5.5"));
    EXPECT_THAT(obx("ED", "^TEXT^^Base64^AAA"), ElementsAre("data_type_error OBX-5.5"));
}

TEST(Validator, LooksForNoPartsInFieldsThatLaterVersionsDivide) {
    const auto in = [](std::string_view version, std::string_view obx) {
        return findings("MSH|^~\\&|A|B|C|D|20240102||ORU^R01^ORU_R01|1|P|" + std::string{version} +
                        "\r" + std::string{kPid} + "OBR|1|||8867-4\rOBX|1|ST|A|" +
                        std::string{obx} + "\r");
    };
    EXPECT_THAT(in("2.8.2", "^1^1|x||||||F"), IsEmpty()) << "an OG";
    EXPECT_THAT(in("2.7.1", "^1^1|x||||||F"), ElementsAre("warning unexpected_component OBX-4.2"));
    EXPECT_THAT(in("2.5.1", "|x||||||F|||||||||LA^Left arm|7^LAB"), IsEmpty())
        << "reserved for what 2.6 has there";
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
    EXPECT_THAT(findings("MSH|^~\\&|||||2024||ACK|1|P|2.5\rMSA|AA|1\rERR|1^2^3\r"),
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
        std::string_view finding;
    } cases[] = {
        {"NM", "7.2", ""},
        {"NM", "<5", "data_type_error OBX-5"},
        {"NM", "\"\"", ""},
        {"SN", ">^100", ""},
        {"SN", "<=^1", ""},
        {"SN", "^1^:^80", ""},
        {"SN", "^1^:^x", "data_type_error OBX-5"},
        {"SN", "!^5", "data_type_error OBX-5"},
        {"SN", "<5", "data_type_error OBX-5"},
        {"DT", "20240102", ""},
        {"DT", "2024-01-02", "data_type_error OBX-5"},
        {"TM", "1015", ""},
        {"TM", "10:15", "data_type_error OBX-5"},
        {"TS", "202401021015-0500", ""},
        {"DTM", "tomorrow", "data_type_error OBX-5"},
        {"DR", "20240101^x", "data_type_error OBX-5.2"},
        {"ST", "anything", ""},
        {"CWE", "A^B^C", ""},
        {"SI", "12345", "data_type_error OBX-5"},
        {"ED", "^application^pdf^Base64^JVBERi0=", "warning user_table_value_not_found OBX-5.3"},
        {"ED", "^TEXT^^Base64^JVBERi0=", ""},
        {"ED", "^TEXT^^Base64^not base 64", "data_type_error OBX-5.5"},
        {"ED", "^TEXT^^A^not base 64", ""},
        {"ED", "^TEXT^^base64^JVBERi0=", "table_value_not_found OBX-5.4"},
        {"CX", "1^^^A&1.2&ISO^MR", ""},
        {"CX", "1^^^A&1.2&NOPE^MR", "table_value_not_found OBX-5.4.3"},
    };

    for (const auto& each : cases) {
        const auto found = findings(oru("OBX|1|" + std::string{each.type} + "|A||" +
                                        std::string{each.value} + "||||||F\r"));
        if (each.finding.starts_with("warning user") || each.finding.empty()) {
            EXPECT_THAT(found, ::testing::Each(::testing::StartsWith("warning user")))
                << each.type << " " << each.value;
        } else {
            EXPECT_THAT(found, ElementsAre(std::string{each.finding}))
                << each.type << " " << each.value;
        }
    }
    EXPECT_THAT(findings(oru("OBX|1||A||||||||X\r")), IsEmpty());
}

TEST(Validator, ChecksEachRepetitionOfAnObservation) {
    EXPECT_THAT(findings(oru("OBX|1|NM|A||1~x~3~y||||||F\r")),
                ElementsAre("data_type_error OBX-5[2]", "data_type_error OBX-5[4]"));
}

TEST(Validator, TakesAnObservationTypeForThoseThatHaveNone) {
    const std::string without = oru("OBX|1||A||x||||||F\rOBX|2|QQ|A||x||||||F\r");
    EXPECT_THAT(findings(without),
                ElementsAre("required_field_missing OBX-2", "table_value_not_found OBX[2]-2"));
    EXPECT_THAT(findings(without, {.observation_type = hl7_definitions::find_type("ST")}),
                IsEmpty());
    EXPECT_THAT(findings(without, {.observation_type = hl7_definitions::find_type("NM")}),
                ElementsAre("data_type_error OBX-5", "data_type_error OBX[2]-5"));
}

TEST(Validator, TellsNullFromEmptyAndAbsent) {
    // Null says "delete": it is a value where HL7 requires one, and none where the profile does.
    const auto with = [](std::string_view value) {
        return adt("A01", "2.5", "EVN||2024\rPID|1||" + std::string{value} + "||D\rPV1|1|I\r");
    };
    const auto profile = [] { return ValidatorConfig{.profile = {.required = {path("PID-3")}}}; };
    EXPECT_THAT(findings(with("7")), IsEmpty());
    EXPECT_THAT(findings(with("\"\"")), IsEmpty());
    EXPECT_THAT(findings(with("")), ElementsAre("required_field_missing PID-3"));
    EXPECT_THAT(findings(with("\"\""), profile()), ElementsAre("required_field_missing PID-3"));
    EXPECT_THAT(findings(adt("A01", "2.5", "EVN||2024\rPID|1||7||D||\"\"|\"\"\rPV1|1|I\r")),
                IsEmpty());
    EXPECT_THAT(findings(adt("A01", "2.5", "EVN||2024\rPID|1\rPV1|1|I\r")),
                ElementsAre("required_field_missing PID-3", "required_field_missing PID-5"));
    EXPECT_THAT(findings(adt("A01", "2.5", "EVN||2024\rPID|1||7||D\rPV1|1|I\r"),
                         {.profile = {.forbidden = {path("PID-19")}}}),
                IsEmpty());
}

TEST(Validator, ChecksTables) {
    EXPECT_THAT(findings(oru("OBX|1|QQ|A||x||||||Q\r")),
                ElementsAre("table_value_not_found OBX-2", "table_value_not_found OBX-11"));
    EXPECT_THAT(findings("MSH|^~\\&|||||2024||ORU^R01|1|X|2.5\rPID|1||7||D||19|Z\rOBR|1|||A\r"),
                ElementsAre("unsupported_processing_id MSH-11.1",
                            "data_type_error PID-7",
                            "warning user_table_value_not_found PID-8"));
    // The coding system says that the code is not of the table.
    const auto race = [](std::string_view value) {
        return findings("MSH|^~\\&|||||2024||ORU^R01|1|P|2.5\rPID|1||7||D|||||" +
                        std::string{value} + "\rOBR|1|||A\r");
    };
    EXPECT_THAT(race("9^x^HL70005"), ElementsAre("warning user_table_value_not_found PID-10.1"));
    EXPECT_THAT(race("9^x^L"), IsEmpty());
}

TEST(Validator, ChecksComponentsByTheDataType) {
    const auto pid3 = [](std::string_view value) {
        return findings(
            adt("A01", "2.5", "EVN||2024\rPID|1||" + std::string{value} + "||D\rPV1|1|I\r"));
    };
    EXPECT_THAT(pid3("1^^^A&1.2.3&ISO^MR^^20240101"), IsEmpty());
    EXPECT_THAT(pid3("1^^^A&1.2.3&XXX^MR"), ElementsAre("table_value_not_found PID-3.4.3"));
    EXPECT_THAT(pid3("1~2^^^^^^soon"), ElementsAre("data_type_error PID-3[2].7"));
}

TEST(Validator, FollowsTheStructureOfTheType) {
    const std::string pid{kPid};
    EXPECT_THAT(findings(adt("A01", "2.5", pid)),
                ElementsAre("required_segment_missing EVN", "required_segment_missing PV1"));
    EXPECT_THAT(findings(adt("A40", "2.5", "EVN||2024\r" + pid)),
                ElementsAre("required_segment_missing MRG"));
    EXPECT_THAT(findings(adt("A40", "2.5", "EVN||2024\r" + pid + "MRG|1\r" + pid + "MRG|\r")),
                ElementsAre("required_field_missing MRG[2]-1"));
    EXPECT_THAT(findings(adt("A01", "2.5", "EVN||2024\r" + pid + "PV1|1|I\rPV1|1|I\r")),
                ElementsAre("segment_repeated PV1[2]"));
    EXPECT_THAT(findings(adt("A01", "2.5", "EVN||2024\rPV1|1|I\r" + pid + "NK1|1\r")),
                ElementsAre("segment_sequence_error PV1"));
    EXPECT_THAT(findings(adt("A01", "2.5", "EVN||2024\r" + pid + "PV1|1|I\rOBR|1|||A\rXYZ|1\r")),
                ElementsAre("warning unexpected_segment OBR", "warning unexpected_segment XYZ"));
    EXPECT_THAT(findings(oru("ORC|RE\rOBX|1|NM|A||1||||||F\r")),
                ElementsAre("required_segment_missing OBR[2]"));
    EXPECT_THAT(findings(oru("DSC|x|I\r")), IsEmpty());
}

TEST(Validator, NamesTypesAndEventsThatHl7HasNot) {
    EXPECT_THAT(findings(adt("X99", "2.5", kPid)),
                ElementsAre("warning unsupported_event MSH-9.2"));
    EXPECT_THAT(findings("MSH|^~\\&|||||2024||ZZQ^Z01|1|P|2.5\rZZA|1\r"),
                ElementsAre("warning unsupported_message_type MSH-9.1"));
    // MSH-9.3 decides.
    EXPECT_THAT(findings("MSH|^~\\&|||||2024||ADT^Z01^ADT_A09|1|P|2.5\rEVN||2024\r" +
                         std::string{kPid} + "PV1|1|I\r"),
                IsEmpty());
}

TEST(Validator, ChecksTheVersion) {
    const auto with = [](std::string_view version, ValidatorConfig config = {}) {
        return findings("MSH|^~\\&|||||2024||ORU^R01|1|P|" + std::string{version} + "\rOBR|1|||A\r",
                        std::move(config));
    };
    EXPECT_THAT(with("2.5^DEU"), IsEmpty());
    EXPECT_THAT(with("2.3.z"), ElementsAre("warning unknown_version MSH-12.1"));
    EXPECT_THAT(with("1.0"), ElementsAre("warning unknown_version MSH-12.1"));
    EXPECT_THAT(with(""), ElementsAre("required_field_missing MSH-12"));
    EXPECT_THAT(with("2.5", {.versions = {"2.3", "2.5"}}), IsEmpty());
    EXPECT_THAT(with("2.4", {.versions = {"2.3", "2.5"}}),
                ElementsAre("unsupported_version MSH-12.1"));
}

TEST(Validator, FindsLinesThatAreNoSegmentsAndSecondHeaders) {
    EXPECT_THAT(findings(oru("obx|1\rMSH|^~\\&|\rOBX1|\r")),
                ElementsAre("bad_segment_name segment 4",
                            "segment_sequence_error MSH[2]",
                            "bad_segment_name segment 6"));
}

TEST(Validator, WarnsOfFieldsThatTheVersionHasNot) {
    EXPECT_THAT(findings(oru("NTE|1|L|text|RE|2024\r")),
                ElementsAre("warning unexpected_field NTE-5"));
}

TEST(Validator, BoundsValuesByVersion) {
    const auto with = [](std::string_view version, std::size_t size) {
        return findings("MSH|^~\\&|||||2024||ORU^R01|" + std::string(size, '1') + "|P|" +
                        std::string{version} + "\rOBR|1|||A\r");
    };
    EXPECT_THAT(with("2.5", 20), IsEmpty());
    EXPECT_THAT(with("2.5", 21), ElementsAre("warning value_too_long MSH-10"));
    EXPECT_THAT(with("2.7", 199), IsEmpty());
    EXPECT_THAT(with("2.7", 200), ElementsAre("warning value_too_long MSH-10"));
    // Characters, not bytes.
    EXPECT_THAT(findings(oru("NTE|1|" + std::string{"\xc3\xa4\xc3\xa4"} + "\r")),
                ElementsAre("table_value_not_found NTE-2"));
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
    EXPECT_EQ(findings(oru(body)).size(), Reporter::kMaxFindings);
}

TEST(Validator, HidesNoErrorBehindAnyNumberOfWarnings) {
    std::string body;
    for (int i = 0; i < 200; ++i) {
        body += "OBX||ST|A||x||||||FINAL\r";  // too long
    }
    const Severities severities = [] {
        Severities all = default_severities();
        all[static_cast<std::size_t>(Problem::TableValueNotFound)] = Severity::Warning;
        return all;
    }();
    const auto all = findings(oru(body + "OBX||NM|A||x||||||F\r"), {.severities = severities});
    ASSERT_EQ(all.size(), Reporter::kMaxFindings);
    EXPECT_EQ(all.back(), "data_type_error OBX[201]-5");
    EXPECT_EQ(all.front(), "warning value_too_long OBX-11");
}

TEST(Findings, SayWhatToMendAndNeverTheValue) {
    hl7::IndexBuilder builder;
    const std::string text = oru("OBX|1|NM|A||SECRET||||||F\r");
    ASSERT_TRUE(builder.build(text).ok());
    Validator validator{ValidatorConfig{}};
    EXPECT_EQ(to_json(validator.run({text, builder.view()})),
              R"([{"reason":"hl7.data_type_error","code":"102","severity":"error",)"
              R"("segment":"OBX","path":"OBX-5","text":"NM is a number: digits, perhaps with a )"
              R"(sign and a decimal point, nothing else"}])");
    EXPECT_EQ(to_json({}), "[]");
    EXPECT_EQ(to_json({{Problem::PatternMismatch, Severity::Warning, "PID-3", "PID", "a\"\\\n"}}),
              R"([{"reason":"hl7.pattern_mismatch","code":"102","severity":"warning",)"
              R"("segment":"PID","path":"PID-3","text":"a\"\\\u000a"}])");
}

TEST(Findings, NameTheStructureOfTheirMessage) {
    // The two share a syntax.
    Validator validator{ValidatorConfig{}};
    for (const std::string_view event : {"A01", "A04"}) {
        hl7::IndexBuilder builder;
        const std::string text = adt(event, "2.5", "EVN||2024\r" + std::string{kPid});
        ASSERT_TRUE(builder.build(text).ok());
        const auto& found = validator.run({text, builder.view()});
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found[0].text,
                  "add PV1, which ADT_" + std::string{event} + " of HL7 2.5 requires");
    }
}

TEST(Findings, SayBehindWhichSegmentOneBelongs) {
    hl7::IndexBuilder builder;
    const std::string text =
        adt("A01", "2.5", "EVN||2024\rPV1|1|I\r" + std::string{kPid} + "GT1|1||D\r");
    ASSERT_TRUE(builder.build(text).ok());
    Validator validator{ValidatorConfig{}};
    const auto& found = validator.run({text, builder.view()});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].text, "in ADT_A01 of HL7 2.5, PV1 comes behind PID: move it there");
}

TEST(Problems, HaveReasonsOfTheirOwnWithACodeOfTable0357) {
    std::set<std::string_view> reasons;
    for (const ProblemInfo& info : kProblems) {
        EXPECT_TRUE(reasons.insert(info.reason).second) << info.reason;
        const std::string_view code = hl7::error_text_of(info.reason).code;
        EXPECT_NE(code, "207") << info.reason;
        EXPECT_TRUE(code == "104" ||
                    hl7_definitions::has_code(*hl7_definitions::find_table(357), code))
            << code;
    }
}

}  // namespace
}  // namespace aorta::plugins::validate_hl7v2
