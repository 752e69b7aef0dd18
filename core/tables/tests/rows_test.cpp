#include "tables/rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::tables {
namespace {

using config::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Value map(std::initializer_list<std::pair<std::string, Value>> members) {
    Value out = Value::of_map();
    for (const auto& [key, value] : members) {
        out.add(key, value);
    }
    return out;
}

Value plain(std::string_view text) {
    return config::resolve_plain(text);
}

struct RowsRead {
    std::optional<Grid> grid;
    std::string report;
};

RowsRead read(const Value& rows, std::vector<std::string> key = {}) {
    config::Diagnostics diagnostics;
    auto grid = read_rows(rows, key, diagnostics);
    return {std::move(grid), diagnostics.to_text()};
}

TEST(Rows, MapOfMapsHasTheKeyAsItsFirstColumn) {
    const RowsRead got = read(map({{"017", map({{"name", plain("NO")}, {"city", plain("1e5")}})},
                                   {"B", map({{"city", plain("~")}, {"name", plain("true")}})}}),
                              {"code"});
    ASSERT_TRUE(got.grid) << got.report;
    EXPECT_THAT(got.grid->columns, ElementsAre("code", "name", "city"));
    EXPECT_THAT(got.grid->rows[0].cells, ElementsAre("017", "NO", "1e5"));
    EXPECT_THAT(got.grid->rows[1].cells, ElementsAre("B", "true", ""));
}

TEST(Rows, MapOfScalarsHasAColumnValue) {
    const RowsRead got =
        read(map({{"M", plain("male")}, {"F", plain("female")}, {"U", plain("")}}));
    ASSERT_TRUE(got.grid) << got.report;
    EXPECT_THAT(got.grid->columns, ElementsAre("key", "value"));
    EXPECT_THAT(got.grid->rows[1].cells, ElementsAre("F", "female"));
    EXPECT_THAT(got.grid->rows[2].cells, ElementsAre("U", ""));
}

TEST(Rows, ListOfMapsTakesAnyOrderOfColumns) {
    const RowsRead got = read(Value::of_list({map({{"a", plain("1")}, {"b", plain("2")}}),
                                              map({{"b", plain("4")}, {"a", plain("3")}})}),
                              {"a", "b"});
    ASSERT_TRUE(got.grid) << got.report;
    EXPECT_THAT(got.grid->columns, ElementsAre("a", "b"));
    EXPECT_THAT(got.grid->rows[1].cells, ElementsAre("3", "4"));
}

TEST(Rows, RefusesWhatIsNoTable) {
    const Value row = map({{"a", plain("1")}});
    EXPECT_THAT(read(plain("x")).report, HasSubstr("rows are a map or a list, found text"));
    EXPECT_THAT(read(Value::of_list({})).report, HasSubstr("no rows"));
    EXPECT_THAT(read(Value::of_list({plain("x")})).report, HasSubstr("a row is a map of cells"));
    EXPECT_THAT(read(map({{"x", row}}), {"a", "b"}).report, HasSubstr("a key of one column"));
    EXPECT_THAT(read(Value::of_list({row, map({{"aa", plain("1")}})})).report,
                HasSubstr("no column `aa`"));
    EXPECT_THAT(read(Value::of_list({map({{"a", plain("1")}, {"b", plain("2")}}), row})).report,
                HasSubstr("does not have all columns"));
    EXPECT_THAT(read(Value::of_list({map({{"a", Value::of_list({})}})})).report,
                HasSubstr("a cell is a text, found a list"));
    EXPECT_THAT(read(map({{"x", map({{"key", plain("1")}})}})).report, HasSubstr("no column"));
}

}  // namespace
}  // namespace aorta::tables
