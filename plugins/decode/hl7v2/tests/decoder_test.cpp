#include "decode/hl7v2/decoder.hpp"

#include "common/hl7/edit.hpp"
#include "common/hl7/reason.hpp"
#include "common/hl7/tests/fixtures.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace aorta::plugins::decode_hl7v2 {
namespace {

constexpr std::string_view kMessage =
    "MSH|^~\\&|A|B|C|D|20240102030405+0100||ADT^A01^ADT_A01|1|P|2.5.1\r"
    "EVN|A01|20240101\r"
    "PID|1||77\\T\\8^^^HOSP&1.2.3&ISO~99^^^X||DOE^JOHN\r";

std::int64_t epoch_ns(int year, unsigned month, unsigned day, int hour, int minute, int second) {
    using namespace std::chrono;  // NOLINT(google-build-using-namespace)
    const sys_days date{std::chrono::year{year} / std::chrono::month{month} / day};
    return nanoseconds{date.time_since_epoch() + hours{hour} + minutes{minute} + seconds{second}}
        .count();
}

DecoderConfig config(std::vector<std::string_view> key, std::string_view event_time = "MSH-7") {
    DecoderConfig made;
    for (const std::string_view path : key) {
        made.key.push_back(*hl7::parse_path(path));
    }
    if (!event_time.empty()) {
        made.event_time = *hl7::parse_path(event_time);
    }
    return made;
}

TEST(Decoder, ReadsTypeKeyAndEventTime) {
    Decoder decoder(config({"PID-3.1"}));
    ASSERT_TRUE(decoder.decode(kMessage).ok());
    EXPECT_EQ(decoder.type(), "ADT^A01");
    EXPECT_EQ(decoder.key(), "77&8");
    EXPECT_EQ(decoder.event_time_ns(), epoch_ns(2024, 1, 2, 2, 4, 5));
}

TEST(Decoder, MakesOneKeyOfSeveralFields) {
    Decoder decoder(config({"PID-3.1", "PID-18", "PID-3.4.1"}));
    ASSERT_TRUE(decoder.decode(kMessage).ok());
    EXPECT_EQ(decoder.key(), std::string_view("77&8\x1F\x1FHOSP"));
}

TEST(Decoder, GivesNoKeyWithoutAValue) {
    for (const std::string_view pid : {"PID|1", "PID|1||", "PID|1||\"\"", "ZZZ|1"}) {
        Decoder decoder(config({"PID-3.1", "PID-3.4"}));
        ASSERT_TRUE(decoder.decode("MSH|^~\\&|\r" + std::string{pid} + "\r").ok());
        EXPECT_EQ(decoder.key(), "") << pid;
    }
}

TEST(Decoder, TakesTheGivenZoneForTimesWithoutOne) {
    DecoderConfig with_zone = config({}, "EVN-2");
    with_zone.zone.configured = *hl7_tables::Zone::find("-05:00");
    Decoder decoder(with_zone);
    ASSERT_TRUE(decoder.decode("MSH|^~\\&|A\rEVN||202401010000\r").ok());
    EXPECT_EQ(decoder.event_time_ns(), epoch_ns(2024, 1, 1, 5, 0, 0));
    EXPECT_EQ(decoder.key(), "");
}

TEST(Decoder, PrefersTheZoneOfMsh7) {
    DecoderConfig with_zone = config({}, "EVN-2");
    with_zone.zone.configured = *hl7_tables::Zone::find("-05:00");
    Decoder decoder(with_zone);
    ASSERT_TRUE(decoder.decode("MSH|^~\\&|||||20240101+0200\rEVN||202401010000\r").ok());
    EXPECT_EQ(decoder.event_time_ns(), epoch_ns(2023, 12, 31, 22, 0, 0));
    ASSERT_TRUE(decoder.decode("MSH|^~\\&|||||20240101+0200\rEVN||202401010000+0300\r").ok());
    EXPECT_EQ(decoder.event_time_ns(), epoch_ns(2023, 12, 31, 21, 0, 0));
}

TEST(Decoder, DoesNotInventMidnight) {
    for (const std::string_view time : {"2024", "202401", "20240101", "20240101+0100"}) {
        Decoder decoder(config({}));
        ASSERT_TRUE(decoder.decode("MSH|^~\\&|||||" + std::string{time} + "|\r").ok());
        EXPECT_FALSE(decoder.event_time_ns()) << time;
    }
}

constexpr std::string_view kLatin1 = "MSH|^~\\&|A|||||||||||||||8859/1\rPID|1||7||M\xFCller\r";
constexpr std::string_view kUndeclared = "MSH|^~\\&|A\rPID|1||7||M\xFCller\r";

TEST(DecoderCharset, LeavesBytesAloneThatCanBeSplitAsTheyAre) {
    const struct {
        std::string_view payload;
        std::string_view charset;
    } cases[] = {
        {kMessage, ""},
        {kLatin1, "8859/1"},
        {kUndeclared, ""},
        {"MSH|^~\\&|A|||||||||||||||UNICODE UTF-8\rPID|1||7||Müller\r", ""},
        {"MSH|^~\\&|A|||||||||||||||UTF-8\rPID|1||7||M\xFCller\r", ""},
        {"MSH|^~\\&|A|||||||||||||||KLINGON\rPID|1||7||M\xFCller\r", ""},
    };

    for (const auto& each : cases) {
        Decoder decoder(config({}));
        ASSERT_TRUE(decoder.decode(each.payload).ok()) << each.payload;
        EXPECT_FALSE(decoder.is_recoded());
        EXPECT_EQ(decoder.payload(), each.payload);
        EXPECT_EQ(decoder.charset(), each.charset);
        EXPECT_EQ(decoder.findings().is_unknown,
                  each.payload.find("KLINGON") != std::string_view::npos);
    }
}

TEST(DecoderCharset, ConvertsBeforeSplittingWhereDelimitersHide) {
    Decoder decoder(config({"PID-3.1"}));
    ASSERT_TRUE(decoder
                    .decode("MSH|^~\\&|A|||||||||||||||~ISO IR87\rPID|1||7|"
                            "|\x1B$B\x46\x7C\x25\x5E\x1B(B^x\r")
                    .ok());
    EXPECT_EQ(decoder.payload(), "MSH|^~\\&|A|||||||||||||||UNICODE UTF-8\rPID|1||7||日マ^x\r");
    EXPECT_EQ(decoder.charset(), "~ISO IR87");
    EXPECT_EQ(decoder.key(), "7");
}

TEST(DecoderCharset, MakesEverythingUtf8WhenAsked) {
    const std::string utf8 = "MSH|^~\\&|A|||||||||||||||UNICODE UTF-8\rPID|1||7||Müller\r";

    const struct {
        std::string_view payload;
        std::string_view charset;
        bool is_guessed;
    } cases[] = {
        {kLatin1, "8859/1", false},
        {kUndeclared, "WINDOWS-1252", true},
        {"MSH|^~\\&|A|||||||||||||||ASCII\rPID|1||7||M\xFCller\r", "WINDOWS-1252", true},
        {utf8, "", false},
    };

    for (const auto& each : cases) {
        DecoderConfig always = config({});
        always.charset.always_utf8 = true;
        Decoder decoder(always);
        ASSERT_TRUE(decoder.decode(each.payload).ok()) << each.payload;
        EXPECT_EQ(decoder.payload(), utf8);
        EXPECT_EQ(decoder.charset(), each.charset) << each.payload;
        EXPECT_EQ(decoder.findings().is_guessed, each.is_guessed) << each.payload;
        ASSERT_TRUE(decoder.decode(kMessage).ok());
        EXPECT_EQ(decoder.payload(), kMessage);
        EXPECT_FALSE(decoder.findings().is_guessed);
    }
}

TEST(DecoderCharset, TakesTheWordOfTheConfiguration) {
    DecoderConfig assuming = config({});
    assuming.charset = {.always_utf8 = true, .assumed = hl7::read_charset("8859/2", '~')};
    Decoder assumes(assuming);
    ASSERT_TRUE(assumes.decode("MSH|^~\\&|A\rPID|1||7||\xA3\r").ok());
    EXPECT_NE(assumes.payload().find("||Ł\r"), std::string_view::npos);
    EXPECT_EQ(assumes.charset(), "8859/2");
    ASSERT_TRUE(assumes.decode("MSH|^~\\&|A|||||||||||||||\"\"\rPID|1||7||\xA3\r").ok());
    EXPECT_EQ(assumes.charset(), "8859/2");  // null says nothing either
    ASSERT_TRUE(assumes.decode(kLatin1).ok());
    EXPECT_NE(assumes.payload().find("Müller"), std::string_view::npos);

    DecoderConfig overriding = config({});
    overriding.charset = {.always_utf8 = true, .overriding = hl7::read_charset("8859/2", '~')};
    Decoder overrides(overriding);
    ASSERT_TRUE(overrides.decode("MSH|^~\\&|A|||||||||||||||8859/1\rPID|1||7||\xA3\r").ok());
    EXPECT_NE(overrides.payload().find("||Ł\r"), std::string_view::npos);
    EXPECT_EQ(overrides.charset(), "8859/2");
}

TEST(DecoderCharset, RefusesWithAReason) {
    using namespace std::string_view_literals;

    const struct {
        std::string_view payload;
        bool always;
        std::string_view reason;
        std::string_view where;
    } cases[] = {
        {"MSH|^~\\&|A|||||||||||||||UNICODE UTF-16\r", false, hl7::kCharsetNotAllowed, "MSH-18"},
        {"\xFF\xFEM\0S\0H\0|\0"sv, false, hl7::kCharsetNotAllowed, "byte 0"},
        {"M\0S\0H\0|\0"sv, false, hl7::kCharsetNotAllowed, "byte 0"},
        {"MSH|^~\\&|A|||||||||||||||UTF-8\rPID|\xFC\r", true, hl7::kBadCharacter, "byte 35"},
        {"MSH|^~\\&|A|||||||||||||||KLINGON\rPID|\xFC\r", true, hl7::kUnknownCharset, "MSH-18"},
        {"MSH|^~\\&|A|||||||||||||||BIG-5\rPID|\xFF\r", false, hl7::kBadCharacter, "byte 35"},
    };

    for (const auto& each : cases) {
        DecoderConfig made = config({});
        made.charset.always_utf8 = each.always;
        Decoder decoder(made);
        const Result<void> decoded = decoder.decode(each.payload);
        ASSERT_FALSE(decoded.ok()) << each.payload;
        EXPECT_EQ(hl7::reason_id(decoded.error()), each.reason);
        EXPECT_EQ(decoded.error().where, each.where);
    }
}

TEST(DecoderCharset, ReplacesOrKeepsAndCounts) {
    for (const hl7::Invalid policy : {hl7::Invalid::Replace, hl7::Invalid::Keep}) {
        DecoderConfig made = config({});
        made.charset = {.always_utf8 = true, .invalid = policy};
        Decoder decoder(made);
        ASSERT_TRUE(decoder.decode("MSH|^~\\&|A|||||||||||||||UTF-8\rPID|\xFC\r").ok());
        EXPECT_EQ(decoder.findings().invalid, 1U);
        EXPECT_EQ(decoder.payload().find("\xEF\xBF\xBD") != std::string_view::npos,
                  policy == hl7::Invalid::Replace);
    }
}

TEST(Decoder, LeavesTheEventTimeOpenWhenThereIsNoneToRead) {
    for (const std::string_view time : {"", "\"\"", "yesterday", "20241301"}) {
        Decoder decoder(config({}));
        ASSERT_TRUE(decoder.decode("MSH|^~\\&|||||" + std::string{time} + "|\r").ok());
        EXPECT_FALSE(decoder.event_time_ns()) << time;
    }
    Decoder decoder(config({}, ""));
    ASSERT_TRUE(decoder.decode(kMessage).ok());
    EXPECT_FALSE(decoder.event_time_ns());
}

TEST(Decoder, RefusesWithAReasonAndAPlace) {
    DecoderConfig small = config({});
    small.limits.max_bytes = 100;
    small.limits.max_segments = 3;

    const struct {
        std::string payload;
        std::string_view reason;
        std::string_view where;
    } cases[] = {
        {"", hl7::kNoMsh, "MSH-1"},
        {"PID|1\r", hl7::kNoMsh, "MSH-1"},
        {"FHS|^~\\&|\r", hl7::kNoMsh, "byte 0"},
        {"MSHA^~\\&|\r", hl7::kBadDelimiters, "MSH-1"},
        {"MSH|^^|\r", hl7::kBadDelimiters, "MSH-2"},
        {"MSH|^~\\&|" + std::string(100, 'x'), hl7::kTooLarge, "message"},
        {"MSH|^~\\&|\rA\rB\rC\rD\r", hl7::kTooManySegments, "message"},
    };

    for (const auto& each : cases) {
        Decoder decoder(small);
        const Result<void> decoded = decoder.decode(each.payload);
        ASSERT_FALSE(decoded.ok());
        EXPECT_EQ(hl7::reason_id(decoded.error()), each.reason);
        EXPECT_EQ(decoded.error().where, each.where);
    }
}

TEST(Decoder, ForgetsTheMessageBefore) {
    Decoder decoder(config({"PID-3.1"}));
    ASSERT_TRUE(decoder.decode(kMessage).ok());
    ASSERT_TRUE(decoder.decode("MSH|^~\\&|\r").ok());
    EXPECT_EQ(decoder.key(), "");
    EXPECT_EQ(decoder.type(), "");
    EXPECT_FALSE(decoder.event_time_ns());
}

TEST(Decoder, LeavesEveryFixtureReadableAndEditableInPlace) {
    const auto files = hl7::testing::hl7_files(hl7::testing::fixtures() / "hl7v2");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    Decoder decoder(config({"PID-3.1"}));
    for (const auto& file : files) {
        for (const std::string& payload :
             hl7::testing::messages_of(hl7::testing::read_file(file))) {
            ASSERT_TRUE(decoder.decode(payload).ok()) << file;
            EXPECT_EQ(decoder.payload(), payload) << file;
            const hl7::Message message{payload, decoder.index().view()};
            hl7::Edit edit(message);
            const hl7::Path sender{.field = 3};
            ASSERT_TRUE(edit.set_raw(0, sender, "EDITED").ok()) << file;
            // Every byte but those of MSH-3 is as before.
            const std::string_view old = message.field(0, 3);
            const auto at = static_cast<std::size_t>(old.data() - payload.data());
            EXPECT_EQ(edit.apply(),
                      payload.substr(0, at) + "EDITED" + payload.substr(at + old.size()))
                << file;
        }
    }
}

}  // namespace
}  // namespace aorta::plugins::decode_hl7v2
