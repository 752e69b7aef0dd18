// Rows and columns of text, as a table's file has them.
#pragma once

#include "config/value.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace aorta::tables {

/// What a file may hold.
struct Limits {
    std::size_t max_bytes = 64U << 20U;
    std::size_t max_rows = 1'000'000;
    std::size_t max_columns = 256;
};

/// Of a file with more that is wrong, so much is said.
inline constexpr std::size_t kMaxReports = 20;

/// Cells are text, whatever they look like: `017`, NO and 1e5 stay as they were written.
struct Grid {
    /// One row: as many cells as there are columns.
    struct Row {
        std::vector<std::string> cells;
        config::Position at = {};
    };

    std::vector<std::string> columns;
    config::Position at = {};  // of the columns' names
    std::vector<Row> rows;
};

}  // namespace aorta::tables
