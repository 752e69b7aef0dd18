#include "tables/rows.hpp"

#include "base/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace aorta::tables {
namespace {

using config::Value;
using Type = Value::Type;

/// Reads rows into a grid whose columns are those of the first row.
class RowReader {
public:
    RowReader(config::Diagnostics& diagnostics, const Limits& limits)
        : diagnostics_(diagnostics), limits_(limits) {}

    /// One row; `key` is the name of a first column that stands outside of the map, or null.
    void add(const Value& row, const std::string* key, const Value::Key& key_cell) {
        if (grid_.rows.empty()) {
            take_columns(row, key);
        }
        Grid::Row out{std::vector<std::string>(grid_.columns.size()),
                      key == nullptr ? row.at : key_cell.at};
        std::size_t found = 0;
        if (key != nullptr) {
            out.cells[found++] = key_cell.name;
        }
        if (row.is_scalar()) {
            if (const auto cell = text(row); cell && grid_.columns.size() == 2) {
                out.cells[found++] = *cell;
            }
        }
        for (std::size_t i = 0; i < row.keys.size(); ++i) {
            const auto column =
                std::find(grid_.columns.begin(), grid_.columns.end(), row.keys[i].name);
            if (column == grid_.columns.end() || (key != nullptr && row.keys[i].name == *key)) {
                diagnostics_.error(row.keys[i].at,
                                   fmt::format("the table has no column `{}`", row.keys[i].name),
                                   base::suggestion_hint(row.keys[i].name, grid_.columns));
                continue;
            }
            if (auto cell = text(row.items[i])) {
                out.cells[static_cast<std::size_t>(column - grid_.columns.begin())] =
                    std::move(*cell);
                ++found;
            }
        }
        if (found != grid_.columns.size() && !diagnostics_.has_errors()) {
            diagnostics_.error(out.at,
                               "the row does not have all columns of the first row",
                               "write '' for a cell that is empty");
        }
        grid_.rows.push_back(std::move(out));
    }

    Grid take() { return std::move(grid_); }

private:
    void take_columns(const Value& row, const std::string* key) {
        grid_.at = row.at;
        if (key != nullptr) {
            grid_.columns.push_back(*key);
        }
        if (row.is_scalar()) {
            grid_.columns.emplace_back("value");
        }
        for (const Value::Key& name : row.keys) {
            grid_.columns.push_back(name.name);
        }
        if (grid_.columns.size() > limits_.max_columns) {
            diagnostics_.error(
                row.at, fmt::format("the table has more than {} columns", limits_.max_columns));
        }
    }

    std::optional<std::string> text(const Value& cell) {
        if (!cell.is_scalar() || cell.is(Type::Secret)) {
            diagnostics_.error(cell.at,
                               fmt::format("a cell is a text, found {}", describe(cell.type)));
            return std::nullopt;
        }
        return cell.is(Type::Null) ? std::string{} : cell.text;
    }

    config::Diagnostics& diagnostics_;
    const Limits& limits_;
    Grid grid_;
};

}  // namespace

std::optional<Grid> read_rows(const Value& rows,
                              std::span<const std::string> key,
                              config::Diagnostics& diagnostics,
                              const Limits& limits) {
    config::Diagnostics problems;
    RowReader reader(problems, limits);
    const std::string key_name = key.empty() ? "key" : key.front();
    if (rows.is(Type::Map) && key.size() > 1) {
        problems.error(rows.at,
                       "rows written as a map have a key of one column",
                       "write them as a list: - { " + key_name + ": …, … }");
    } else if (!rows.is(Type::Map) && !rows.is(Type::List)) {
        problems.error(rows.at,
                       fmt::format("rows are a map or a list, found {}", describe(rows.type)),
                       "for example: A: { name: … }");
    } else if (rows.items.empty()) {
        problems.error(rows.at, "the table has no rows, so its columns are not known");
    } else if (rows.items.size() > limits.max_rows) {
        problems.error(rows.at, fmt::format("the table has more than {} rows", limits.max_rows));
    }
    for (std::size_t i = 0; i < rows.items.size() && !problems.has_errors(); ++i) {
        const Value& row = rows.items[i];
        const bool is_map = rows.is(Type::Map);
        if (!row.is(Type::Map) && (!is_map || row.is(Type::List))) {
            problems.error(row.at,
                           fmt::format("a row is a map of cells, found {}", describe(row.type)));
            break;
        }
        reader.add(row, is_map ? &key_name : nullptr, is_map ? rows.keys[i] : Value::Key{});
    }
    diagnostics.append(problems);
    if (problems.has_errors()) {
        return std::nullopt;
    }
    return reader.take();
}

}  // namespace aorta::tables
