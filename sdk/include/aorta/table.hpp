// table.hpp: the tables of a pipeline, and where options are checked. Included by sdk.hpp.
#pragma once

#include <aorta/abi.h>
#include <aorta/ext/tables.h>
#include <aorta/options.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta {

/// A table of the pipeline, as one node has it open. A handle: copy it freely, use it on one thread
/// at a time. From Host::table, or from Diagnostics::table, where it has columns only.
class Table {
public:
    Table() = default;

    Table(const aorta_tables* tables, const aorta_table* table) : tables_(tables), table_(table) {}

    /// False for a table that the pipeline does not have.
    explicit operator bool() const { return table_ != nullptr; }

    /// 0 when the table cannot be read here (a check without the site's variables).
    std::size_t column_count() const { return table_->column_count; }

    std::string_view column(std::size_t index) const { return from_abi(table_->columns[index]); }

    /// The number of a column, or nothing.
    std::optional<std::size_t> find_column(std::string_view name) const {
        for (std::size_t i = 0; i < column_count(); ++i) {
            if (column(i) == name) {
                return i;
            }
        }
        return std::nullopt;
    }

    std::size_t key_count() const { return table_->key_count; }

    /// The name of the n-th column of the key.
    std::string_view key(std::size_t index) const { return column(table_->keys[index]); }

    /// AORTA_MISSING_…: what the pipeline says of keys that are not there.
    std::uint32_t on_missing() const { return table_->on_missing; }

    /// The cells that stand in for a missing row: one a column, or none at all.
    std::span<const aorta_str> defaults() const { return cells(table_->defaults); }

    /// The cells of the row with these keys (from_abi gives the text): one a column, or none at
    /// all when there is no such row. Valid until the next find.
    std::span<const aorta_str> find(std::span<const std::string_view> keys) const {
        aorta_str few[4];
        std::vector<aorta_str> many;
        aorta_str* abi = few;
        if (keys.size() > std::size(few)) {
            many.resize(keys.size());
            abi = many.data();
        }
        for (std::size_t i = 0; i < keys.size(); ++i) {
            abi[i] = to_abi(keys[i]);
        }
        return cells(tables_->find(tables_, table_, abi, static_cast<std::uint32_t>(keys.size())));
    }

    std::span<const aorta_str> find(std::string_view key) const { return find({&key, 1}); }

private:
    std::span<const aorta_str> cells(const aorta_str* maybe_row) const {
        return {maybe_row, maybe_row == nullptr ? 0 : column_count()};
    }

    const aorta_tables* tables_ = nullptr;
    const aorta_table* table_ = nullptr;
};

namespace detail {

inline Table open_table(const aorta_tables* tables, std::string_view name) {
    return tables == nullptr ? Table{} : Table{tables, tables->open(tables, to_abi(name))};
}

}  // namespace detail

/// Where `check` and `start` report problems of options, with the position in the pipeline file.
class Diagnostics {
public:
    explicit Diagnostics(const aorta_diagnostics* abi) : abi_(abi) {}

    void error(Options at, std::string_view message) {
        abi_->error(abi_, at.abi(), to_abi(message));
        failed_ = true;
    }

    void warning(Options at, std::string_view message) {
        abi_->warning(abi_, at.abi(), to_abi(message));
    }

    bool failed() const { return failed_; }

    /// A table of the pipeline with its columns, for `check` to look at; false when there is none.
    Table table(std::string_view name) const { return detail::open_table(tables(), name); }

    /// "the pipeline has the tables a, b": what to say of a name that is not among them.
    std::string table_names() const {
        std::string names;
        for (std::uint32_t i = 0; tables() != nullptr; ++i) {
            const std::string_view name = from_abi(tables()->name(tables(), i));
            if (name.empty()) {
                break;
            }
            names += (i == 0 ? "" : ", ") + std::string{name};
        }
        return names.empty() ? "the pipeline has no tables"
                             : "the pipeline has the tables " + names;
    }

private:
    const aorta_tables* tables() const {
        const bool can = abi_->size > offsetof(aorta_diagnostics, get_extension) &&
                         abi_->get_extension != nullptr;
        return can ? static_cast<const aorta_tables*>(abi_->get_extension(abi_, AORTA_EXT_TABLES))
                   : nullptr;
    }

    const aorta_diagnostics* abi_;
    bool failed_ = false;
};

}  // namespace aorta
