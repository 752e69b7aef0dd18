#include "common/expression/expression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace aorta::expression {
namespace {

using ::testing::HasSubstr;

struct Refusal {
    std::string_view text;
    std::size_t offset;
    std::string_view message;  // a part of it
};

class Refused : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refused, SaysWhereAndWhatWouldBeAccepted) {
    const auto expression = Expression::compile(GetParam().text);
    ASSERT_FALSE(expression.ok()) << GetParam().text;
    EXPECT_EQ(expression.error().code, ErrorCode::InvalidConfig);
    EXPECT_EQ(expression.error().where, "byte " + std::to_string(GetParam().offset))
        << GetParam().text << ": " << expression.error().message;
    EXPECT_THAT(expression.error().message, HasSubstr(std::string{GetParam().message}));
}

constexpr Refusal kSyntax[] = {
    {"", 0, "found the end"},
    {"   ", 3, "found the end"},
    {"1 == ", 5, "found the end"},
    {"(1 == 1", 7, "expected ')', found the end"},
    {"1 == 1)", 6, "found ')'"},
    {"1 = 1", 2, "write =="},
    {"true & true", 5, "write 'and'"},
    {"true | true", 5, "write 'or'"},
    {"PID-8 == 'F", 9, "no closing '"},
    {"PID-8 == F", 9, "text stands in quotes"},
    {"exist(PID-8)", 0, "did you mean 'exists'?"},
    {"startswith(PID-8, 'F')", 0, "did you mean 'starts_with'?"},
    {"true AND true", 5, "did you mean 'and'?"},
    {"PID-8 == 'F' ad true", 13, "did you mean 'and'?"},
    {"exists PID-8", 7, "expected '(', as in exists(PID-7)"},
    {"exists()", 7, "expected a path, as in exists(PID-7)"},
    {"exists('x')", 7, "expected a path"},
    {"exists(PID-8, PID-7)", 12, "expected ')'"},
    {"starts_with(PID-8)", 17, "expected ',', as in starts_with("},
    {"any(OBX)", 7, "expected ','"},
    {"1 < 2 < 3", 6, "join two of them by 'and'"},
    {"PV1-2 in 'I'", 9, "expected '['"},
    {"PV1-2 in []", 10, "a list holds texts or numbers"},
    {"PV1-2 in ['I' 'E']", 14, "expected ',' or ']'"},
    {"PV1-2 in [PV1-3]", 10, "a list holds texts or numbers"},
    {"PV1-2 in ['I', 2]", 15, "only texts or only numbers"},
    {"PV1-2 not in ['I']", 6, "write not (…"},
    {"['a'] == 'a'", 0, "a list stands after 'in'"},
    {"PID-8 =~ PID-7", 9, "a pattern in quotes"},
    {"PID-8 =~ '('", 9, "not RE2 syntax"},
    {"PID-8 =~ '((a{100}){100}){100}'", 9, "not RE2 syntax"},
    {"PID-8 == 12ab", 9, "a number is written in digits"},
    {"PID-8 == 'F' ; true", 13, "no meaning outside of quotes"},
    {"@ == 'x'", 0, "such as @peer"},
};
INSTANTIATE_TEST_SUITE_P(Syntax, Refused, ::testing::ValuesIn(kSyntax));

constexpr Refusal kTypes[] = {
    {"PID-8", 0, "write exists(…)"},
    {"'text'", 0, "expected a condition, this is text"},
    {"1 + 1", 2, "this is a number"},
    {"PID-8 and true", 0, "expected a condition"},
    {"not 5", 4, "expected a condition"},
    {"1 == '1'", 2, "numbers are written without quotes"},
    {"lower(PID-8) > 5", 13, "cannot compare text with a number"},
    {"true < false", 5, "cannot compare"},
    {"PID-8 == true", 6, "cannot compare"},
    {"OBX[1]-5 < OBX[2]-5", 9, "number(…)"},
    {"'a' + 1 == 2", 0, "expected a number or a path"},
    {"length(5) == 1", 7, "expected text or a path"},
    {"5 =~ 'x'", 0, "expected text or a path"},
    {"5 in ['5']", 2, "never in a list of texts"},
    {"count(OBX)", 0, "expected a condition, this is a number"},
    {"any(OBX, .5)", 9, "expected a condition"},
};
INSTANTIATE_TEST_SUITE_P(Types, Refused, ::testing::ValuesIn(kTypes));

constexpr Refusal kPathRefusals[] = {
    {"OBX-5 > 130", 0, "write any(OBX, .5 …) or OBX[1]-5"},
    {"OBX-3.1 == 'x'", 0, "write any(OBX, .3.1 …) or OBX[1]-3.1"},
    {"ZPD-1 == 'x'", 0, "write any(ZPD, .1 …) or ZPD[1]-1"},
    {"1 == 1 and PID-3.1 == 'x'", 11, "write any(PID-3[*], .1 …) or PID-3[1].1"},
    {"exists(PID-3)", 7, "write any(PID-3[*], . …) or PID-3[1]"},
    {"OBX[1]-8 == 'H'", 0, "write any(OBX[1]-8[*], . …) or OBX[1]-8[1]"},
    {"any(OBX, .8 == 'H')", 9, "write any(.8[*], . …) or .8[1]"},
    {"any(PID, .3.1 == 'x')", 9, "write any(.3[*], .1 …) or .3[1].1"},
    {"PID-3[*].1 == 'x'", 0, "write any(PID-3[*], .1 …)"},
    {"OBX[*]-5 == 'x'", 0, "write any(OBX, .5 …)"},
    {"PID == 'x'", 0, "name a field"},
    {".5 == 'x'", 0, "stands inside any("},
    {"any(OBX, . == 'x')", 9, "name a field"},
    {"any(PID-3, .1 == 'x')", 4, "repetitions (PID-3[*])"},
    {"any(@peer, true)", 4, "an attribute is one value"},
    {"any(OBX-8[*], true)", 4, "write any(OBX, any(.8[*], …))"},
    {"any(OBX, any(OBX, true))", 13, "move it out"},
    {"any(.8[*], true)", 4, "inside any(SEG"},
    {"any(PID-3[*], any(.1[*], true))", 18, "no repetitions of its own"},
    {"any(PID-3[*], .1.2.3 == 'x')", 14, ".component.subcomponent"},
    {"any(PID-3[*].1, .1.2 == 'x')", 16, ".subcomponent"},
    {"PID-0 == 'x'", 4, "count from 1"},
    {"OBX[0]-5 == 'x'", 4, "count from 1"},
    {"PID-70000 == 'x'", 4, "to 65535"},
    {"OBX[x]-5 == 'x'", 4, "an index is [1] or [*]"},
    {"OBX[1-5 == 'x'", 5, "an index is [1] or [*]"},
    {"PID-5[1].1.1.1 == 'x'", 12, "ends with the subcomponent"},
};
INSTANTIATE_TEST_SUITE_P(Paths, Refused, ::testing::ValuesIn(kPathRefusals));

std::string repeated(std::string_view piece, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all += piece;
    }
    return all;
}

std::string refusal(const std::string& text) {
    const auto expression = Expression::compile(text);
    return expression.ok() ? "accepted" : expression.error().message;
}

TEST(Limits, AreHitAtTheirEdge) {
    EXPECT_EQ(refusal("true" + std::string(Limits::kMaxBytes - 4, ' ')), "accepted");
    EXPECT_THAT(refusal("true" + std::string(Limits::kMaxBytes - 3, ' ')), HasSubstr("4096 bytes"));

    const auto nested = [](std::size_t depth) {
        return repeated("(", depth) + "true" + repeated(")", depth);
    };
    EXPECT_EQ(refusal(nested(Limits::kMaxDepth)), "accepted");
    EXPECT_THAT(refusal(nested(Limits::kMaxDepth + 1)), HasSubstr("nested deeper than 32"));
    EXPECT_THAT(refusal(repeated("not ", 100) + "true"), HasSubstr("nested deeper"));
    EXPECT_THAT(refusal(repeated("-", 100) + "1 == 1"), HasSubstr("nested deeper"));

    EXPECT_EQ(refusal("true" + repeated(" or true", Limits::kMaxNodes - 2)), "accepted");
    EXPECT_THAT(refusal("true" + repeated(" or 1==1", 200)), HasSubstr("at most 512 parts"));
    EXPECT_THAT(refusal("1" + repeated("+1", 100) + " == 1"), HasSubstr("too deep"));

    const std::string pattern = "@a =~ 'a'";
    EXPECT_EQ(refusal(pattern + repeated(" or " + pattern, Limits::kMaxPatterns - 1)), "accepted");
    EXPECT_THAT(refusal(pattern + repeated(" or " + pattern, Limits::kMaxPatterns)),
                HasSubstr("at most 16 patterns"));
    EXPECT_THAT(refusal("@a =~ '" + std::string(Limits::kMaxPatternBytes + 1, 'a') + "'"),
                HasSubstr("longer than 512"));
    EXPECT_THAT(refusal("@a =~ '" + repeated("[a-z]{900}", 10) + "'"), HasSubstr("too large"));

    const auto fixed = [](std::size_t count) {
        return "any(OBX, true" + repeated(" and PID-8 == 'F'", count) + ")";
    };
    EXPECT_EQ(refusal(fixed(Limits::kMaxFixedPaths)), "accepted");
    EXPECT_THAT(refusal(fixed(Limits::kMaxFixedPaths + 1)), HasSubstr("more than 16 paths"));
}

// Pieces of the language joined at random: whatever comes out is compiled or refused with a place.
TEST(Limits, BoundAThousandHostileExpressions) {
    constexpr std::string_view kPieces[] = {"(",
                                            ")",
                                            "not ",
                                            "-",
                                            "any(OBX, ",
                                            "any(.8[*], ",
                                            "all(PID-3[*], ",
                                            "count(OBX",
                                            ".5",
                                            ".",
                                            "OBX[1]-5",
                                            "PID-3[*]",
                                            "@a",
                                            "'x'",
                                            "\"",
                                            "12",
                                            "1.5e",
                                            " and ",
                                            " or ",
                                            " == ",
                                            " < ",
                                            " in ['a', 'b']",
                                            " =~ '(a*)*b'",
                                            " =~ '(x{1000}){1000}'",
                                            ",",
                                            "[",
                                            "]",
                                            "exists(",
                                            "\xff",
                                            "((((((((((((((((",
                                            "true",
                                            "+",
                                            "lower(",
                                            "contains("};
    std::mt19937 random{20260329};  // NOLINT(cert-msc51-cpp): the same on every run
    std::size_t accepted = 0;
    for (int i = 0; i < 1000; ++i) {
        std::string text;
        const std::size_t pieces = 1 + random() % 64;
        for (std::size_t k = 0; k < pieces; ++k) {
            text += kPieces[random() % std::size(kPieces)];
        }
        const auto expression = Expression::compile(text);
        if (expression.ok()) {
            ++accepted;
            continue;
        }
        ASSERT_TRUE(expression.error().where.starts_with("byte ")) << text;
        ASSERT_LE(std::stoul(expression.error().where.substr(5)), text.size()) << text;
        ASSERT_FALSE(expression.error().message.empty()) << text;
    }
    EXPECT_LT(accepted, 100U);
}

}  // namespace
}  // namespace aorta::expression
