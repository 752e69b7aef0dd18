// Parts of messages, told by their segments: "MSH PID OBR OBX / MSH PID OBR".
#include "flow/split/grouping.hpp"

#include "common/hl7/tests/fixtures.hpp"
#include "flow/split/batch.hpp"

#include <gtest/gtest.h>

#include <set>

namespace aorta::plugins::split {
namespace {

struct Case {
    const char* name;
    const char* by;
    const char* type;
    const char* segments;
    const char* parts;
};

/// A message of these segments, each numbered: "OBX:7".
std::string message_of(std::string_view type, std::string_view segments) {
    std::string bytes = "MSH|^~\\&|A|B|C|D|2026||" + std::string{type} + "|1|P|2.5.1\r";
    for (const std::string_view name : hl7::Split{segments, ' '}) {
        bytes += std::string{name} + "|\r";
    }
    return bytes;
}

std::string told(const hl7::Message& message, const std::vector<Part>& parts) {
    std::string text;
    for (const Part& part : parts) {
        text += text.empty() ? "" : " /";
        part.for_each_range([&](const Range& range) {
            for (std::uint32_t i = range.begin; i < range.end; ++i) {
                text += text.empty() ? "" : " ";
                text += message.name(i);
            }
        });
    }
    return text;
}

class Grouping : public ::testing::TestWithParam<Case> {};

TEST_P(Grouping, CutsAtTheRightPlaces) {
    const Case& each = GetParam();
    const std::string bytes = message_of(each.type, each.segments);
    hl7::IndexBuilder builder;
    ASSERT_TRUE(builder.build(bytes).ok());
    const hl7::Message message{bytes, builder.view()};
    Grouper grouper{each.by};
    for (int again = 0; again < 2; ++again) {  // one message leaves nothing behind for the next
        const auto parts = grouper.group(message, 100);
        ASSERT_TRUE(parts);
        EXPECT_EQ(told(message, *parts), each.parts);
    }
}

constexpr Case kCases[] = {
    {"orders",
     "OBR",
     "ORU^R01",
     "PID PV1 OBR NTE OBX NTE OBX OBR OBX SPM ZXX",
     "MSH PID PV1 OBR NTE OBX NTE OBX / MSH PID PV1 OBR OBX SPM ZXX"},
    {"orc_goes_with_its_obr",
     "OBR",
     "ORU^R01",
     "PID ORC OBR OBX ORC TQ1 NTE OBR OBX OBR OBX",
     "MSH PID ORC OBR OBX / MSH PID ORC TQ1 NTE OBR OBX / MSH PID OBR OBX"},
    {"an_order_without_results",
     "OBR",
     "ORU^R01",
     "PID OBR ORC OBR OBX",
     "MSH PID OBR / MSH PID ORC OBR OBX"},
    {"an_order_without_obr",
     "OBR",
     "ORM^O01",
     "PID ORC RXO ORC OBR",
     "MSH PID ORC RXO / MSH PID ORC OBR"},
    {"a_new_patient",
     "OBR",
     "ORU^R01",
     "SFT PID PD1 PV1 OBR OBX PID NTE OBR OBX",
     "MSH SFT PID PD1 PV1 OBR OBX / MSH SFT PID NTE OBR OBX"},
    {"a_new_visit",
     "OBR",
     "ORU^R01",
     "PID PV1 PV2 OBR PV1 OBR",
     "MSH PID PV1 PV2 OBR / MSH PID PV1 OBR"},
    {"an_obr_after_a_patient_is_its_own",
     "OBR",
     "ORU^R01",
     "PID ORC PID OBR",
     "MSH PID ORC / MSH PID OBR"},
    {"a_patient_without_orders_is_kept",
     "OBR",
     "ORU^R01",
     "PID PV1 PID OBR PID",
     "MSH PID PV1 / MSH PID OBR / MSH PID"},
    {"no_patient_at_all", "OBR", "ORU^R01", "OBR OBX OBR OBX", "MSH OBR OBX / MSH OBR OBX"},
    {"no_order", "OBR", "ORU^R01", "PID PV1 OBX", ""},
    {"only_a_header", "OBX", "ORU^R01", "DSC", ""},
    {"specimens_of_oul_r22",
     "OBR",
     "OUL^R22",
     "PID PV1 SPM SAC OBR ORC OBX OBR ORC OBX SPM OBR ORC OBX",
     "MSH PID PV1 SPM SAC OBR ORC OBX / MSH PID PV1 SPM SAC OBR ORC OBX / MSH PID PV1 SPM OBR ORC "
     "OBX"},
    {"prior_results_stay_with_their_order",
     "OBR",
     "OML^O21",
     "PID ORC OBR ORC OBR PID PV1 ORC OBR OBX",
     "MSH PID ORC OBR / MSH PID ORC OBR PID PV1 ORC OBR OBX"},
    {"results",
     "OBX",
     "ORU^R01",
     "PID ORC OBR NTE OBX NTE OBX OBR OBX",
     "MSH PID ORC OBR NTE OBX NTE / MSH PID ORC OBR NTE OBX / MSH PID OBR OBX"},
    {"the_specimen_goes_with_each_result",
     "OBX",
     "ORU^R01",
     "PID OBR OBX OBX SPM OBX OBR OBX FT1",
     "MSH PID OBR OBX SPM OBX / MSH PID OBR OBX SPM OBX / MSH PID OBR OBX FT1"},
    {"a_specimen_before_the_results",
     "OBX",
     "ORU^R01",
     "PID OBR SPM OBX OBX",
     "MSH PID OBR SPM OBX / MSH PID OBR SPM OBX"},
    {"an_order_without_results_by_result",
     "OBX",
     "ORU^R01",
     "PID OBR OBR OBX",
     "MSH PID OBR / MSH PID OBR OBX"},
    {"results_without_an_order",
     "OBX",
     "ORU^R01",
     "PID OBX ORC OBX OBR OBX",
     "MSH PID OBX / MSH PID ORC OBX / MSH PID OBR OBX"},
    {"results_of_oul_r22",
     "OBX",
     "OUL^R22",
     "PID SPM OBX OBR ORC OBX SPM OBR ORC OBX",
     "MSH PID SPM OBX / MSH PID SPM OBR ORC OBX / MSH PID SPM OBR ORC OBX"},
    {"prior_results_behind_a_specimen",
     "OBX",
     "OML^O21",
     "PID ORC OBR OBX SPM PID ORC OBR OBX",
     "MSH PID ORC OBR OBX SPM PID ORC OBR OBX"},
    {"by_common_order",
     "ORC",
     "ORM^O01",
     "PID PV1 ORC OBR NTE OBX ORC RXO",
     "MSH PID PV1 ORC OBR NTE OBX / MSH PID PV1 ORC RXO"},
    {"by_charge",
     "FT1",
     "DFT^P03",
     "EVN PID PV1 FT1 PR1 FT1 DG1",
     "MSH EVN PID PV1 FT1 PR1 / MSH EVN PID PV1 FT1 DG1"},
    {"by_patient", "PID", "ORU^R01", "PID PV1 OBR PID OBR", "MSH PID PV1 OBR / MSH PID OBR"},
    {"by_visit", "PV1", "ADT^A08", "EVN PID PV1 PV2 PV1", "MSH EVN PID PV1 PV2 / MSH EVN PID PV1"},
    {"by_a_local_segment", "ZDS", "ORU^R01", "PID ZDS OBX ZDS", "MSH PID ZDS OBX / MSH PID ZDS"},
};

INSTANTIATE_TEST_SUITE_P(Messages, Grouping, ::testing::ValuesIn(kCases), [](const auto& one) {
    return std::string{one.param.name};
});

TEST(Grouper, GivesUpAtTheBound) {
    const std::string bytes = message_of("ORU^R01", "PID OBR OBR OBR PID");
    hl7::IndexBuilder builder;
    ASSERT_TRUE(builder.build(bytes).ok());
    const hl7::Message message{bytes, builder.view()};
    EXPECT_FALSE(Grouper{"OBR"}.group(message, 3));
    EXPECT_TRUE(Grouper{"OBR"}.group(message, 4));
}

/// Every segment of the message is in some part, in order, and no part has a segment twice.
void expect_nothing_is_lost(const hl7::Message& message, std::string_view by, std::string_view of) {
    const auto parts = Grouper{by}.group(message, 100'000);
    ASSERT_TRUE(parts);
    std::set<std::uint32_t> seen;
    for (const Part& part : *parts) {
        std::int64_t last = -1;
        part.for_each_range([&](const Range& range) {
            for (std::uint32_t i = range.begin; i < range.end; ++i) {
                EXPECT_GT(std::int64_t{i}, last) << of << " by " << by;
                last = i;
                seen.insert(i);
            }
        });
        EXPECT_EQ(part.head[WholeMessage].begin, 0U);
        EXPECT_GT(part.head[WholeMessage].end, 0U);
    }
    if (!parts->empty()) {
        EXPECT_EQ(seen.size(), message.segment_count()) << of << " by " << by;
    }
}

TEST(Grouper, LosesNoSegmentOfAnyOrderOfSegments) {
    constexpr const char* kNames[] = {
        "PID", "PV1", "ORC", "OBR", "OBX", "NTE", "SPM", "ZXX", "FT1"};
    constexpr const char* kTypes[] = {"ORU^R01", "OML^O21", "OUL^R22"};
    std::uint32_t seed = 1;
    for (int run = 0; run < 2000; ++run) {
        std::string segments;
        for (int i = 0; i < 12; ++i) {
            seed = seed * 1664525U + 1013904223U;
            segments += segments.empty() ? "" : " ";
            segments += kNames[(seed >> 16U) % 9];
        }
        const std::string bytes = message_of(kTypes[run % 3], segments);
        hl7::IndexBuilder builder;
        ASSERT_TRUE(builder.build(bytes).ok());
        for (const char* by : {"OBR", "OBX", "ORC", "PID", "PV1", "SPM", "NTE"}) {
            expect_nothing_is_lost({bytes, builder.view()}, by, segments);
        }
    }
}

TEST(Grouper, LosesNoSegmentOfThePublicMessages) {
    const auto files = hl7::testing::hl7_files(hl7::testing::fixtures() / "hl7v2");
    if (files.empty()) {
        GTEST_SKIP() << "no fixtures";
    }
    std::size_t split = 0;
    for (const auto& file : files) {
        for (const std::string& bytes : hl7::testing::messages_of(hl7::testing::read_file(file))) {
            hl7::IndexBuilder builder;
            if (!builder.build(bytes).ok()) {
                continue;
            }
            const hl7::Message message{bytes, builder.view()};
            for (const char* by : {"OBR", "OBX", "ORC", "FT1", "PID"}) {
                expect_nothing_is_lost(message, by, file.filename().string());
                split += Grouper{by}.group(message, 100'000)->size() > 1 ? 1U : 0U;
            }
        }
    }
    EXPECT_GT(split, 20U);
}

struct BatchCase {
    const char* name;
    const char* payload;
    std::vector<std::string_view> pieces;
    bool is_mismatched;
};

TEST(Batch, IsCutIntoItsMessages) {
    const BatchCase cases[] = {
        {"whole file",
         "FHS|^~\\&\rBHS|^~\\&\rMSH|1\rPID|1\rMSH|2\rBTS|2\rFTS|1\r",
         {"MSH|1\rPID|1\r", "MSH|2\r"},
         false},
        {"batch alone", "BHS|^~\\&\nMSH|1\nBTS|1\n", {"MSH|1\n"}, false},
        {"two batches",
         "FHS|^~\\&\rBHS|^~\\&\rMSH|1\rBTS|1\rBHS|^~\\&\rMSH|2\rBTS|1\rFTS|2\r",
         {"MSH|1\r", "MSH|2\r"},
         false},
        {"no envelope", "MSH|1\r\rMSH|2\r", {"MSH|1\r", "MSH|2\r"}, false},
        {"too few", "BHS|^~\\&\rMSH|1\rBTS|2\r", {"MSH|1\r"}, true},
        {"no count", "BHS|^~\\&\rMSH|1\rBTS\r", {"MSH|1\r"}, false},
        {"cut off", "BHS|^~\\&\rMSH|1\rPID|", {"MSH|1\rPID|"}, true},
        {"file cut off", "FHS|^~\\&\rBHS|^~\\&\rMSH|1\rBTS|1\r", {"MSH|1\r"}, true},
        {"wrong number of batches",
         "FHS|^~\\&\rBHS|^~\\&\rMSH|1\rBTS|1\rFTS|3\r",
         {"MSH|1\r"},
         true},
        {"a batch without its trailer",
         "BHS|^~\\&\rMSH|1\rBHS|^~\\&\rMSH|2\rBTS|1\r",
         {"MSH|1\r", "MSH|2\r"},
         true},
        {"empty", "FHS|^~\\&\rBHS|^~\\&\rBTS|0\rFTS|1\r", {}, false},
        {"noise is a piece", "hello\rMSH|1\r", {"hello\r", "MSH|1\r"}, false},
        {"byte order mark",
         "\xEF\xBB\xBF"
         "BHS|^~\\&\rMSH|1\r",
         {"MSH|1\r"},
         true},
    };
    for (const BatchCase& each : cases) {
        const BatchPieces cut = cut_batch(each.payload);
        EXPECT_EQ(cut.pieces, each.pieces) << each.name;
        EXPECT_EQ(cut.is_mismatched, each.is_mismatched) << each.name;
    }
}

}  // namespace
}  // namespace aorta::plugins::split
