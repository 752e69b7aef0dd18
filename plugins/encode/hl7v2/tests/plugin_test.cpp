// The plugin in a host: bytes come out, the same ones unless it is told otherwise.
#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

namespace aorta::testing {
namespace {

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_encode_hl7v2.so";

TEST(EncodeHl7v2, PassesTheBytesOnAsBytes) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process("MSH|^~\\&|A\n\n");
    EXPECT_EQ(outcome.verdict, AORTA_PASS);
    EXPECT_EQ(outcome.record.payload, "MSH|^~\\&|A\n\n");
    EXPECT_EQ(outcome.record.content_type, "bytes");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(EncodeHl7v2, WritesWhatTheOptionsSay) {
    auto harness = Harness::open(kPlugin, "{ line_ends: cr, mllp: true, trim: true }");
    ASSERT_TRUE(harness.ok());
    EXPECT_EQ((*harness)->process("MSH|^~\\&|A|\n\n").record.payload, "\x0BMSH|^~\\&|A\r\x1C\r");
    const Outcome refused = (*harness)->process("MSH|^~\\&|\x1C\r");
    EXPECT_EQ(refused.verdict, AORTA_REJECT);
    EXPECT_EQ(refused.reason, "hl7.frame_byte");
    EXPECT_EQ(refused.where, "byte 9");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(EncodeHl7v2, ReadsTheReceivedCharacterSetFromTheRecord) {
    auto harness = Harness::open(kPlugin, "{ charset: as_received, mllp: true }");
    ASSERT_TRUE(harness.ok());
    const Record record{.payload = "MSH|^~\\&|A|||||||||||||||UNICODE UTF-8\rPID|ü\r",
                        .attributes = {{"charset", "8859/1"}}};
    EXPECT_EQ((*harness)->process(std::vector<Record>{record}).at(0).record.payload,
              "\x0BMSH|^~\\&|A|||||||||||||||8859/1\rPID|\xFC\r\x1C\r");
    EXPECT_EQ(to_text((*harness)->close()), "");
    EXPECT_FALSE(Harness::open(kPlugin, "{ charset: klingon }").ok());
}

}  // namespace
}  // namespace aorta::testing
