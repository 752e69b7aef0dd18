#include "tables/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::tables {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Read {
    std::optional<Grid> grid;
    std::string report;
};

Read read(std::string_view text, char separator = ',', const Limits& limits = {}) {
    config::Diagnostics diagnostics;
    auto grid = parse_csv(text, "t.csv", separator, diagnostics, limits);
    return {std::move(grid), diagnostics.to_text()};
}

TEST(Csv, KeepsCellsAsTheyAreWritten) {
    const Read got = read("code,text\n017,NO\n1e5, a \n,\n");
    ASSERT_TRUE(got.grid) << got.report;
    EXPECT_THAT(got.grid->columns, ElementsAre("code", "text"));
    ASSERT_EQ(got.grid->rows.size(), 3U);
    EXPECT_THAT(got.grid->rows[0].cells, ElementsAre("017", "NO"));
    EXPECT_THAT(got.grid->rows[1].cells, ElementsAre("1e5", " a "));
    EXPECT_THAT(got.grid->rows[2].cells, ElementsAre("", ""));
    EXPECT_EQ(got.grid->rows[1].at, (config::Position{"t.csv", 3, 1}));
}

TEST(Csv, ReadsQuotesLineEndsAndByteOrderMark) {
    const Read got = read(
        "\xEF\xBB\xBF"
        "a,b\r\n\"x, \"\"y\"\"\",\"two\r\nlines\"\r\n\r\nlast,\"\"");
    ASSERT_TRUE(got.grid) << got.report;
    EXPECT_THAT(got.grid->columns, ElementsAre("a", "b"));
    ASSERT_EQ(got.grid->rows.size(), 2U);
    EXPECT_THAT(got.grid->rows[0].cells, ElementsAre("x, \"y\"", "two\r\nlines"));
    EXPECT_THAT(got.grid->rows[1].cells, ElementsAre("last", ""));
    EXPECT_EQ(got.grid->rows[1].at.line, 5U);
}

TEST(Csv, ReadsAnEmptyCellAtTheVeryEnd) {
    const Read got = read("a,b\n1,");
    ASSERT_TRUE(got.grid) << got.report;
    EXPECT_THAT(got.grid->rows[0].cells, ElementsAre("1", ""));
}

TEST(Csv, TakesOtherSeparators) {
    const Read got = read("a;b\n1,5;\"x;y\"\n", ';');
    ASSERT_TRUE(got.grid) << got.report;
    EXPECT_THAT(got.grid->rows[0].cells, ElementsAre("1,5", "x;y"));
    EXPECT_THAT(read("a,b\n1,2\n", ';').report, HasSubstr("separated by `,`, not by `;`"));
}

struct BadCase {
    const char* name;
    std::string_view text;
    const char* report;
};

class BadCsv : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadCsv, IsRefusedWithItsPlace) {
    const Read got = read(GetParam().text);
    EXPECT_FALSE(got.grid);
    EXPECT_THAT(got.report, HasSubstr(GetParam().report));
    EXPECT_THAT(got.report, ::testing::Not(HasSubstr("SECRET")));
}

using namespace std::string_view_literals;
INSTANTIATE_TEST_SUITE_P(
    All,
    BadCsv,
    ::testing::Values(
        BadCase{"Empty", "", "t.csv:1:1: error: the table is empty"},
        BadCase{"OnlyBlankLines", "\n\r\n", "the table is empty"},
        BadCase{
            "TooFewCells",
            "a,b\n1,2\nSECRET\n",
            "t.csv:3:1: error: the line has 1 cells, the first line names 2 columns: none for `b`"},
        BadCase{"TooManyCells",
                "a,b\n1,SECRET,3\n",
                "t.csv:2:1: error: the line has 3 cells, the first line names 2 columns: more "
                "follow behind `b`"},
        BadCase{"QuoteInBareCell",
                "a\nSECRET 5\" x\n",
                "t.csv:2:9: error: column `a`: a quote stands inside"},
        BadCase{"TextBehindQuote",
                "a\n\"x\"SECRET\n",
                "t.csv:2:4: error: column `a`: something stands behind"},
        BadCase{"OpenQuote",
                "a,b\n1,2\n3,\"SECRET\n",
                "t.csv:3:3: error: column `b`: the quote is not closed"},
        BadCase{"QuoteInAName", "a,b\"c\n", "t.csv:1:4: error: column 2: a quote stands inside"},
        BadCase{"QuoteBeyondTheColumns", "a\n1,\"x\n", "t.csv:2:3: error: column 2: the quote"},
        BadCase{"Semicolons",
                "a;b\n1,5;2\n",
                "t.csv:1:1: error: the columns seem to be separated by `;`, not by `,`"},
        BadCase{"Tabs", "a\tb\n", "write separator: \"\\t\""},
        BadCase{"NamelessColumn", "a,,c\n", "column 2 has no name"},
        BadCase{"SameColumnTwice", "a,b,a\n", "two columns are named `a`"},
        BadCase{"Nul", "a\nx\0y\n"sv, "t.csv:2"},
        BadCase{"Latin1", "a\n\xE9\n", "t.csv:2"}),
    [](const auto& each) { return each.param.name; });

TEST(Csv, ReportsAllRaggedLinesUpToABound) {
    std::string text = "a,b\n";
    for (int i = 0; i < 1000; ++i) {
        text += "1\n";
    }
    config::Diagnostics diagnostics;
    EXPECT_FALSE(parse_csv(text, "t.csv", ',', diagnostics));
    EXPECT_EQ(diagnostics.error_count(), 20U);
}

TEST(Csv, KeepsTheLimits) {
    EXPECT_FALSE(read("a\n1\n2\n", ',', {.max_rows = 1}).grid);
    EXPECT_FALSE(read("a,b\n", ',', {.max_columns = 1}).grid);
    EXPECT_FALSE(read("a\n12345\n", ',', {.max_bytes = 4}).grid);
    EXPECT_TRUE(read("a\n1\n", ',', {.max_bytes = 4, .max_rows = 1, .max_columns = 1}).grid);
}

}  // namespace
}  // namespace aorta::tables
