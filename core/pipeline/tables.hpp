// `tables:` of a pipeline file.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"
#include "tables/store.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace aorta::pipeline {

/// Reads the entries of `tables:` and loads each table; keys and defaults are filled in. Files are
/// relative to `root`, the pipeline's folder. A table whose file is not known for want of a
/// variable has no `table`.
std::vector<tables::TableSpec> read_tables(config::Value& tree,
                                           const std::filesystem::path& root,
                                           config::Diagnostics& diagnostics);

/// Reads the file of a table: CSV, or YAML by its name (.yaml, .yml). Null after a report, whose
/// places are in that file.
std::shared_ptr<const tables::Table> load_table(const tables::TableSpec& spec,
                                                config::Diagnostics& diagnostics);

}  // namespace aorta::pipeline
