// The plugin in a host: the record after it is a message again, with a view of its own.
#include "common/hl7/message.hpp"

#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

namespace aorta::testing {
namespace {

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_deidentify.so";
constexpr std::string_view kMessage =
    "MSH|^~\\&|A|B|C|D|20240615||ADT^A01|MRN77|P|2.5.1\rPID|1||77^^^H||DOE^JOHN||19800101|M\r";

TEST(Deidentify, AttachesTheIndexOfTheNewMessage) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process(kMessage);
    ASSERT_EQ(outcome.verdict, AORTA_PASS);
    const Record& record = outcome.record;
    EXPECT_EQ(record.payload.find("DOE"), std::string::npos);
    EXPECT_EQ(record.payload.find("77"), std::string::npos);
    EXPECT_EQ(record.content_type, "hl7v2");
    ASSERT_EQ(record.view_type, hl7::kIndexView);
    const auto view = hl7::IndexView::open(record.view.data(), record.view.size(), record.payload);
    ASSERT_TRUE(view.ok());
    const hl7::Message message{record.payload, *view};
    EXPECT_EQ(message.get(*hl7::parse_path("PID-7")).raw, "1980");
    EXPECT_EQ(message.get(*hl7::parse_path("MSH-10")).raw.size(), 20U);
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(Deidentify, RejectsWhatIsNoSingleMessage) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok());
    const Outcome outcome = (*harness)->process(std::string{kMessage} + std::string{kMessage});
    EXPECT_EQ(outcome.verdict, AORTA_REJECT);
    EXPECT_EQ(outcome.reason, "hl7.segment_sequence_error");
    EXPECT_EQ(outcome.where, "MSH[2]");
    EXPECT_EQ((*harness)->process("hello").reason, "hl7.no_msh");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(Deidentify, GivesEveryRecordAControlIdOfItsOwn) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok());
    const Record record{.payload = std::string{kMessage}};
    const auto outcomes = (*harness)->process({record, record});
    const std::string& first = outcomes[0].record.payload;
    const std::string& second = outcomes[1].record.payload;
    EXPECT_NE(first, second);
    EXPECT_EQ(first.size(), second.size());
}

TEST(Deidentify, RefusesOptionsThatMeanNothing) {
    for (const char* options : {"{ keep: [PID] }",
                                "{ keep: [PID-3.1] }",
                                "{ keep: [MSH-1] }",
                                "{ keep: [PV1-3], remove: [PV1-3] }",
                                "{ remove: [nonsense] }",
                                "{ z_segments: [PID] }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
    EXPECT_TRUE(Harness::open(kPlugin,
                              "{ profile: limited_data_set, codes: random, keep: [PV1-10, ZDV-2], "
                              "z_segments: [ZPI], remove: [PID-10], text: keep_codes }")
                    .ok());
}

}  // namespace
}  // namespace aorta::testing
