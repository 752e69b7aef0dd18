#include "encode/hl7v2/encoder.hpp"

#include "common/hl7/frame.hpp"
#include "common/hl7/reason.hpp"
#include "common/hl7/tests/fixtures.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::encode_hl7v2 {
namespace {

std::string encoded(std::string_view payload,
                    const EncoderConfig& config,
                    std::string_view received = {}) {
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(payload).ok());
    std::string out = "left over";
    Encoder encoder(config);
    const auto result = encoder.encode(hl7::Message{payload, builder.view()}, received, out);
    return result.ok() ? out
                       : std::string{hl7::reason_id(result.error())} + " " + result.error().where;
}

TEST(Encoder, KeepsEveryByteUnlessToldOtherwise) {
    EXPECT_TRUE(EncoderConfig{}.keeps_bytes());
    const std::string_view odd = "\xEF\xBB\xBF\nMSH|^~\\&|a||\n\nPID|1|^^|~\n\n";
    EXPECT_EQ(encoded(odd, {}), odd);
}

std::string message_in(std::string_view msh18, std::string_view name) {
    return "MSH|^~\\&|A|||||||||||||||" + std::string{msh18} + "\rPID|1||7||" + std::string{name} +
           "\r";
}

TEST(Encoder, WritesTheCharacterSetThatIsAskedFor) {
    const std::string utf8 = message_in("UNICODE UTF-8", "Müller");
    const EncoderConfig to_latin1{.charset = {.msh18 = "8859/1"}};
    EXPECT_EQ(encoded(utf8, to_latin1), message_in("8859/1", "M\xFCller"));
    EXPECT_EQ(encoded(message_in("", "Müller"), to_latin1), message_in("8859/1", "M\xFCller"));
    EXPECT_EQ(encoded(message_in("WINDOWS-1252", "M\xFCller"), to_latin1),
              message_in("8859/1", "M\xFCller"));
    EXPECT_EQ(encoded(message_in("", "Miller"), to_latin1), message_in("", "Miller"));
    EXPECT_EQ(encoded(message_in("8859/1", "M\xFCller"), {.charset = {.msh18 = "UTF-8"}}), utf8);
    EXPECT_EQ(encoded(message_in("UTF-8", "日"), {.charset = {.msh18 = "~ISO IR87"}}),
              message_in("~ISO IR87", "\x1B$BF|\x1B(B"));
    EXPECT_EQ(encoded("MSH!@%*:!A\rPID!日\r", {.charset = {.msh18 = "~ISO IR87"}}),
              "MSH!@%*:!A!!!!!!!!!!!!!!!%ISO IR87\rPID!\x1B$BF|\x1B(B\r");
}

TEST(Encoder, GivesBackTheCharacterSetThatWasReceived) {
    const EncoderConfig back{.charset = {.as_received = true}};
    const std::string utf8 = message_in("UNICODE UTF-8", "許功");
    EXPECT_EQ(encoded(utf8, back, "BIG-5"), message_in("BIG-5", "\xB3\x5C\xA5\x5C"));
    EXPECT_EQ(encoded(utf8, back), utf8);
    const std::string untouched = message_in("8859/1", "M\xFCller");
    EXPECT_EQ(encoded(untouched, back, "8859/1"), untouched);
}

TEST(Encoder, RefusesOrReplacesWhatTheSetDoesNotHave) {
    const std::string utf8 = message_in("UNICODE UTF-8", "Łódź");
    EncoderConfig to_latin1{.charset = {.msh18 = "8859/1"}};
    EXPECT_EQ(encoded(utf8, to_latin1), "hl7.bad_character byte 42");
    to_latin1.charset.replaces = true;
    EXPECT_EQ(encoded(utf8, to_latin1),
              message_in("8859/1",
                         "?\xF3"
                         "d?"));
}

TEST(Encoder, ChangesLineEndsAndDropsWhatIsNoSegment) {
    const std::string_view message = "\xEF\xBB\xBFMSH|^~\\&|a\n\nPID|1|";
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::Cr}), "MSH|^~\\&|a\rPID|1|\r");
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::Lf}), "MSH|^~\\&|a\nPID|1|\n");
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::CrLf}), "MSH|^~\\&|a\r\nPID|1|\r\n");
}

TEST(Encoder, RefusesToTurnALineEndInAValueIntoOneOfASegment) {
    const std::string_view message = "MSH|^~\\&|a\rNTE|1||one\ntwo\r";
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::Lf}), "hl7.not_encodable segment 2");
    EXPECT_EQ(encoded(message, {.line_ends = hl7::LineEnd::CrLf}),
              "MSH|^~\\&|a\r\nNTE|1||one\ntwo\r\n");
    const std::string_view file = "MSH|^~\\&|a\nNTE|1||one\rtwo\n";
    EXPECT_EQ(encoded(file, {.line_ends = hl7::LineEnd::Cr}), "hl7.not_encodable segment 2");
    EXPECT_EQ(encoded(file, {.line_ends = hl7::LineEnd::CrLf}), "hl7.not_encodable segment 2");
    EXPECT_EQ(encoded(file, {.line_ends = hl7::LineEnd::Lf}), file);
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
