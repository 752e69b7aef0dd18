#include "deidentify/records/hl7v2/deidentifier.hpp"

#include "common/hl7/reason.hpp"
#include "common/hl7/tests/fixtures.hpp"
#include "deidentify/records/tests/harness.hpp"

namespace aorta::plugins::deidentify {
namespace {

using testing::segment_of;

hl7::Path path(std::string_view text) {
    return *hl7::parse_path(text);
}

TEST(Deidentifier, LeavesAValidMessageBehind) {
    Deidentifier made = testing::deidentifier();
    const std::string_view text =
        "MSH|^~\\&|LAB|HOSPITAL|EHR|CLINIC|20240615083000-0500|secret|ORU^R01^ORU_R01|MRN77|P|2.5."
        "1\n"
        "PID|1||77^^^H^MR~123-45-6789^^^SSA^SS||DOE^JOHN||19800101|M\n"
        "OBR|1|P1|F1|8867-4^Heart rate^LN|||20240615\n"
        "OBX|1|NM|8867-4^Heart rate^LN||72|/min|60-100|N|||F|||20240615\n"
        "NTE|1|L|John was seen\n";
    privacy::Report report;
    EXPECT_EQ(testing::run(made, text, &report),
              "MSH|^~\\&|||||2024||ORU^R01^ORU_R01|NEWCONTROLID|P|2.5.1\n"
              "PID|1||||||1980|M\n"
              "OBR|1|||8867-4^Heart rate^LN|||2024\n"
              "OBX|1|NM|8867-4^Heart rate^LN||72|/min|60-100|N|||F|||2024\n"
              "NTE|1|L|\n");
    EXPECT_EQ(report.values_removed, 10U);
    EXPECT_EQ(report.values_changed, 5U);
    EXPECT_EQ(report.parts_removed, 0U);
}

TEST(FinePoints, NullEmptyAbsentInDeidentification) {
    EXPECT_EQ(segment_of("PID|\"\"||\"\"||\"\"||\"\"|\"\""), "PID|\"\"||\"\"||\"\"||\"\"|\"\"");
    EXPECT_EQ(segment_of("PID|1||||||\"\"~19870101"), "PID|1||||||\"\"~1987");
}

TEST(Deidentifier, DropsTheYearThatShowsAnAgeAboveEightyNine) {
    EXPECT_EQ(segment_of("PID|1||||||19340616"), "PID|1||||||1934");
    EXPECT_EQ(segment_of("PID|1||||||19340615"), "PID|1||||||");
    // The least precise date counts as the earliest day that it may mean.
    EXPECT_EQ(segment_of("PID|1||||||193406"), "PID|1||||||");
    EXPECT_EQ(segment_of("PID|1||||||1935"), "PID|1||||||1935");
    // Relatives, and dates of observations, give an age away just as well.
    EXPECT_EQ(segment_of("NK1|1|||||||||||||||19200101"), "NK1|1|||||||||||||||");
    EXPECT_EQ(segment_of("OBX|1|DT|21112-8||19200101"), "OBX|1|DT|21112-8||");
}

TEST(Deidentifier, TakesTheAgeOnTheDayOfTheEvent) {
    const auto birth = [](std::string_view msh7, std::string_view rest) {
        Deidentifier made = testing::deidentifier();
        const std::string out =
            testing::run(made,
                         "MSH|^~\\&|||||" + std::string{msh7} + "||ADT^A01|1|P|2.5\r" +
                             std::string{rest} + "PID|1||||||19250101|\r");
        return out.substr(out.find("PID"));
    };
    EXPECT_EQ(birth("2010", ""), "PID|1||||||1925|\r");
    EXPECT_EQ(birth("2010", "PV1|1|I" + std::string(42, '|') + "20160101\r"), "PID|1|||||||\r");
    EXPECT_EQ(birth("2015", ""), "PID|1|||||||\r");  // may be any day of the year
    EXPECT_EQ(birth("", ""), "PID|1|||||||\r");      // the fallback, 2024
    EXPECT_EQ(birth("2010", "EVN||99991231\r"), "PID|1||||||1925|\r");
}

TEST(Deidentifier, BoundsObservedAges) {
    EXPECT_EQ(segment_of("OBX|1|NM|30525-0^Age^LN||93|a^year^UCUM"),
              "OBX|1|NM|30525-0^Age^LN||90|a^year^UCUM");
    EXPECT_EQ(segment_of("OBX|1|NM|X^Age^L^30525-0^Age^LN||47|a"),
              "OBX|1|NM|X^Age^L^30525-0^Age^LN||47|a");
    EXPECT_EQ(segment_of("OBX|1|SN|30525-0^Age^LN||>^93|a"), "OBX|1|SN|30525-0^Age^LN|||a");
    EXPECT_EQ(segment_of("OBX|1|NM|8867-4^Rate^LN||93|/min"), "OBX|1|NM|8867-4^Rate^LN||93|/min");
    EXPECT_EQ(segment_of("OBX|1|IS|30525-0^Age^LN||95"), "OBX|1|IS|30525-0^Age^LN||");
    EXPECT_EQ(segment_of("OBX|1|NM|30525\\X2D\\0^Age^LN||95|a"),
              "OBX|1|NM|30525\\X2D\\0^Age^LN||90|a");
}

TEST(Deidentifier, KeepsOnlyDatesWhereDatesStay) {
    const testing::Made limited = {
        .policy = {.profile = privacy::Profile::LimitedDataSet, .dates = DateMode::Keep}};
    EXPECT_EQ(segment_of("PID|1||||||19300102030405-0500~SMITH", limited),
              "PID|1||||||19300102030405-0500~");
    EXPECT_EQ(segment_of("ORC|NW||||||1^Q1H^D5^20240102^^R^PRN^call wife Mary", limited),
              "ORC|NW||||||1^Q1H^D5^20240102^^R");
    EXPECT_EQ(segment_of("OBX|1|DT|A||SMITH", limited), "OBX|1|DT|A||");
}

TEST(Deidentifier, RemovesFieldsOfASegmentThatIsKept) {
    EXPECT_EQ(segment_of("ZDV|1|any|name|thing",
                         {.policy = {.remove = {path("ZDV-3")}, .z_segments = {"ZDV"}}}),
              "ZDV|1|any||thing");
}

TEST(Deidentifier, TreatsObservationValuesByTheirType) {
    const struct {
        std::string_view type;
        std::string_view value;
        std::string_view expected;
    } cases[] = {
        {"NM", "7.2~<5~John", "7.2~<5~"},
        {"SN", ">^100~^1^:^128~^John", ">^100~^1^:^128~"},
        {"CE", "260373001^Detected^SCT", "260373001^Detected^SCT"},
        {"CWE", "^seen by Dr X^^^^^^^typed", ""},
        {"TS", "20240615083000", "2024"},
        {"DR", "20240101^20240201", "2024^2024"},
        {"XAD", "1 Oak^^Chicago^IL^60601", "^^^IL^606"},
        {"ST", "Negative", ""},
    };

    for (const auto& each : cases) {
        const std::string head = "OBX|1|" + std::string{each.type} + "|A||";
        EXPECT_EQ(segment_of(head + std::string{each.value} + "|mL"),
                  head + std::string{each.expected} + "|mL");
    }
}

TEST(Deidentifier, GivesRandomCodesThatJoin) {
    Deidentifier made = testing::deidentifier({.codes = privacy::CodeMode::Random, .max_codes = 3});
    const std::string out = testing::run(made,
                                         "MSH|^~\\&|||||2024||ADT^A40|1|P|2.5\r"
                                         "PID|1||PX77^^^H&1.2^MR~PX77^^^OTHER^PI~\"\"||||||\r"
                                         "MRG|PX77^9^M10^H&1.2^MR\r"
                                         "OBR|1|PLACER^APP|\r");
    hl7::IndexBuilder builder;
    ASSERT_TRUE(builder.build(out).ok());
    const hl7::Message message{out, builder.view()};
    const auto raw = [&](std::string_view text) { return message.get(path(text)).raw; };
    EXPECT_EQ(raw("PID-3[1].1").size(), 16U);
    EXPECT_EQ(raw("PID-3[1].5"), "MR");
    EXPECT_EQ(raw("PID-3[3]"), "\"\"");
    EXPECT_NE(raw("PID-3[1].1"), raw("PID-3[2].1"));
    EXPECT_EQ(raw("PID-3[1]"), raw("MRG-1"));
    EXPECT_EQ(raw("OBR-2").size(), 16U);
    EXPECT_EQ(out.find("PX77"), std::string::npos);
}

TEST(Deidentifier, MakesTheExceptionsOfThePipeline) {
    EXPECT_EQ(segment_of("PV1|1|I|ICU^1^A||||DOC^X", {.policy = {.keep = {path("PV1-3")}}}),
              "PV1|1|I|ICU^1^A||||");
    EXPECT_EQ(
        segment_of("PID|1|||||||M||2106-3^White^CDCREC", {.policy = {.remove = {path("PID-10")}}}),
        "PID|1|||||||M||");
    EXPECT_EQ(segment_of("ZDV|1|any\rZPI|2", {.policy = {.z_segments = {"ZDV"}}}), "ZDV|1|any");
    EXPECT_EQ(segment_of("ZDV|1|any", {.policy = {.keep = {path("ZDV-2")}}}), "ZDV||any");
    EXPECT_EQ(
        segment_of("AL1|1||Z88^Penicillin^I10~pollen", {.policy = {.text = TextMode::KeepCodes}}),
        "AL1|1||Z88^^I10~");
}

TEST(Deidentifier, FollowsTheDelimitersOfTheMessage) {
    Deidentifier made = testing::deidentifier();
    EXPECT_EQ(
        testing::run(made,
                     "MSH#!@%*#A#B###2024##ADT!A01#1#P#2.5\rPID#1##7!!!M##D!J##1987@19880101##\r"),
        "MSH#!@%*#####2024##ADT!A01#NEWCONTROLID#P#2.5\rPID#1######1987@1988##\r");
    EXPECT_EQ(testing::run(made, "MSH|^|A\rPID|1||7~8||||1987~x|M\r"), "MSH|^|\rPID|1|||||||M\r");
}

TEST(Deidentifier, RefusesAMessageInsideAMessage) {
    const std::string_view text = "MSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\r";
    hl7::IndexBuilder builder;
    ASSERT_TRUE(builder.build(text).ok());
    Deidentifier made = testing::deidentifier();
    std::string out;
    const auto done = made.run({text, builder.view()}, "X", testing::kToday, out);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(hl7::reason_id(done.error()), kSecondMsh);
    EXPECT_EQ(done.error().where, "MSH[2]");
}

TEST(Deidentifier, LeavesNoIdentifierInAnyFixture) {
    const auto folder = hl7::testing::fixtures();
    auto files = hl7::testing::hl7_files(folder / "hl7v2");
    for (const auto& file : hl7::testing::hl7_files(folder / "deid")) {
        files.push_back(file);
    }
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    Deidentifier made = testing::deidentifier();
    std::size_t messages = 0;
    for (const auto& file : files) {
        for (const std::string& text : hl7::testing::messages_of(hl7::testing::read_file(file))) {
            hl7::IndexBuilder before;
            ASSERT_TRUE(before.build(text).ok());
            const hl7::Message source{text, before.view()};
            const std::string out = testing::run(made, text);
            hl7::IndexBuilder after;
            ASSERT_TRUE(after.build(out).ok()) << file;
            const hl7::Message result{out, after.view()};
            for (const char* gone : {"PID-3", "PID-5", "PID-13", "NK1-2", "PV1-7", "MSH-4"}) {
                const hl7::Value value = result.get(path(gone));
                EXPECT_FALSE(value.has_value()) << file << " " << gone;
            }
            for (const char* same : {"MSH-9", "MSH-11", "MSH-12", "OBX-3.1", "PID-8"}) {
                EXPECT_EQ(result.get(path(same)).raw, source.get(path(same)).raw)
                    << file << " " << same;
            }
            for (std::size_t i = 0; i < result.segment_count(); ++i) {
                EXPECT_NE(result.name(i)[0], 'Z');
            }
            ++messages;
        }
    }
    RecordProperty("messages", static_cast<int>(messages));
}

}  // namespace
}  // namespace aorta::plugins::deidentify
