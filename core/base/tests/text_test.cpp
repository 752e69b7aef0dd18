#include "base/text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace aorta::base {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
    for (const std::string_view text :
         {"", "abc", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\xA9\xBA", "\xEF\xBB\xBF"}) {
        EXPECT_EQ(find_invalid_utf8(text), std::nullopt) << text;
    }
}

TEST(Utf8, FindsTheFirstBadByte) {
    struct Case {
        std::string_view text;
        std::size_t offset;
    };

    for (const Case& c : {Case{"a\x80", 1},             // lone continuation
                          Case{"ab\xC3", 2},            // cut off
                          Case{"\xC0\xAF", 0},          // overlong
                          Case{"\xE0\x80\x80", 0},      // overlong
                          Case{"x\xED\xA0\x80", 1},     // surrogate
                          Case{"\xF4\x90\x80\x80", 0},  // beyond U+10FFFF
                          Case{"\xFF", 0}}) {
        EXPECT_EQ(find_invalid_utf8(c.text), c.offset);
    }
}

TEST(Utf8, CountsCodePoints) {
    EXPECT_EQ(count_code_points("a\xC3\xA4\xF0\x9F\xA9\xBA"), 3U);
    EXPECT_EQ(count_code_points("\xFF\xFE"), 2U);
}

TEST(SnakeCase, IsWhatNamesLookLike) {
    for (const std::string_view name : {"a", "lab_a", "decode_hl7v2", "x1"}) {
        EXPECT_TRUE(is_snake_case(name)) << name;
    }
    const std::string too_long(65, 'a');
    for (const std::string_view name : {std::string_view(""),
                                        std::string_view("A"),
                                        std::string_view("1a"),
                                        std::string_view("_a"),
                                        std::string_view("a-b"),
                                        std::string_view("a.b"),
                                        std::string_view("\xC3\xA4"),
                                        std::string_view(too_long)}) {
        EXPECT_FALSE(is_snake_case(name)) << name;
    }
}

TEST(Text, TrimsAndJoins) {
    EXPECT_EQ(trim(" \ta b\r\n"), "a b");
    EXPECT_EQ(trim(" \n"), "");
    EXPECT_EQ(join(std::vector<std::string>{"a", "b", "c"}, ", "), "a, b, c");
    EXPECT_EQ(join({}, ", "), "");
}

}  // namespace
}  // namespace aorta::base
