// Table: rows found by their key; and what a pipeline file says of a table.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"
#include "tables/grid.hpp"

#include <aorta/abi.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace aorta::tables {

/// What becomes of a key that is not in the table.
enum class OnMissing { Reject, Keep, Empty, Default };

/// The words of `on_missing`, in the order of the enumerators.
inline constexpr std::string_view kOnMissingWords[] = {"reject", "keep", "empty", "default"};

/// Rows by their key. Immutable: any thread may look up.
class Table {
public:
    /// `key` names the columns that make up the key; empty: the first column. Reports columns that
    /// are not there and keys that stand twice, and gives null then. Warns of blanks around keys:
    /// they belong to the cell, and what is looked up seldom has them.
    static std::shared_ptr<const Table> make(Grid grid,
                                             std::span<const std::string> key,
                                             config::Diagnostics& diagnostics);

    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;
    ~Table() = default;

    const std::vector<std::string>& columns() const { return columns_; }

    /// The columns of the key, by number.
    const std::vector<std::uint32_t>& keys() const { return keys_; }

    std::size_t row_count() const { return cells_.size() / columns_.size(); }

    /// The cells of the row with this key, one a column; null when there is none, or when `key` has
    /// another number of parts. Valid as long as the table.
    const aorta_str* find(std::span<const aorta_str> key) const;

private:
    using Key = std::span<const aorta_str>;

    /// Rows and keys compare and hash alike.
    struct Hash {
        using is_transparent = void;
        const Table* table;

        std::size_t operator()(std::uint32_t row) const;
        std::size_t operator()(Key key) const;
    };

    struct Equal {
        using is_transparent = void;
        const Table* table;

        bool operator()(std::uint32_t left, std::uint32_t right) const;
        bool operator()(Key left, std::uint32_t right) const;

        bool operator()(std::uint32_t left, Key right) const { return (*this)(right, left); }
    };

    explicit Table(std::vector<std::string> columns);

    const aorta_str* row(std::uint32_t number) const { return &cells_[number * columns_.size()]; }

    std::vector<std::string> columns_;
    std::vector<std::uint32_t> keys_;
    std::string text_;              // of all cells
    std::vector<aorta_str> cells_;  // row by row, within text_
    std::unordered_set<std::uint32_t, Hash, Equal> index_;
};

/// One entry of `tables:`, with the table as it was when the pipeline was loaded.
struct TableSpec {
    std::string name;
    std::filesystem::path file = {};  // empty: the rows stand in the pipeline
    char separator = ',';             // of a CSV file
    std::vector<std::string> key = {};
    std::vector<std::pair<std::string, std::string>> defaults = {};  // column and cell
    OnMissing on_missing = OnMissing::Reject;
    std::shared_ptr<const Table> table = {};  // null: it could not be read here
    config::Position at = {};
};

}  // namespace aorta::tables
