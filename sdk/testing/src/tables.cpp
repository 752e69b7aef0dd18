#include "tables.hpp"

#include "host.hpp"

#include <algorithm>
#include <utility>

namespace aorta::testing {
namespace {

std::vector<aorta_str> abi_texts(const std::vector<std::string>& texts) {
    std::vector<aorta_str> out;
    for (const std::string& text : texts) {
        out.push_back(abi_text(text));
    }
    return out;
}

}  // namespace

TestTables::TestTables(std::vector<Table> tables)
    : tables_(std::move(tables)), abi_{sizeof(aorta_tables), this, open, name, find} {
    for (const Table& table : tables_) {
        Known& known = known_.emplace_back();
        known.name = table.name;
        known.names = abi_texts(table.columns);
        known.default_cells = abi_texts(table.defaults);
        for (const std::vector<std::string>& row : table.rows) {
            known.rows.push_back(abi_texts(row));
            known.rows.back().resize(table.columns.size(), aorta_str{"", 0});
        }
        for (const std::string& key : table.key) {
            const auto at = std::find(table.columns.begin(), table.columns.end(), key);
            known.key_columns.push_back(static_cast<std::uint32_t>(at - table.columns.begin()));
        }
        if (table.key.empty()) {
            known.key_columns.push_back(0);
        }
        known.size = sizeof(aorta_table);
        known.column_count = static_cast<std::uint32_t>(known.names.size());
        known.columns = known.names.data();
        known.key_count = static_cast<std::uint32_t>(known.key_columns.size());
        known.keys = known.key_columns.data();
        known.on_missing = table.on_missing;
        known.defaults = known.default_cells.empty() ? nullptr : known.default_cells.data();
    }
}

const aorta_table* TestTables::open(const aorta_tables* self, aorta_str name) {
    for (const Known& known : static_cast<const TestTables*>(self->data)->known_) {
        if (known.name == text_of(name)) {
            return &known;
        }
    }
    return nullptr;
}

aorta_str TestTables::name(const aorta_tables* self, std::uint32_t index) {
    const auto& known = static_cast<const TestTables*>(self->data)->known_;
    return index < known.size() ? abi_text(known[index].name) : aorta_str{nullptr, 0};
}

const aorta_str* TestTables::find(const aorta_tables* /*self*/,
                                  const aorta_table* table,
                                  const aorta_str* keys,
                                  std::uint32_t count) {
    const auto& known = static_cast<const Known&>(*table);
    for (const std::vector<aorta_str>& row : known.rows) {
        bool is_match = count == known.key_columns.size();
        for (std::uint32_t i = 0; is_match && i < count; ++i) {
            is_match = text_of(row[known.key_columns[i]]) == text_of(keys[i]);
        }
        if (is_match) {
            return row.data();
        }
    }
    return nullptr;
}

}  // namespace aorta::testing
