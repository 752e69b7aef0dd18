// "aorta.tables/1" over tables that a test gives. Internal to the library.
#pragma once

#include <aorta/ext/tables.h>
#include <aorta/testing/harness.hpp>

#include <deque>
#include <string_view>
#include <vector>

namespace aorta::testing {

/// Not thread-safe but for looking up.
class TestTables {
public:
    explicit TestTables(std::vector<Table> tables);
    TestTables(const TestTables&) = delete;
    TestTables& operator=(const TestTables&) = delete;
    ~TestTables() = default;

    const aorta_tables* abi() const { return &abi_; }

private:
    struct Known : aorta_table {
        std::string_view name;
        std::vector<aorta_str> names;
        std::vector<std::uint32_t> key_columns;
        std::vector<aorta_str> default_cells;
        std::vector<std::vector<aorta_str>> rows;
    };

    static const aorta_table* open(const aorta_tables* self, aorta_str name);
    static aorta_str name(const aorta_tables* self, std::uint32_t index);
    static const aorta_str* find(const aorta_tables* self,
                                 const aorta_table* table,
                                 const aorta_str* keys,
                                 std::uint32_t count);

    const std::vector<Table> tables_;  // the texts live here
    std::deque<Known> known_;
    aorta_tables abi_;
};

}  // namespace aorta::testing
