#include "encode/hl7v2/encoder.hpp"

#include "common/hl7/frame.hpp"
#include "common/hl7/reason.hpp"
#include "common/hl7/tests/fixtures.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::encode_hl7v2 {
namespace {

std::string encoded(std::string_view payload, const EncoderConfig& config) {
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(payload).ok());
    std::string out = "left over";
    const Result<void> result = encode(hl7::Message{payload, builder.view()}, config, out);
    return result.ok() ? out
                       : std::string{hl7::reason_id(result.error())} + " " + result.error().where;
}

TEST(Encoder, KeepsEveryByteUnlessToldOtherwise) {
    EXPECT_TRUE(EncoderConfig{}.keeps_bytes());
    const std::string_view odd = "\xEF\xBB\xBF\nMSH|^~\\&|a||\n\nPID|1|^^|~\n\n";
    EXPECT_EQ(encoded(odd, {}), odd);
}

TEST(Encoder, ChangesLineEndsAndDropsWhatIsNoSegment) {
    const std::string_view message = "\xEF\xBB\xBFMSH|^~\\&|a\n\nPID|1|";
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::Cr}), "MSH|^~\\&|a\rPID|1|\r");
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::Lf}), "MSH|^~\\&|a\nPID|1|\n");
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::CrLf}), "MSH|^~\\&|a\r\nPID|1|\r\n");
}

TEST(Encoder, RefusesToTurnALineFeedOfAValueIntoALineEnd) {
    const std::string_view message = "MSH|^~\\&|a\rNTE|1||one\ntwo\r";
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::Lf}), "hl7.not_encodable segment 2");
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::CrLf}),
              "MSH|^~\\&|a\r\nNTE|1||one\ntwo\r\n");
}

TEST(Encoder, TrimsTrailingSeparatorsLevelByLevel) {
    const struct {
        std::string_view raw;
        std::string_view trimmed;
    } cases[] = {
        {"PID|1||", "PID|1"},
        {"PID|a^b^^|c&d&^e&|", "PID|a^b|c&d^e"},
        {"PID|a^~b&&~|x", "PID|a~b~|x"},
        {"PID|^^|&", "PID"},
        {"PID|\"\"^|", "PID|\"\""},
        {"PID|~a", "PID|~a"},
    };

    for (const auto& each : cases) {
        const std::string message = "MSH|^~\\&|a^||\r" + std::string{each.raw} + "\r";
        EXPECT_EQ(encoded(message, {.trim = true}),
                  "MSH|^~\\&|a\r" + std::string{each.trimmed} + "\r");
    }
    EXPECT_EQ(encoded("MSH|^\rPID|a&|b~\r", {.trim = true}), "MSH|^\rPID|a&|b~\r");
}

TEST(Encoder, FramesAMessageOnce) {
    EXPECT_EQ(encoded("MSH|^~\\&|a\r", {.mllp = true}), "\x0BMSH|^~\\&|a\r\x1C\r");
    EXPECT_EQ(encoded("MSH|^~\\&|a\x1C|\r", {.mllp = true}), "hl7.frame_byte byte 10");
}

TEST(Encoder, GivesEveryFixtureBackByteForByte) {
    const auto files = hl7::testing::hl7_files(hl7::testing::fixtures() / "hl7v2");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    for (const auto& file : files) {
        for (const std::string& payload :
             hl7::testing::messages_of(hl7::testing::read_file(file))) {
            EXPECT_EQ(encoded(payload, {}), payload) << file;
            EXPECT_EQ(encoded(payload, {.mllp = true}), hl7::frame(payload)) << file;
            const std::string trimmed = encoded(payload, {.trim = true});
            EXPECT_EQ(encoded(trimmed, {.trim = true}), trimmed) << file;
        }
    }
}

}  // namespace
}  // namespace aorta::plugins::encode_hl7v2
