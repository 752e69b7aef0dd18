#include "common/expression/tests/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::expression {
namespace {

using testing::Sample;

struct Case {
    std::string_view text;
    bool expected;
};

class Truth : public ::testing::TestWithParam<Case> {};

TEST_P(Truth, Holds) {
    const auto expression = Expression::compile(GetParam().text);
    ASSERT_TRUE(expression.ok()) << GetParam().text << ": " << expression.error().where << ": "
                                 << expression.error().message;
    Sample sample;
    EvalStats stats;
    EXPECT_EQ(sample.evaluate(*expression, stats),
              GetParam().expected ? Outcome::True : Outcome::False)
        << GetParam().text;
}

constexpr Case kPrecedence[] = {
    {"true", true},
    {"false", false},
    {"not true", false},
    {"!false", true},
    {"not not true", true},
    {"true or false and false", true},
    {"(true or false) and false", false},
    {"true || false && false", true},
    {"not false and false", false},
    {"not (false and false)", true},
    {"not 1 == 2", true},
    {"1 + 2 * 3 == 7", true},
    {"(1 + 2) * 3 == 9", true},
    {"10 - 2 - 3 == 5", true},
    {"12 / 2 / 3 == 2", true},
    {"2 * -3 == -6", true},
    {"- - 2 == 2", true},
    {"1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3 and 1 != 2", true},
    {"(1 < 2) == true", true},
    {"(1 < 2) != (2 < 1)", true},
    {"1 / 0 == 1 or 1 / 0 != 1", false},
    {"'a' < 'b' and 'a' <= 'a'", true},
    {"'it''s' == \"it's\"", true},
    {"\"say \"\"a\"\"\" == 'say \"a\"'", true},
    {"\t1\n==\r1 ", true},
};
INSTANTIATE_TEST_SUITE_P(Precedence, Truth, ::testing::ValuesIn(kPrecedence));

constexpr Case kPaths[] = {
    {"MSH-9.1 == 'ORU'", true},
    {"MSH-9.2 == 'R01'", true},
    {"MSH-9 == 'ORU^R01^ORU_R01'", true},
    {"MSH-1 == '|' and MSH-2 == '^~\\&'", true},
    {"PID-3[1].1 == '100'", true},
    {"PID-3[2].5 == 'SS'", true},
    {"PID-3[3].5 == 'SS'", false},
    {"PID-5[1].1.1 == 'DOE'", true},
    {"PID-5[1].1.2 == 'DOE'", false},
    {"PID-7 < '19600101' and PID-7 < 19600101", true},
    {"PID-11[1].1 == '1 M&N ST'", true},
    {"OBX[2]-5 == 140", true},
    {"OBX[2]-5 == '140'", true},
    {"OBX[2]-5 > 139.5", true},
    {"OBX[9]-5 == 140", false},
    {"OBX[1]-5 + OBX[2]-5 == 269.5", true},
    {"-OBX[2]-5 == -140", true},
    {"number(OBX[2]-5) > number(OBX[1]-5)", true},
    {"lower(OBX[2]-5) > OBX[1]-5", true},
    {"ZPD[1]-1 == 7", true},
    {"@peer == '10.1.2.3' and @file =~ '\\.hl7$'", true},
    {"exists(@nothing) or exists(@empty)", false},
};
INSTANTIATE_TEST_SUITE_P(Paths, Truth, ::testing::ValuesIn(kPaths));

constexpr Case kAbsence[] = {
    {"PID-2 == ''", false},
    {"PID-2 != 'x'", false},
    {"not (PID-2 == 'x')", true},
    {"PID-2 < 5 or PID-2 >= 5", false},
    {"PID-2 + 1 == 1", false},
    {"PID-2 == PID-2", false},
    {"exists(PID-8) and not empty(PID-8) and not is_null(PID-8)", true},
    {"not exists(PID-2) and empty(PID-2) and not is_null(PID-2)", true},
    {"not exists(PID-18) and not empty(PID-18) and is_null(PID-18)", true},
    {"is_null(PID-13[2])", true},
    {"PID-18 == '\"\"'", false},
    {"empty(PID-99) and empty(OBX[7]-1)", true},
    {"exists(OBX) and empty(NK1) and exists(PID) and exists(OBX[3]) and empty(OBX[4])", true},
    {"exists(PID-3[*]) and empty(PID-4[*])", true},
    {"length(PID-2) < 5", false},
    {"PID-2 in ['', 'x']", false},
    {"PID-2 =~ ''", false},
    {"starts_with(PID-2, '')", false},
};
INSTANTIATE_TEST_SUITE_P(Absence, Truth, ::testing::ValuesIn(kAbsence));

constexpr Case kFunctions[] = {
    {"length(PID-5[1].2) == 4", true},
    {"length('Zürich') == 6", true},
    {"lower(PID-5[1].1) == 'doe'", true},
    {"upper('straße 1a') == 'STRAßE 1A'", true},
    {"lower('abc') == 'abc'", true},
    {"number(' +1.50 ') == 1.5", true},
    {"number('1e3') == 1000", false},
    {"starts_with(PV1-3.1, 'IC')", true},
    {"starts_with(PV1-3.1, 'CU')", false},
    {"ends_with(@file, '.hl7')", true},
    {"contains(@file, 'test')", true},
    {"contains('abc', upper('b'))", false},
    {"PV1-2 in ['E', 'I']", true},
    {"PV1-2 in ['E']", false},
    {"OBX[2]-5 in [139, 140.0]", true},
    {"OBX[2]-5 in [-140]", false},
    {"3 in [1, 2, 3]", true},
    {"PV1-3.1 =~ '^I.U$'", true},
    {"PV1-3.1 =~ '(?i)icu'", true},
    {"PV1-3.1 =~ 'icu'", false},
};
INSTANTIATE_TEST_SUITE_P(Functions, Truth, ::testing::ValuesIn(kFunctions));

constexpr Case kQuantifiers[] = {
    {"any(OBX, .3.1 == '8867-4' and .5 > 129)", true},
    {"any(OBX, .3.1 == '8867-4' and .5 > 130)", false},
    {"any(OBX, .5 > 139)", true},
    {"any(OBX[2], .5 > 139) and not any(OBX[1], .5 > 139)", true},
    {"all(OBX, .11 == 'F')", false},
    {"all(OBX, .11 in ['F', 'P'])", true},
    {"all(NK1, false)", true},
    {"any(NK1, true)", false},
    {"count(OBX) == 3", true},
    {"count(OBX, .2 == 'NM') == 2", true},
    {"count(NTE) == 0", true},
    {"any(PID-3[*], .5 == 'SS')", true},
    {"any(PID-3[*], .5 == 'SS' and .1 == '100')", false},
    {"count(PID-3[*]) == 2", true},
    {"count(PID-4[*]) == 0", true},
    {"count(PID-13[*]) == 2 and any(PID-13[*], is_null(.))", true},
    {"any(PID-3[*], . == '200^^^GOV^SS')", true},
    {"any(PID-3[*].1, . == '200')", true},
    {"any(PID-3[*].9, exists(.))", false},
    {"any(PID-5[*].1, .1 == 'DOE' and empty(.2))", true},
    {"any(PID-11[*], .1 == '1 M&N ST')", true},
    {"any(OBX[1]-8[*], . == 'H') or any(PV1-7[*], true)", false},
    {"any(OBX, any(.9[*], . == 'H'))", true},
    {"any(OBX, any(.9[*], . == 'H') and .5 > 130)", false},
    {"any(OBX, count(.9[*]) == 2)", true},
    {"any(OBX, .11 == 'P' and PID-8 == 'F' and @peer == '10.1.2.3')", true},
    {"count(OBX, PV1-2 == 'I') == 3", true},
    {"any(OBX, .3.2 == 'NOTE' and not exists(.6))", true},
    {"any(OBX, .9[2] == 'H')", true},
};
INSTANTIATE_TEST_SUITE_P(Quantifiers, Truth, ::testing::ValuesIn(kQuantifiers));

TEST(Evaluate, CountsValuesThatAreNotNumbers) {
    const auto expression = Expression::compile("any(OBX, .5 > 1000)");
    ASSERT_TRUE(expression.ok());
    Sample sample;
    EvalStats stats;
    EXPECT_EQ(sample.evaluate(*expression, stats), Outcome::False);
    EXPECT_EQ(stats.not_a_number, 1U);
    EXPECT_EQ(sample.evaluate(*expression, stats), Outcome::False);
    EXPECT_EQ(stats.not_a_number, 2U);
}

TEST(Evaluate, GivesUpOnARecordThatIsBuiltToBeExpensive) {
    std::string payload{"MSH|^~\\&|A\rPID|1|||||||||||||||||"};
    payload.append(std::size_t{1} << 20U, 'x');
    for (int i = 0; i < 1000; ++i) {
        payload += "\rOBX|1";
    }
    Sample sample{payload};
    const auto expression = Expression::compile("any(OBX, PID-18 =~ 'y')");
    ASSERT_TRUE(expression.ok());
    EvalStats stats;
    EXPECT_EQ(sample.evaluate(*expression, stats), Outcome::GaveUp);
    EXPECT_EQ(stats.gave_up, 1U);
}

TEST(Condition, ComparesTextOfAnyCharacterSet) {
    const auto holds = [](const char* set, const char* name) {
        const std::string payload = std::string{"MSH|^~\\&|||||||ADT^A01|1|P|2.5||||||"} + set +
                                    "\rPID|1|||||||" + name + "\r";
        Sample sample{payload};
        EvalStats stats;
        return sample.evaluate(*Expression::compile("PID-8 == 'Müller'"), stats) == Outcome::True;
    };
    EXPECT_TRUE(holds("8859/1", "M\xFCller"));
    EXPECT_TRUE(holds("8859/1", "M\\XFC\\ller"));
    EXPECT_TRUE(holds("", "M\xFCller"));
    EXPECT_TRUE(holds("UNICODE UTF-8", "Müller"));
    EXPECT_FALSE(holds("8859/1", "Müller")) << "that is MÃ¼ller";
}

TEST(Evaluate, ReadsNothingOfARecordThatIsNotHl7) {
    testing::FixedAttributes attributes{{{"peer", "x"}}};
    hl7::MessageText text;
    Hl7Fields fields{std::nullopt, attributes, text};
    EvalStats stats;
    EXPECT_EQ(Expression::compile("empty(PID-8) and count(OBX) == 0 and @peer == 'x'")
                  ->evaluate(fields, stats),
              Outcome::True);
}

TEST(Evaluate, KnowsWhetherItReadsTheMessage) {
    EXPECT_TRUE(Expression::compile("exists(OBX)")->reads_message());
    EXPECT_TRUE(Expression::compile("@peer == PID-8")->reads_message());
    EXPECT_FALSE(Expression::compile("@peer == 'x' or 1 == 2")->reads_message());
}

// Another kind of record: the evaluator knows only what Fields tells it.
class Readings final : public Fields {
public:
    Value read(const Path& path, const Cursor& at, Scratch&) override {
        return path.kind == Path::Kind::InSegment ? Value::of(static_cast<double>(at.index) * 10)
                                                  : Value::of(true);
    }

    bool next(const Path&, const Cursor&, Cursor& element) override {
        element = {.index = element.index + 1, .is_started = true};
        return element.index <= 3;
    }
};

TEST(Evaluate, TakesTypedValuesFromOtherFields) {
    Readings readings;
    EvalStats stats;
    EXPECT_EQ(Expression::compile("count(OBX, .5 >= 20) == 2")->evaluate(readings, stats),
              Outcome::True);
    EXPECT_EQ(Expression::compile("any(OBX, .5 in ['10'])")->evaluate(readings, stats),
              Outcome::False);
    EXPECT_EQ(stats.not_a_number, 0U);
}

}  // namespace
}  // namespace aorta::expression
