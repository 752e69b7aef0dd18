#include "tables/csv.hpp"
#include "tables/table.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

// What is accepted has rows as wide as its head, and each row of the table is found by its key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace aorta;  // NOLINT(google-build-using-namespace)
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    config::Diagnostics diagnostics;
    auto grid = tables::parse_csv(text, "f.csv", ',', diagnostics);
    if (grid.has_value() == diagnostics.has_errors()) {
        std::abort();
    }
    if (!grid) {
        return 0;
    }
    for (const tables::Grid::Row& row : grid->rows) {
        if (row.cells.size() != grid->columns.size()) {
            std::abort();
        }
    }
    const tables::Grid copy = *grid;
    const auto table = tables::Table::make(std::move(*grid), {}, diagnostics);
    for (const tables::Grid::Row& row : copy.rows) {
        const aorta_str key{row.cells[0].data(), row.cells[0].size()};
        if (table != nullptr && table->find({&key, 1}) == nullptr) {
            std::abort();
        }
    }
    return 0;
}
