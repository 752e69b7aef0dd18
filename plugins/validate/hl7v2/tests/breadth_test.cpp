// Every error in the public messages of all types, and every component too many, reviewed: each is
// a defect of the message.
#include "common/hl7/tests/fixtures.hpp"
#include "validate/hl7v2/validator.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace aorta::plugins::validate_hl7v2 {
namespace {

struct Reviewed {
    std::string_view finding;
    std::string_view files;
    std::string_view why;
};

constexpr Reviewed kReviewed[] = {
    {"data_type_error TQ1-4",
     "MDM-T01 MDM-T02 MDM-T05 MDM-T06 MDM-T09 MDM-T10 ORU-R01 OUL-R22 OUL-R23 OUL-R24 VXU-V04",
     "times of day with colons"},
    {"data_type_error TQ1-4[2]",
     "MDM-T01 MDM-T02 MDM-T05 MDM-T06 MDM-T09 MDM-T10 ORU-R01 OUL-R22 OUL-R23 OUL-R24 VXU-V04",
     "times of day with colons"},
    {"data_type_error OBR-35.2",
     "MDM-T01 MDM-T02 MDM-T05 MDM-T06 MDM-T09 MDM-T10",
     "an XCN in an NDL: a name where times stand"},
    {"data_type_error OBR-35.3",
     "MDM-T01 MDM-T02 MDM-T05 MDM-T06 MDM-T09 MDM-T10",
     "an XCN in an NDL: a name where times stand"},
    {"data_type_error ORC-15", "ORM-O01", "a month 20"},
    {"data_type_error PD1-17.2",
     "ADT-A01 ADT-A02 ADT-A03 ADT-A04 ADT-A05 ADT-A06 ADT-A07 ADT-A08 ADT-A09 ADT-A10 ADT-A11 "
     "ADT-A13 ADT-A14 ADT-A15 ADT-A16 ADT-A25 ADT-A26 ADT-A27 ADT-A28 ADT-A29 ADT-A31 ADT-A41 "
     "ADT-A45 BAR-P01 OMG-O19 VXU-V04",
     "two dates where one belongs"},
    {"required_field_missing MRG-1", "ADT-A06 ADT-A07 ADT-A41 ADT-A45", "no prior patient id"},
    {"required_field_missing OBX[2]-3", "ORU-R01 OUL-R24", "an order document without a code"},
    {"required_field_missing OBX[2]-11", "ORU-R01 OUL-R24", "and without a status"},
    {"required_field_missing OBX[3]-3", "OUL-R22 OUL-R23", "an order document without a code"},
    {"required_field_missing OBX[3]-11", "OUL-R22 OUL-R23", "and without a status"},
    {"required_field_missing RXA-4", "VXU-V04", "no end of administration"},
    {"segment_sequence_error PRT[5]", "OMG-O19", "a participation behind the note"},
    {"segment_sequence_error OBX", "ORU-R01", "2.5.1 has no observation of the patient"},
    {"segment_sequence_error OBX[2]", "ORU-R01", "2.5.1 has no order document"},
    {"table_value_not_found NTE-2",
     "SIU-S13 SIU-S14 SIU-S15 SIU-S16 SIU-S17 SIU-S26",
     "the comment stands where its source belongs"},
    {"table_value_not_found OBX-26",
     "ADT-A06 ADT-A07 ADT-A09 ADT-A10 REF-I12 REF-I14",
     "a person where a categorization belongs"},
    {"unexpected_component OBX-26.2",
     "ADT-A06 ADT-A07 ADT-A09 ADT-A10 REF-I12 REF-I14",
     "the same person"},
    {"unexpected_component PID-5.15", "OML-O21 ORM-O01", "a part of names of 2.7 in 2.6"},
    {"unexpected_component OBX[4]-4.2", "OML-O21", "group and sequence of 2.8.2 in 2.6"},
    {"unexpected_component IN1-15.2", "OML-O21", "a CWE of 2.7 where 2.6 has an IS"},
    {"unexpected_component IN1-43.2", "OML-O21", "a CWE of 2.7 where 2.6 has an IS"},
    {"unexpected_component IN2-5.2", "OML-O21", "a CWE of 2.7 where 2.6 has an IS"},
    {"unexpected_component OBX-8.2", "OML-O21 ORM-O01", "a CWE of 2.7 where 2.6 has an IS"},
    {"unexpected_component OBX-8[2].2", "ORM-O01", "a CWE of 2.7 where 2.6 has an IS"},
    {"unexpected_component OBX[3]-8.2", "ORU-R01", "a CWE of 2.7 where 2.5.1 has an IS"},
    {"unexpected_component PV1-16.2", "ORU-R01", "a CWE of 2.7 where 2.5.1 has an IS"},
    {"unexpected_component PV1-36.2", "ORU-R01", "a CWE of 2.7 where 2.5.1 has an IS"},
    {"unexpected_component NTE-4.7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component OBR-4.7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component OBR-31.7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component OBX[3]-3.7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component OBX[4]-3.7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component OBX[5]-3.7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component OBX[3]-17.9", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component PID-10.7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component PID-10[2].7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component PID-16.7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
    {"unexpected_component PID-22.7", "ORU-R01", "a CWE of 2.6 where 2.5.1 has a CE"},
};

/// All other warnings: true each, and no reason to reject.
const std::map<std::string, std::size_t>& warnings() {
    static const std::map<std::string, std::size_t> kWarnings = {
        {"set_id_missing", 10},
        {"unexpected_field", 18},   // of later versions
        {"unexpected_segment", 9},  // PRT and TXA in the ORU of 2.5.1
        {"user_table_value_not_found", 76},
        {"value_too_long", 33},
    };
    return kWarnings;
}

std::set<std::string> reviewed(const std::string& file) {
    std::set<std::string> all;
    for (const Reviewed& each : kReviewed) {
        for (const std::string_view name : hl7::Split{each.files, ' '}) {
            if (file == std::string{name} + "-01.hl7") {
                all.insert(std::string{each.finding});
            }
        }
    }
    return all;
}

TEST(Validator, FindsOnlyWhatWasReviewedInThePublicMessagesOfEveryType) {
    const auto files = hl7::testing::hl7_files(hl7::testing::fixtures() / "hl7v2" / "breadth");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    std::map<std::string, std::size_t> counts;
    std::size_t checked = 0;
    for (const auto& file : files) {
        for (const std::string& text : hl7::testing::messages_of(hl7::testing::read_file(file))) {
            hl7::IndexBuilder builder;
            ASSERT_TRUE(builder.build(text).ok()) << file;
            Validator validator{ValidatorConfig{}};
            std::set<std::string> found;
            for (const Finding& finding : validator.run({text, builder.view()})) {
                const std::string reason{info_of(finding.problem).reason.substr(4)};
                if (finding.severity == Severity::Error ||
                    finding.problem == Problem::UnexpectedComponent) {
                    found.insert(reason + " " + finding.path);
                } else {
                    ++counts[reason];
                }
            }
            EXPECT_EQ(found, reviewed(file.filename())) << file.filename();
            ++checked;
        }
    }
    EXPECT_EQ(checked, 57U);
    EXPECT_EQ(counts, warnings());
}

TEST(Validator, KnowsTheStructureOfEveryPublicMessage) {
    const auto files = hl7::testing::hl7_files(hl7::testing::fixtures() / "hl7v2");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    std::size_t checked = 0;
    for (const auto& file : files) {
        for (const std::string& text : hl7::testing::messages_of(hl7::testing::read_file(file))) {
            hl7::IndexBuilder builder;
            if (!builder.build(text).ok()) {
                continue;  // broken on purpose
            }
            Validator validator{ValidatorConfig{}};
            for (const Finding& finding : validator.run({text, builder.view()})) {
                EXPECT_NE(finding.problem, Problem::UnsupportedMessageType) << file;
                EXPECT_NE(finding.problem, Problem::UnsupportedEvent) << file;
            }
            ++checked;
        }
    }
    EXPECT_GE(checked, 190U);
}

}  // namespace
}  // namespace aorta::plugins::validate_hl7v2
