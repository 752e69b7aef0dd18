#include "pipeline/tables.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "config/keys.hpp"
#include "config/options.hpp"
#include "pipeline/access.hpp"
#include "pipeline/files.hpp"
#include "pipeline/yaml.hpp"
#include "tables/csv.hpp"
#include "tables/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace aorta::pipeline {
namespace {

using config::Value;
using tables::OnMissing;
using tables::TableSpec;
using Type = Value::Type;

constexpr std::size_t kMaxTables = 256;
constexpr tables::Limits kLimits;
constexpr YamlLimits kYamlLimits{.max_bytes = 16U << 20U, .max_nodes = 1'000'000};

bool is_unset(const Value* value) {
    return value != nullptr && value->origin.kind == config::Origin::Kind::Unset;
}

// Reads one entry of `tables:`.
class TableReader {
public:
    TableReader(const Value::Key& key,
                Value& entry,
                const std::filesystem::path& root,
                config::Diagnostics& diagnostics)
        : key_(key), entry_(entry), root_(root), diagnostics_(diagnostics) {}

    TableSpec read() {
        spec_.name = key_.name;
        spec_.at = key_.at;
        if (!base::is_snake_case(key_.name)) {
            diagnostics_.error(key_.at,
                               fmt::format("`{}` is no name for a table", key_.name),
                               "begin with a-z, go on with a-z, 0-9 and _, at most 64 characters");
        }
        const std::size_t errors_before = diagnostics_.error_count();
        if (Value* key = entry_.find("key"); key != nullptr && key->is(Type::String)) {
            *key = Value{.type = Type::List, .items = {*key}, .at = key->at};
        }
        entry_ = config::apply_options(entry_, config::table_keys(), diagnostics_);
        if (diagnostics_.error_count() == errors_before) {
            read_keys();
            load();
        }
        return std::move(spec_);
    }

private:
    void read_keys() {
        spec_.key = texts_of(entry_, "key");
        if (const std::string separator = text_of(entry_, "separator"); separator.size() == 1) {
            spec_.separator = separator.front();
        }
        const Value* defaults = known(entry_, "default");
        for (std::size_t i = 0; defaults != nullptr && i < defaults->items.size(); ++i) {
            const Value& cell = defaults->items[i];
            if (!cell.is_scalar() || cell.is(Type::Secret)) {
                diagnostics_.error(cell.at,
                                   fmt::format("a cell is a text, found {}", describe(cell.type)));
                continue;
            }
            spec_.defaults.emplace_back(defaults->keys[i].name,
                                        cell.is(Type::Null) ? std::string{} : cell.text);
        }
        spec_.on_missing = defaults == nullptr ? OnMissing::Reject : OnMissing::Default;
        if (const Value* word = known(entry_, "on_missing")) {
            const auto* const at = std::find(
                std::begin(tables::kOnMissingWords), std::end(tables::kOnMissingWords), word->text);
            spec_.on_missing = static_cast<OnMissing>(at - std::begin(tables::kOnMissingWords));
            if (spec_.on_missing == OnMissing::Default && defaults == nullptr) {
                diagnostics_.error(word->at,
                                   "`on_missing: default` needs a `default`",
                                   "write default: { column: text }");
            }
        }
    }

    void load() {
        const Value* file = entry_.find("file");
        const Value* rows = known(entry_, "rows");
        if (is_unset(file) || is_unset(entry_.find("rows"))) {
            return;
        }
        if ((known(entry_, "file") == nullptr) == (rows == nullptr)) {
            diagnostics_.error(key_.at,
                               fmt::format("the table `{}` has {}",
                                           key_.name,
                                           rows == nullptr ? "neither file nor rows"
                                                           : "a file and rows of its own"),
                               "write file: tables/NAME.csv, or rows: { … }");
            return;
        }
        if (rows == nullptr) {
            spec_.file = (root_ / file->text).lexically_normal();
            // A file that cannot be opened is a problem of the line that names it.
            if (const auto opened = read_small_file(spec_.file, kLimits.max_bytes); !opened) {
                diagnostics_.error(file->at, "table: " + opened.error().message);
                return;
            }
            spec_.table = load_table(spec_, diagnostics_);
        } else if (auto grid = tables::read_rows(*rows, spec_.key, diagnostics_, kLimits)) {
            spec_.table = tables::Table::make(std::move(*grid), spec_.key, diagnostics_);
        }
        if (spec_.table != nullptr) {
            check_defaults();
        }
    }

    void check_defaults() {
        const Value* defaults = known(entry_, "default");
        for (std::size_t i = 0; defaults != nullptr && i < defaults->keys.size(); ++i) {
            const std::vector<std::string>& columns = spec_.table->columns();
            const Value::Key& name = defaults->keys[i];
            const auto column = std::find(columns.begin(), columns.end(), name.name);
            const auto& keys = spec_.table->keys();
            if (column == columns.end()) {
                diagnostics_.error(name.at,
                                   fmt::format("the table has no column `{}`", name.name),
                                   base::suggestion_hint(name.name, columns));
            } else if (std::find(keys.begin(), keys.end(), column - columns.begin()) !=
                       keys.end()) {
                diagnostics_.error(name.at,
                                   fmt::format("`{}` is part of the key", name.name),
                                   "a default has the other columns");
            }
        }
    }

    const Value::Key& key_;
    Value& entry_;
    const std::filesystem::path& root_;
    config::Diagnostics& diagnostics_;
    TableSpec spec_;
};

}  // namespace

std::vector<TableSpec> read_tables(Value& tree,
                                   const std::filesystem::path& root,
                                   config::Diagnostics& diagnostics) {
    std::vector<TableSpec> out;
    if (!tree.is(Type::Map) || tree.items.size() > kMaxTables) {
        diagnostics.error(tree.at,
                          fmt::format("`tables` is a map of at most {} tables", kMaxTables),
                          "for example: tables: { loinc: { file: tables/loinc.csv, key: code } }");
        return out;
    }
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
        out.push_back(TableReader(tree.keys[i], tree.items[i], root, diagnostics).read());
    }
    return out;
}

std::shared_ptr<const tables::Table> load_table(const TableSpec& spec,
                                                config::Diagnostics& diagnostics) {
    const auto text = read_small_file(spec.file, kLimits.max_bytes);
    if (!text) {
        diagnostics.error({.file = spec.file.string()}, text.error().message);
        return nullptr;
    }
    std::optional<tables::Grid> grid;
    const std::string extension = spec.file.extension().string();
    if (extension == ".yaml" || extension == ".yml") {
        config::Diagnostics problems;
        const Value rows = parse_yaml(*text, spec.file.string(), problems, kYamlLimits);
        diagnostics.append(problems);
        if (!problems.has_errors()) {
            grid = tables::read_rows(rows, spec.key, diagnostics, kLimits);
        }
    } else {
        grid = tables::parse_csv(*text, spec.file.string(), spec.separator, diagnostics, kLimits);
    }
    return grid ? tables::Table::make(std::move(*grid), spec.key, diagnostics) : nullptr;
}

}  // namespace aorta::pipeline
