#include "common/hl7/escape.hpp"

#include "common/hl7/reason.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <tuple>

namespace aorta::hl7 {
namespace {

const Delimiters kUsual{'|', '^', '~', '\\', '&', '#'};

TEST(Decode, PlainText) {
    const std::tuple<std::string, std::string, std::size_t> cases[] = {
        {"", "", 0},
        {"plain", "plain", 0},
        {"\\F\\\\S\\\\T\\\\R\\\\E\\\\P\\", "|^&~\\#", 0},
        {"a\\T\\b", "a&b", 0},
        {"\\E\\T\\E\\", "\\T\\", 0},  // escaped twice: once is undone
        {"\\X0D\\\\X0A\\", "\r\n", 0},
        {"\\X0D0a\\", "\r\n", 0},
        {"\\X000d\\", std::string("\0\r", 2), 0},
        {"\\Xc3A4\\", "\xC3\xA4", 0},
        {"\\X\\", "\\X\\", 1},
        {"\\X0\\", "\\X0\\", 1},
        {"\\X0G\\", "\\X0G\\", 2},
        {"\\.br\\", "\\.br\\", 1},
        {"\\H\\E\\N\\", "\\H\\E\\N\\", 2},  // highlighting around the letter E
        {"\\Zab\\F\\F\\", "\\Zab\\F|", 1},
        {"\\C2842\\x", "\\C2842\\x", 1},
        {"\\M8142\\\\F\\", "\\M8142\\|", 1},
        {"C:\\dir\\F\\x", "C:\\dir|x", 1},  // a stray escape character, then a real sequence
        {"C:\\dir", "C:\\dir", 1},
        {"\\", "\\", 1},
        {"\\\\", "\\\\", 2},
        {"a\\F", "a\\F", 1},
    };
    for (const auto& [raw, text, kept] : cases) {
        std::string out;
        EXPECT_EQ(decode(raw, kUsual, TextKind::Plain, out), kept) << raw;
        EXPECT_EQ(out, text) << raw;
    }
}

TEST(Decode, FormattedText) {
    const std::tuple<std::string, std::string, std::size_t> cases[] = {
        {"a\\.br\\b", "a\nb", 0},
        {"a\\.sp\\b", "a\nb", 0},
        {"a\\.sp2\\b", "a\n\nb", 0},
        {"a\\.sp+2\\b", "a\n\nb", 0},
        {"a\\.sp 2\\b", "a\n\nb", 0},
        {"a\\.sk3\\b", "a   b", 0},
        {"\\.in+4\\\\.ti-2\\\\.fi\\\\.nf\\x", "x", 0},
        {"a\\.ce\\b", "a\nb", 0},
        {"\\H\\bold\\N\\", "bold", 0},
        {"\\T\\", "&", 0},
        {"\\.sp99999999999999999999\\", "\\.sp99999999999999999999\\", 1},
        {"\\.sp-1\\", "\\.sp-1\\", 1},
        {"\\.xx\\", "\\.xx\\", 1},
    };
    for (const auto& [raw, text, kept] : cases) {
        std::string out;
        EXPECT_EQ(decode(raw, kUsual, TextKind::Formatted, out), kept) << raw;
        EXPECT_EQ(out, text) << raw;
    }
}

TEST(Decode, UsesTheDelimitersOfTheMessage) {
    const Delimiters odd{'!', '@', '%', '*', ':', 0};
    EXPECT_EQ(decode("*F**S**T**R**E*", odd), "!@:%*");
    EXPECT_EQ(decode("\\F\\", odd), "\\F\\");
    EXPECT_EQ(decode("*P*", odd), "*P*");
    const Delimiters few{'|', '^', '~', 0, 0, 0};
    EXPECT_EQ(decode("\\F\\", few), "\\F\\");
}

TEST(Encode, EscapesWhatWouldBreakTheMessage) {
    std::string out;
    ASSERT_TRUE(encode("a|b^c&d~e\\f\r\n\x0B\x1C\t#x#", kUsual, out).ok());
    EXPECT_EQ(out, "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f\\X0D\\\\X0A\\\\X0B\\\\X1C\\\t#x\\P\\");
}

TEST(Encode, IsRefusedWithoutAnEscapeCharacter) {
    const Delimiters few{'|', '^', '~', 0, 0, 0};
    std::string out = "x";
    EXPECT_TRUE(encode("a&b\\c", few, out).ok());
    EXPECT_EQ(out, "xa&b\\c");
    const auto refused = encode("a^b", few, out);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(reason_id(refused.error()), kNotEncodable);
    EXPECT_EQ(out, "xa&b\\c");
}

TEST(Encode, DecodesBackToAnyBytes) {
    std::mt19937 random(3);
    const Delimiters sets[] = {kUsual,
                               {'|', '^', '~', '\\', '&', 0},
                               {'|', '^', '~', '\\', 0, 0},
                               {'|', '^', '~', 0, 0, 0},
                               {'|', '^', 0, 0, 0, 0},
                               {'!', '@', '%', '*', ':', '$'}};
    const std::string hot = "|^~\\&#!@%*:$FSTREPXHCMZ.0A\r\n";
    std::size_t encoded = 0;
    for (int round = 0; round < 10000; ++round) {
        std::string text(random() % 40, ' ');
        for (char& c : text) {
            c = random() % 4 == 0 ? static_cast<char>(random()) : hot[random() % hot.size()];
        }
        const Delimiters& delimiters = sets[random() % std::size(sets)];
        std::string raw;
        if (!encode(text, delimiters, raw).ok()) {
            ASSERT_EQ(delimiters.escape, 0);
            ASSERT_EQ(raw, "");
            continue;
        }
        ++encoded;
        std::string back;
        ASSERT_EQ(decode(raw, delimiters, TextKind::Plain, back), 0U);
        ASSERT_EQ(back, text);
        for (const char separator : {'\r',
                                     '\n',
                                     delimiters.field,
                                     delimiters.component,
                                     delimiters.repetition,
                                     delimiters.subcomponent}) {
            if (separator != 0) {
                ASSERT_EQ(raw.find(separator), std::string::npos);
            }
        }
    }
    EXPECT_GT(encoded, 6000U);
}

}  // namespace
}  // namespace aorta::hl7
