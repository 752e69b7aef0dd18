// The plugin in a host: what a record carries after it.
#include "common/hl7/index.hpp"

#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

namespace aorta::testing {
namespace {

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_decode_hl7v2.so";
constexpr std::string_view kMessage =
    "MSH|^~\\&|A|B|C|D|19700101000001||ADT^A01|1|P|2.5.1\rPID|1||77^^^H\r";

TEST(DecodeHl7v2, SetsWhatTheEngineWants) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process(kMessage);
    EXPECT_EQ(outcome.verdict, AORTA_PASS);
    EXPECT_EQ(outcome.record.payload, kMessage);
    EXPECT_EQ(outcome.record.content_type, "hl7v2");
    EXPECT_EQ(outcome.record.identifier, "77");
    EXPECT_EQ(outcome.record.event_time_ns, 1'000'000'000);
    EXPECT_EQ(outcome.record.attributes.at("type"), "ADT^A01");
    EXPECT_EQ(outcome.record.view_type, hl7::kIndexView);
    EXPECT_TRUE(
        hl7::IndexView::open(outcome.record.view.data(), outcome.record.view.size(), kMessage)
            .ok());
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(DecodeHl7v2, MakesUtf8OfWhatCannotBeSplitOtherwise) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok());
    const Outcome outcome = (*harness)->process(
        "MSH|^~\\&|A||||||ADT^A01|1|P|2.5.1||||||BIG-5\rPID|1||7||\xB3\x5C^\xA5\x5C\r");
    EXPECT_EQ(outcome.verdict, AORTA_PASS);
    EXPECT_EQ(outcome.record.payload,
              "MSH|^~\\&|A||||||ADT^A01|1|P|2.5.1||||||UNICODE UTF-8\rPID|1||7||許^功\r");
    EXPECT_EQ(outcome.record.content_type, "hl7v2");
    EXPECT_EQ(outcome.record.attributes.at("charset"), "BIG-5");
    EXPECT_TRUE(hl7::IndexView::open(
                    outcome.record.view.data(), outcome.record.view.size(), outcome.record.payload)
                    .ok());
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(DecodeHl7v2, RejectsWhatIsNoMessage) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok());
    const Outcome outcome = (*harness)->process("hello");
    EXPECT_EQ(outcome.verdict, AORTA_REJECT);
    EXPECT_EQ(outcome.reason, "hl7.no_msh");
    EXPECT_EQ(outcome.where, "MSH-1");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(DecodeHl7v2, RefusesOptionsThatMeanNothing) {
    for (const char* options : {"{ key: [PID] }",
                                "{ key: [3] }",
                                "{ event_time: noon }",
                                "{ zone: Europe/Atlantis }",
                                "{ key: ['PID-3[*].1'] }",
                                "{ charset: { assume: klingon } }",
                                "{ charset: { override: UTF-16 } }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
    EXPECT_TRUE(Harness::open(kPlugin, "{ key: [], event_time: '', zone: '+01:00' }").ok());
    EXPECT_TRUE(Harness::open(kPlugin,
                              "{ zone: Europe/Berlin, fold: latest, charset: { to_utf8: "
                              "always, assume: 8859/1, invalid: replace } }")
                    .ok());
}

}  // namespace
}  // namespace aorta::testing
