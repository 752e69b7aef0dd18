#include "tables/table.hpp"

#include "tables/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::tables {
namespace {

using ::testing::HasSubstr;

aorta_str abi(std::string_view text) {
    return {text.data(), text.size()};
}

struct Made {
    std::shared_ptr<const Table> table;
    std::string report;
};

Made make(std::string_view csv, std::vector<std::string> key = {}) {
    config::Diagnostics diagnostics;
    auto table = Table::make(*parse_csv(csv, "t.csv", ',', diagnostics), key, diagnostics);
    return {std::move(table), diagnostics.to_text()};
}

std::string cell(const Table& table, std::initializer_list<std::string_view> key, int column) {
    std::vector<aorta_str> parts;
    for (const std::string_view part : key) {
        parts.push_back(abi(part));
    }
    const aorta_str* row = table.find(parts);
    return row == nullptr ? "-" : std::string(row[column].data, row[column].size);
}

TEST(Table, FindsByItsFirstColumn) {
    const Made made = make("code,text\n017,x\n17,y\n,empty\n");
    ASSERT_TRUE(made.table) << made.report;
    EXPECT_EQ(made.table->row_count(), 3U);
    EXPECT_EQ(cell(*made.table, {"017"}, 1), "x");
    EXPECT_EQ(cell(*made.table, {"17"}, 1), "y");
    EXPECT_EQ(cell(*made.table, {""}, 1), "empty");
    EXPECT_EQ(cell(*made.table, {"7"}, 1), "-");
    EXPECT_EQ(cell(*made.table, {"17", ""}, 1), "-");
    EXPECT_EQ(cell(*made.table, {}, 1), "-");
}

TEST(Table, FindsByAKeyOfSeveralColumnsInTheirOrder) {
    const Made made = make("text,code,system\nx,a,b\ny,b,a\nz,ab,\nw,,ab\n", {"code", "system"});
    ASSERT_TRUE(made.table) << made.report;
    EXPECT_EQ(cell(*made.table, {"a", "b"}, 0), "x");
    EXPECT_EQ(cell(*made.table, {"b", "a"}, 0), "y");
    EXPECT_EQ(cell(*made.table, {"ab", ""}, 0), "z");
    EXPECT_EQ(cell(*made.table, {"", "ab"}, 0), "w");
    EXPECT_EQ(cell(*made.table, {"a", "a"}, 0), "-");
}

TEST(Table, FindsEachOfManyRows) {
    std::string csv = "code,text\n";
    for (int i = 0; i < 20'000; ++i) {
        csv += std::to_string(i) + ",t" + std::to_string(i) + "\n";
    }
    const Made made = make(csv);
    ASSERT_TRUE(made.table) << made.report;
    for (int i = 0; i < 20'000; ++i) {
        ASSERT_EQ(cell(*made.table, {std::to_string(i)}, 1), "t" + std::to_string(i));
    }
}

TEST(Table, RefusesAKeyThatStandsTwice) {
    const Made made = make("code,text\na,1\nb,2\na,3\n");
    EXPECT_FALSE(made.table);
    EXPECT_THAT(made.report,
                HasSubstr("t.csv:4:1: error: the key of this row (`code`) stands in line 2, too"));
}

TEST(Table, WarnsOfBlanksAroundKeysAndKeepsThem) {
    const Made made = make("a,b,text\nx,y, 1\n x,y,2\nx,z\t,3\n", {"a", "b"});
    ASSERT_TRUE(made.table);
    EXPECT_EQ(
        made.report.find("t.csv:3:1: warning: the key (`a`, `b`) begins or ends with a blank, "
                         "here and in 1 other rows"),
        0U)
        << made.report;
    EXPECT_EQ(cell(*made.table, {" x", "y"}, 2), "2");
    EXPECT_EQ(cell(*made.table, {"x", "z"}, 2), "-");
    EXPECT_EQ(make("code,text\na, 1 \n").report, "") << "other cells may have them";
}

TEST(Table, RefusesAKeyColumnThatIsNotThere) {
    const Made made = make("code,text\na,1\n", {"cod"});
    EXPECT_FALSE(made.table);
    EXPECT_THAT(made.report, HasSubstr("no column `cod`"));
    EXPECT_THAT(made.report, HasSubstr("did you mean `code`?"));
}

}  // namespace
}  // namespace aorta::tables
