// A table written in YAML: in the pipeline itself, or in a file of its own.
#pragma once

#include "config/diagnostic.hpp"
#include "tables/grid.hpp"

#include <optional>
#include <span>
#include <string>

namespace aorta::tables {

/// Reads a list of maps (each with the same columns), or a map whose keys are cells of the column
/// `key` (one, "key" when none is named) and whose values are maps or, for a single column "value",
/// scalars. Cells are the text that was written; null is an empty cell. Reports what is wrong and
/// gives nothing then.
std::optional<Grid> read_rows(const config::Value& rows,
                              std::span<const std::string> key,
                              config::Diagnostics& diagnostics,
                              const Limits& limits = {});

}  // namespace aorta::tables
