#include "tables/table.hpp"

#include "base/suggest.hpp"

#include <aorta/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace aorta::tables {
namespace {

std::size_t mix(std::size_t seed, aorta_str part) {
    constexpr std::size_t kOdd = 0x9E3779B97F4A7C15ULL;
    return (seed ^ std::hash<std::string_view>{}(from_abi(part))) * kOdd;
}

bool has_outer_blank(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    return !text.empty() && (kBlanks.find(text.front()) != std::string_view::npos ||
                             kBlanks.find(text.back()) != std::string_view::npos);
}

/// "`code`, `system`"
std::string names_of(const std::vector<std::string>& columns,
                     const std::vector<std::uint32_t>& keys) {
    std::string out;
    for (const std::uint32_t key : keys) {
        out += (out.empty() ? "`" : ", `") + columns[key] + "`";
    }
    return out;
}

}  // namespace

Table::Table(std::vector<std::string> columns)
    : columns_(std::move(columns)), index_(0, Hash{this}, Equal{this}) {}

std::shared_ptr<const Table> Table::make(Grid grid,
                                         std::span<const std::string> key,
                                         config::Diagnostics& diagnostics) {
    const std::size_t errors_before = diagnostics.error_count();
    const std::shared_ptr<Table> made(new Table(std::move(grid.columns)));
    const std::vector<std::string>& columns = made->columns_;
    for (const std::string& name : key) {
        const auto found = std::find(columns.begin(), columns.end(), name);
        if (found == columns.end()) {
            diagnostics.error(grid.at,
                              fmt::format("the table has no column `{}`, which `key` names", name),
                              base::suggestion_hint(name, columns));
            return nullptr;
        }
        made->keys_.push_back(static_cast<std::uint32_t>(found - columns.begin()));
    }
    if (key.empty()) {
        made->keys_.push_back(0);
    }
    std::size_t size = 0;
    for (const Grid::Row& row : grid.rows) {
        for (const std::string& cell : row.cells) {
            size += cell.size();
        }
    }
    // The cells point into it: it must not grow later.
    made->text_.reserve(size);
    const Grid::Row* padded = nullptr;  // the first with blanks around its key
    std::size_t padded_count = 0;
    made->cells_.reserve(grid.rows.size() * columns.size());
    made->index_.reserve(grid.rows.size());
    for (std::size_t i = 0; i < grid.rows.size(); ++i) {
        for (const std::string& cell : grid.rows[i].cells) {
            made->cells_.push_back({made->text_.data() + made->text_.size(), cell.size()});
            made->text_ += cell;
        }
        if (std::any_of(made->keys_.begin(), made->keys_.end(), [&](std::uint32_t column) {
                return has_outer_blank(grid.rows[i].cells[column]);
            })) {
            padded = padded_count++ == 0 ? &grid.rows[i] : padded;
        }
        const auto [first, is_new] = made->index_.insert(static_cast<std::uint32_t>(i));
        if (!is_new) {
            diagnostics.error(grid.rows[i].at,
                              fmt::format("the key of this row ({}) stands in line {}, too",
                                          names_of(columns, made->keys_),
                                          grid.rows[*first].at.line),
                              "a key names one row");
        }
        if (diagnostics.error_count() - errors_before >= kMaxReports) {
            return nullptr;
        }
    }
    if (padded != nullptr) {
        diagnostics.warning(
            padded->at,
            fmt::format("the key ({}) begins or ends with a blank, here and in {} other rows",
                        names_of(columns, made->keys_),
                        padded_count - 1),
            "blanks belong to the key: take them off, unless what is looked up has them, too");
    }
    return diagnostics.error_count() == errors_before ? made : nullptr;
}

const aorta_str* Table::find(Key key) const {
    if (key.size() != keys_.size()) {
        return nullptr;
    }
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : row(*found);
}

std::size_t Table::Hash::operator()(std::uint32_t row) const {
    std::size_t hash = 0;
    for (const std::uint32_t column : table->keys_) {
        hash = mix(hash, table->row(row)[column]);
    }
    return hash;
}

std::size_t Table::Hash::operator()(Key key) const {
    std::size_t hash = 0;
    for (const aorta_str part : key) {
        hash = mix(hash, part);
    }
    return hash;
}

bool Table::Equal::operator()(std::uint32_t left, std::uint32_t right) const {
    return std::all_of(table->keys_.begin(), table->keys_.end(), [&](std::uint32_t column) {
        return from_abi(table->row(left)[column]) == from_abi(table->row(right)[column]);
    });
}

bool Table::Equal::operator()(Key left, std::uint32_t right) const {
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (from_abi(left[i]) != from_abi(table->row(right)[table->keys_[i]])) {
            return false;
        }
    }
    return true;
}

}  // namespace aorta::tables
