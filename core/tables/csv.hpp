// CSV as RFC 4180 has it, strictly.
#pragma once

#include "config/diagnostic.hpp"
#include "tables/grid.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::tables {

/// Reads a text whose first line names the columns. Lines end in LF or CRLF; a byte order mark is
/// taken off; empty lines count for nothing; a cell in double quotes may hold separators, line ends
/// and, doubled, quotes. Spaces belong to the cell. Reports, each with its place, and then gives
/// nothing: bytes that are no UTF-8, NUL, a quote where none may stand or that is not closed, a
/// line with more or fewer cells than the first, columns without name or with the same one, another
/// separator than the one given, and what is over the limits. `file` names the text in reports,
/// which name columns and never hold cells.
std::optional<Grid> parse_csv(std::string_view text,
                              const std::string& file,
                              char separator,
                              config::Diagnostics& diagnostics,
                              const Limits& limits = {});

}  // namespace aorta::tables
