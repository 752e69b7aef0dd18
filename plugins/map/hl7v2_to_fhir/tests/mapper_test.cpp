#include "mapping.hpp"

#include <gmock/gmock.h>

namespace aorta::plugins::map_hl7v2_to_fhir {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kOrder =
    header("ORU^R01^ORU_R01") +
    "PID|1||77^^^MPI&2.16.840.1.113883.19.5&ISO^MR||Doe^Jane^Q||19700102|F\r"
    "OBR|1|P1|F1|24323-8^Panel^LN|||20240229|||||||||9^Smith^Ann|||||||||F\r"
    "OBX|1|NM|2345-7^Glucose^LN||95.50|mg/dL^^UCUM|70-99|N|||F|||202402291015\r"
    "NTE|1||fasting\r"
    "OBX|2|ST|5778-6^Color^LN||a \\T\\ b \"c\"||||||F\r"
    "OBR|2|P2|F2|58410-2^CBC^LN||||||||||||9^Smith^Ann|||||||||P\r"
    "OBX|1|CWE|882-1^ABO^LN||A^Blood group A^L||||||C\r";

TEST(Mapper, WritesThePatient) {
    const std::string patient = map_message(kOrder).resource("Patient");
    EXPECT_THAT(patient, HasSubstr(R"("name":[{"family":"Doe","given":["Jane","Q"]}])"));
    EXPECT_THAT(patient, HasSubstr(R"("birthDate":"1970-01-02")"));
    EXPECT_THAT(patient, HasSubstr(R"("gender":"female")"));
    EXPECT_THAT(patient, HasSubstr(R"("value":"77","system":"MPI")"));
    EXPECT_THAT(
        patient,
        HasSubstr(R"("code":"MR","system":"http://terminology.hl7.org/CodeSystem/v2-0203")"));
}

TEST(Mapper, KeepsTheTextOfNumbersAndTheZoneAndPrecisionOfTimes) {
    const Mapped mapped = map_message(kOrder);
    EXPECT_THAT(mapped.resource("Observation"), HasSubstr(R"("value":95.50)"));
    EXPECT_THAT(mapped.resource("Observation"),
                HasSubstr(R"("effectiveDateTime":"2024-02-29T10:15:00+01:00")"));
    EXPECT_THAT(mapped.resource("DiagnosticReport"),
                HasSubstr(R"("effectiveDateTime":"2024-02-29")"));
}

TEST(Mapper, GivesTimesWithoutAZoneTheConfiguredOne) {
    MapperConfig config;
    config.zone.configured = *hl7_tables::Zone::find("+05:30");
    const std::string message = header("ORU^R01^ORU_R01", "20240229113000") +
                                "PID|1||||||||||||||||||||||||||||202402291015\r";
    EXPECT_THAT(map_message(message, config).resource("Patient"),
                HasSubstr(R"("deceasedDateTime":"2024-02-29T10:15:00+05:30")"));
    EXPECT_THAT(map_message(message).resource("Patient"),
                HasSubstr(R"("deceasedDateTime":"2024-02-29T10:15:00Z")"));
}

TEST(Mapper, GivesResultsToTheReportOfTheirGroup) {
    const Mapped mapped = map_message(kOrder);
    EXPECT_EQ(mapped.count("DiagnosticReport"), 2U);
    EXPECT_EQ(mapped.count("ServiceRequest"), 2U);
    EXPECT_EQ(mapped.count("Observation"), 3U);
    const std::string first = mapped.resource("DiagnosticReport", 1);
    const std::string second = mapped.resource("DiagnosticReport", 2);
    const auto references = [](const std::string& text) {
        const std::size_t begin = text.find("\"result\":[");
        const std::string results = text.substr(begin, text.find(']', begin) - begin);
        return std::count(results.begin(), results.end(), '{');
    };
    EXPECT_EQ(references(first), 2);
    EXPECT_EQ(references(second), 1);
    EXPECT_THAT(first, HasSubstr(R"("status":"final")"));
    EXPECT_THAT(second, HasSubstr(R"("status":"preliminary")"));
}

TEST(Mapper, DecodesEscapes) {
    EXPECT_THAT(map_message(kOrder).resource("Observation", 2),
                HasSubstr(R"("valueString":"a & b \"c\"")"));
}

TEST(Mapper, GivesNotesToWhatTheyFollow) {
    EXPECT_THAT(map_message(kOrder).resource("Observation", 1),
                HasSubstr(R"("note":[{"text":"fasting"}])"));
}

TEST(Mapper, LeavesOutWhatDoesNotFitAndSaysSo) {
    const Mapped mapped =
        map_message(header("ORU^R01^ORU_R01") +
                    "PID|1||77||Doe||19701301|Q\rZPD|x\rOBR|1||F1|1^^L|||||||||||||||||||||??\r");
    EXPECT_THAT(mapped.bundle, Not(HasSubstr("1970")));
    EXPECT_THAT(mapped.bundle, Not(HasSubstr("gender")));
    EXPECT_THAT(mapped.report, HasSubstr(R"({"path":"PID[1]-7[1].1.1","reason":"value_unfit"})"));
    EXPECT_THAT(mapped.report, HasSubstr(R"({"path":"PID[1]-8[1].1.1","reason":"no_concept"})"));
    EXPECT_THAT(mapped.report, HasSubstr(R"({"path":"ZPD[1]-1[1].1.1","reason":"site"})"));
    EXPECT_THAT(mapped.report, Not(HasSubstr("19701301")));
}

TEST(Mapper, AccountsForEachValueOnce) {
    hl7::IndexBuilder index;
    ASSERT_TRUE(index.build(kOrder).ok());
    Mapper mapper{MapperConfig{}};
    const hl7::Message message{kOrder, index.view()};
    mapper.run(message);
    std::size_t leaves = 0;
    for (std::size_t segment = 0; segment < message.segment_count(); ++segment) {
        for (std::size_t field = message.is_header(segment) ? 3 : 1;
             field <= message.field_count(segment);
             ++field) {
            for (const auto repetition : message.repetitions(message.field(segment, field))) {
                for (const auto component : message.components(repetition)) {
                    for (const auto part : message.subcomponents(component)) {
                        leaves += part.empty() ? 0 : 1;
                    }
                }
            }
        }
    }
    EXPECT_EQ(mapper.account().leaves().size(), leaves);
}

TEST(Mapper, SaysThatTheSystemOfANumberIsNotKnown) {
    const Mapped mapped = map_message(header("ADT^A01^ADT_A01") + "PID|1||77||||||||||555^^??\r");
    EXPECT_THAT(mapped.resource("Patient"), HasSubstr(R"("value":"555")"));
    EXPECT_THAT(mapped.resource("Patient"), HasSubstr(R"("_system":{"extension":)"));
}

TEST(Mapper, TakesSystemsFromTheSite) {
    MapperConfig config;
    config.systems = {{"MPI", "https://example.org/mpi"}, {"L", "https://example.org/local"}};
    const Mapped mapped = map_message(kOrder, config);
    EXPECT_THAT(mapped.resource("Patient"), HasSubstr(R"("system":"https://example.org/mpi")"));
    EXPECT_THAT(mapped.resource("Observation", 3),
                HasSubstr(R"("system":"https://example.org/local")"));
    config = {};
    config.prefers_universal_id = true;
    EXPECT_THAT(map_message(kOrder, config).resource("Patient"),
                HasSubstr(R"("system":"urn:oid:2.16.840.1.113883.19.5")"));
}

TEST(Mapper, LeavesOutNamesOfLocalSystemsWhenTold) {
    MapperConfig config;
    config.local_systems = "";
    const Mapped mapped = map_message(kOrder, config);
    EXPECT_THAT(mapped.bundle, Not(HasSubstr("urn:id:")));
    EXPECT_THAT(mapped.report, HasSubstr(R"("path":"OBX[3]-5[1].3.1")"));
}

TEST(Mapper, WritesProvenanceWhenTold) {
    EXPECT_EQ(map_message(kOrder).count("Provenance"), 0U);
    MapperConfig config;
    config.with_provenance = true;
    EXPECT_GE(map_message(kOrder, config).count("Provenance"), 1U);
}

TEST(Mapper, MakesAComponentOfEachRepetition) {
    const Mapped mapped = map_message(
        header("ORU^R01^ORU_R01") +
        "PID|1||77\rOBR|1||F1|1^^L\rOBX|1|NM|85354-9^BP^LN||120~80|mm[Hg]^^UCUM|||||F\r");
    const std::string observation = mapped.resource("Observation");
    EXPECT_THAT(observation, HasSubstr(R"("value":120)"));
    EXPECT_THAT(observation, HasSubstr(R"("value":80)"));
    EXPECT_THAT(observation, Not(HasSubstr("data-absent-reason")));
}

TEST(Mapper, PutsASmallPlaceIntoALargerOne) {
    const Mapped mapped = map_message(header("ADT^A01^ADT_A01") +
                                      "EVN||20240229\rPID|1||77\rPV1|1|I|WARD^12^B^HOSP\r");
    EXPECT_EQ(mapped.count("Location"), 4U);
    EXPECT_THAT(mapped.resource("Location"), HasSubstr(R"("value":"B")"));
    EXPECT_THAT(mapped.resource("Location"), HasSubstr(R"("partOf":{"reference":"urn:uuid:)"));
}

TEST(Mapper, ReferencesThePatientThatComesLater) {
    const Mapped mapped = map_message(
        header("SIU^S12^SIU_S12") +
        "SCH|P1|F1|||||||||^^^20240229080000+0100\rPID|1||77||Doe\rRGS|1\rAIL|1||ROOM\r");
    EXPECT_EQ(mapped.count("Appointment"), 1U);
    EXPECT_THAT(mapped.resource("Appointment"),
                HasSubstr(R"("start":"2024-02-29T08:00:00+01:00")"));
    EXPECT_THAT(mapped.resource("Appointment"), HasSubstr(R"("participant":[)"));
}

TEST(Mapper, MapsMessagesOfAnUnknownStructureByTheirSegments) {
    const Mapped mapped =
        map_message(header("XYZ^X99") + "PID|1||77||Doe\rOBX|1|ST|1^x^L||text||||||F\r");
    EXPECT_THAT(mapped.resource("Patient"), HasSubstr("Doe"));
    EXPECT_THAT(mapped.resource("Observation"), HasSubstr("text"));
}

TEST(Mapper, ClaimsNothingOfWhatItHasNoMapFor) {
    const Mapped mapped = map_message(header("ADT^A01^ADT_A01") + "PID|1||77\rGT1|1|5|Roe\r");
    EXPECT_THAT(mapped.report, HasSubstr(R"({"path":"GT1[1]-3[1].1.1","reason":"no_map"})"));
}

TEST(Mapper, MapsNoRepetitionsThatItCannotTellApart) {
    std::string message = header("ADT^A01^ADT_A01") + "PID|1||77||";
    for (int i = 0; i < 0xFFFF; ++i) {
        message += "~";
    }
    const Mapped mapped = map_message(message + "Doe\r");
    EXPECT_THAT(mapped.bundle, Not(HasSubstr("Doe")));
    EXPECT_THAT(mapped.report, HasSubstr(R"({"path":"PID[1]-5[65536].1.1","reason":"no_room"})"));
}

TEST(Mapper, ListsTheFirstThousandValuesThatAreLeftOut) {
    std::string message = header("ADT^A01^ADT_A01") + "PID|1||77\rZZZ|x";
    for (int i = 0; i < 1004; ++i) {
        message += "~x";
    }
    const std::string report = map_message(message + "\r").report;
    EXPECT_THAT(report, HasSubstr("ZZZ[1]-1[900].1.1"));
    EXPECT_THAT(report, Not(HasSubstr("ZZZ[1]-1[1005].1.1")));
    EXPECT_THAT(report, HasSubstr("],\"more\":"));
}

TEST(Mapper, TakesNoMessageOfTooManyValues) {
    std::string message = header("ADT^A01^ADT_A01") + "PID|1||77\rZZZ|x";
    for (std::size_t i = 0; i < kMaxLeaves; ++i) {
        message += "~x";
    }
    hl7::IndexBuilder index;
    ASSERT_TRUE(index.build(message).ok());
    Mapper mapper{MapperConfig{}};
    EXPECT_FALSE(mapper.run(hl7::Message{message, index.view()}));
}

}  // namespace
}  // namespace aorta::plugins::map_hl7v2_to_fhir
