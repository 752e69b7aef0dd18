#include "common/hl7/charset.hpp"

#include "common/hl7/reason.hpp"
#include "common/hl7/recode.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aorta::hl7 {
namespace {

using namespace std::string_view_literals;

std::string to_utf8(std::string_view text, std::string_view msh18) {
    Transcoder transcoder(Invalid::Reject);
    std::string out;
    const auto converted = transcoder.to_utf8(text, read_charset(msh18, '~'), out);
    return converted.ok() ? out : converted.error().message + " @ " + converted.error().where;
}

std::string from_utf8(std::string_view text, std::string_view msh18, Invalid policy) {
    Transcoder transcoder(policy);
    std::string out;
    const auto converted = transcoder.from_utf8(text, read_charset(msh18, '~'), out);
    return converted.ok() ? out : converted.error().message + " @ " + converted.error().where;
}

TEST(Charset, IsFoundByTheNamesOfTable0211AndByThoseThatSendersUse) {
    const struct {
        std::string_view spelling;
        std::string_view name;
    } cases[] = {
        {"ASCII", "ASCII"},
        {"UNICODE UTF-8", "UNICODE UTF-8"},
        {"UTF-8", "UNICODE UTF-8"},
        {"utf8", "UNICODE UTF-8"},
        {"Unicode", "UNICODE UTF-8"},
        {"8859/1", "8859/1"},
        {"ISO-8859-1", "8859/1"},
        {"ISO_8859-1", "8859/1"},
        {"ISO8859/1", "8859/1"},
        {"latin1", "8859/1"},
        {"ISO IR100", "8859/1"},
        {"8859/15", "8859/15"},
        {"8859/9", "8859/9"},
        {"ISO IR14", "ISO IR14"},
        {"ISO IR87", "ISO IR87"},
        {"ISO_IR 87", "ISO IR87"},
        {"ISO-2022-JP", "ISO IR87"},
        {"ISO IR159", "ISO IR159"},
        {"GB 18030-2000", "GB 18030-2000"},
        {"GB18030", "GB 18030-2000"},
        {"gbk", "GB 18030-2000"},
        {"KS X 1001", "KS X 1001"},
        {"EUC-KR", "KS X 1001"},
        {"CNS 11643-1992", "CNS 11643-1992"},
        {"BIG-5", "BIG-5"},
        {"Big5", "BIG-5"},
        {"Shift_JIS", "SHIFT_JIS"},
        {"CP1252", "WINDOWS-1252"},
        {"windows-1252", "WINDOWS-1252"},
        {"Windows 1251", "WINDOWS-1251"},
        {"KOI8-R", "KOI8-R"},
    };

    for (const auto& each : cases) {
        const Charset* found = find_charset(each.spelling);
        ASSERT_NE(found, nullptr) << each.spelling;
        EXPECT_EQ(found->name, each.name) << each.spelling;
    }
    for (const std::string_view unknown : {"", " ", "-", "8859", "8859/99", "KLINGON", "UTF-16"}) {
        EXPECT_EQ(find_charset(unknown), nullptr) << unknown;
    }
    EXPECT_EQ(find_charset(std::string(1000, '8')), nullptr);
}

TEST(Charset, ReadsTheRepetitionsOfMsh18) {
    using Kind = CharsetChoice::Kind;
    EXPECT_EQ(read_charset("", '~').kind, Kind::None);
    EXPECT_EQ(read_charset("KLINGON", '~').kind, Kind::Unknown);
    EXPECT_EQ(read_charset(std::string(100, 'x'), '~').kind, Kind::Unknown);
    for (const std::string_view wide : {"UNICODE UTF-16", "utf-16le", "UNICODE UTF-32", "UCS-2"}) {
        EXPECT_EQ(read_charset(wide, '~').kind, Kind::Forbidden) << wide;
    }

    EXPECT_TRUE(read_charset("ASCII", '~').is_plain());
    EXPECT_TRUE(read_charset("ASCII~UNICODE UTF-8", '~').is_utf8());
    EXPECT_FALSE(read_charset("8859/1", '~').hides_delimiters());
    EXPECT_TRUE(read_charset("BIG-5", '~').hides_delimiters());
    for (const std::string_view shifted : {"ISO IR87", "~ISO IR87", "ASCII~ISO IR87~ISO IR159"}) {
        const CharsetChoice choice = read_charset(shifted, '~');
        EXPECT_EQ(choice.base, &ascii()) << shifted;
        EXPECT_TRUE(choice.hides_delimiters()) << shifted;
        EXPECT_FALSE(choice.is_plain()) << shifted;
    }
    EXPECT_EQ(read_charset("ISO IR14~ISO IR87", '~').base, find_charset("ISO IR14"));
    EXPECT_EQ(read_charset("8859/1%8859/2", '%').base, &latin1());
}

TEST(Charset, IsGuessedFromTheBytes) {
    EXPECT_EQ(&guess_charset("plain ASCII, long enough for eight"), &ascii());
    EXPECT_EQ(&guess_charset("M\xC3\xBCller"), &utf8());
    EXPECT_EQ(&guess_charset("M\xFCller \x80"), &windows_1252());
    EXPECT_EQ(&guess_charset("M\xFCller \x81"), &latin1());
}

TEST(Charset, KnowsValidUtf8) {
    for (const std::string_view good : {"\xC3\xBC"sv,
                                        "\xE2\x82\xAC"sv,
                                        "\xF0\x9F\x98\x80"sv,
                                        "\xED\x9F\xBF"sv,
                                        "\xF4\x8F\xBF\xBF"sv,
                                        "a\0b"sv}) {
        EXPECT_TRUE(is_valid_utf8(good)) << good;
    }
    for (const std::string_view bad : {"\xC0\xAF"sv,
                                       "\xE0\x80\xAF"sv,
                                       "\xF0\x80\x80\xAF"sv,
                                       "\xED\xA0\x80"sv,
                                       "\xF4\x90\x80\x80"sv,
                                       "\xF5\x80\x80\x80"sv,
                                       "\xC3"sv,
                                       "\xE2\x82"sv,
                                       "\x80"sv,
                                       "\xC3\x28"sv,
                                       "\xFF"sv}) {
        EXPECT_FALSE(is_valid_utf8(bad)) << bad;
    }
}

TEST(Transcoder, ConvertsEverySetOfTable0211) {
    const struct {
        std::string_view msh18;
        std::string_view raw;
        std::string_view text;
    } cases[] = {
        {"8859/1", "M\xFCller", "Müller"},
        {"8859/2",
         "\xA3\xF3"
         "d\xBC",
         "Łódź"},
        {"8859/5", "\xBC\xD8\xE0", "Мир"},
        {"8859/7", "\xC1\xE8\xDE\xED\xE1", "Αθήνα"},
        {"8859/15", "5 \xA4", "5 €"},
        {"WINDOWS-1252", "5 \x80", "5 €"},
        {"UNICODE UTF-8", "Müller", "Müller"},
        {"GB 18030-2000", "\xB2\xA1\xC8\xCB|\x81\x5C|\x81\x7C", "病人|乗|亅"},
        {"BIG-5", "\xB3\x5C\xA5\x5C|\xA6\x7E", "許功|年"},
        {"SHIFT_JIS", "\x95\x5C\x8E\xA6", "表示"},
        {"KS X 1001", "\xC8\xAF\xC0\xDA", "환자"},
        {"CNS 11643-1992", "\xC4\xA1", "一"},
        {"ISO IR14", "\xD4\xCF\xC0^\\E\\", "ﾔﾏﾀ^\\E\\"},
        // 7C, 5E and 5C are bytes of characters here.
        {"ISO IR87", "A\x1B$B;3ED\x1B(B^\x1B$B\x46\x7C\x25\x5E\x25\x5C\x1B(B|", "A山田^日マボ|"},
        {"ISO IR14~ISO IR87", "\xD4\xCF^\x1B$B;3ED\x1B(J\\E\\", "ﾔﾏ^山田\\E\\"},
        {"~ISO IR87~ISO IR159", "\x1B$(D\x30\x22\x1B(B|x", "丄|x"},
    };

    for (const auto& each : cases) {
        EXPECT_EQ(to_utf8(each.raw, each.msh18), each.text) << each.msh18;
    }
}

TEST(Transcoder, ConvertsBack) {
    const struct {
        std::string_view msh18;
        std::string_view raw;
    } cases[] = {
        {"8859/1", "M\xFCller"},
        {"GB 18030-2000", "\xB2\xA1\xC8\xCB|\x81\x5C|\x81\x7C"},
        {"BIG-5", "\xB3\x5C\xA5\x5C|\xA6\x7E"},
        {"ISO IR87", "A\x1B$B;3ED\x1B(B^\x1B$B\x46\x7C\x1B(B|\r"},
        {"ISO IR87", "\x1B$B;3ED\x1B(B"},
        {"ISO IR14~ISO IR87", "\xD4\xCF^\x1B$B;3ED\x1B(B|\xC0\xDF"},
        {"ISO IR14", "\xD4\xCF^\xC0\xA1"},
        {"~ISO IR87~ISO IR159", "\x1B$(D\x30\x22\x1B(B|x"},
        {"~ISO IR87~ISO IR159", "\x1B$(D\x30\x22\x1B(B~\\F\\\x1B$(D\x30\x22\x1B(B~"},
    };

    for (const auto& each : cases) {
        const std::string text = to_utf8(each.raw, each.msh18);
        EXPECT_EQ(from_utf8(text, each.msh18, Invalid::Reject), each.raw) << text;
    }
}

TEST(Transcoder, WritesNothingThatComesBackAsSomethingElse) {
    const auto japanese = read_charset("~ISO IR87", '~');
    std::string out;
    EXPECT_FALSE(Transcoder(Invalid::Reject).from_utf8("a\x1B$B;3", japanese, out).ok());
    EXPECT_FALSE(Transcoder(Invalid::Reject).from_utf8("100 \u00A5", japanese, out).ok());
    out.clear();
    const auto replaced =
        Transcoder(Invalid::Replace).from_utf8("a\x1B$B\u00A5|\u203E", japanese, out);
    ASSERT_TRUE(replaced.ok());
    EXPECT_EQ(*replaced, 3U);
    EXPECT_EQ(out, "a?$B?|?");
}

TEST(Transcoder, TreatsInvalidBytesAsTold) {
    const struct {
        std::string_view msh18;
        std::string_view raw;
        std::string_view replaced;
        std::string_view kept;
        std::size_t invalid;
        std::string_view where;
    } cases[] = {
        {"UNICODE UTF-8",
         "a\xFC"
         "b\xC3",
         "a\uFFFDb\uFFFD",
         "a\xFC"
         "b\xC3",
         2,
         "byte 1"},
        {"UTF-8", "\xF4\xAD\xAD\xAD", "\uFFFD\uFFFD\uFFFD\uFFFD", "\xF4\xAD\xAD\xAD", 4, "byte 0"},
        {"WINDOWS-1252", "\x81|x", "\uFFFD|x", "\x81|x", 1, "byte 0"},
        {"ASCII", "M\xFC", "M\uFFFD", "M\xFC", 1, "byte 1"},
        {"BIG-5", "ok\xFF|x", "ok\uFFFD|x", "ok\xFF|x", 1, "byte 2"},
        {"ISO IR87", "\x1B$B;3\x1B(B\xFC|", "山\uFFFD|", "山\xFC|", 1, "byte 8"},
    };

    for (const auto& each : cases) {
        const CharsetChoice from = read_charset(each.msh18, '~');
        for (const Invalid policy : {Invalid::Replace, Invalid::Keep}) {
            Transcoder transcoder(policy);
            std::string out;
            const auto converted = transcoder.to_utf8(each.raw, from, out);
            ASSERT_TRUE(converted.ok()) << each.msh18;
            EXPECT_EQ(*converted, each.invalid) << each.msh18;
            EXPECT_EQ(out, policy == Invalid::Keep ? each.kept : each.replaced) << each.msh18;
        }
        Transcoder strict(Invalid::Reject);
        std::string out;
        const auto refused = strict.to_utf8(each.raw, from, out);
        ASSERT_FALSE(refused.ok()) << each.msh18;
        EXPECT_EQ(reason_id(refused.error()), kBadCharacter);
        EXPECT_EQ(refused.error().where, each.where) << each.msh18;
    }
    EXPECT_EQ(from_utf8("5 € Ł", "8859/1", Invalid::Replace), "5 ? ?");
    EXPECT_EQ(from_utf8("5 €", "8859/1", Invalid::Keep), "5 €");
    EXPECT_EQ(from_utf8("5 €", "8859/1", Invalid::Reject).substr(0, 17), "hl7.bad_character");
}

TEST(Transcoder, ConvertsMoreThanItsBuffer) {
    std::string raw;
    std::string text;
    for (int i = 0; i < 5000; ++i) {
        raw += "a\xFC";
        text += "aü";
    }
    EXPECT_EQ(to_utf8(raw, "8859/1"), text);
    EXPECT_EQ(from_utf8(text, "8859/1", Invalid::Reject), raw);
}

TEST(Recoder, ConvertsTextHexadecimalEscapesAndMsh18) {
    Recoder recoder(Invalid::Reject);
    const std::string raw =
        "MSH|^~\\&|A||||||ADT^A01|1|P|2.5.1||||||8859/1\rPID|1||7\\XFC\\8\\X0D\\\\F\\||M\xFCller\r";
    std::string text;
    const auto converted = recoder.to_utf8(raw, read_charset("8859/1", '~'), text);
    ASSERT_TRUE(converted.ok()) << converted.error().message;
    EXPECT_EQ(text,
              "MSH|^~\\&|A||||||ADT^A01|1|P|2.5.1||||||UNICODE UTF-8\r"
              "PID|1||7\\XC3BC\\8\\X0D\\\\F\\||Müller\r");
    std::string back;
    ASSERT_TRUE(recoder.from_utf8(text, read_charset("8859/1", '~'), "8859/1", back).ok());
    EXPECT_EQ(back, raw);
}

TEST(Recoder, LeavesHexadecimalBytesThatAreNoText) {
    Recoder recoder(Invalid::Reject);
    const std::string raw = "MSH|^~\\&|A\rOBX|1|ED|||\\XFF\\ \\XC3\\ \\Xzz\\ \\X\r";
    std::string text;
    ASSERT_TRUE(recoder.to_utf8(raw, choice_of(utf8()), text).ok());
    EXPECT_EQ(text.substr(text.find('\r')), raw.substr(raw.find('\r')));
}

TEST(Recoder, LeavesOutTheByteOrderMarkThatIsTextOfNoSet) {
    Recoder recoder(Invalid::Reject);
    const std::string mark = "\xEF\xBB\xBF\r\n";
    const std::string raw = "MSH|^~\\&|A||||||ADT^A01|1|P|2.5.1||||||8859/1\rPID|M\xFCller\r";
    const CharsetChoice set = read_charset("8859/1", '~');
    std::string text;
    ASSERT_TRUE(recoder.to_utf8(mark + raw, set, text).ok());
    EXPECT_EQ(text, "MSH|^~\\&|A||||||ADT^A01|1|P|2.5.1||||||UNICODE UTF-8\rPID|Müller\r");
    std::string back;
    ASSERT_TRUE(recoder.from_utf8(mark + text, set, "8859/1", back).ok());
    EXPECT_EQ(back, raw);

    const auto refused = recoder.to_utf8(mark + "MSH|^~\\&|\x80", read_charset("ASCII", '~'), text);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().where, "byte 14");
}

TEST(SetMsh18, AddsSeparatorsOrReplacesTheValue) {
    const Delimiters usual;

    const struct {
        std::string_view message;
        std::string_view expected;
    } cases[] = {
        {"MSH|^~\\&", "MSH|^~\\&||||||||||||||||X"},
        {"MSH|^~\\&|A\rPID|1\r", "MSH|^~\\&|A|||||||||||||||X\rPID|1\r"},
        {"MSH|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17\nP",
         "MSH|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|X\nP"},
        {"\n\nMSH|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19\n",
         "\n\nMSH|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|X|19\n"},
    };

    for (const auto& each : cases) {
        std::string out;
        set_msh18(each.message, usual, "X", out);
        EXPECT_EQ(out, each.expected);
    }
}

}  // namespace
}  // namespace aorta::hl7
