#include "tables/csv.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace aorta::tables {
namespace {

/// Reads one line after the other.
class CsvReader {
public:
    CsvReader(std::string_view text,
              const std::string& file,
              char separator,
              config::Diagnostics& diagnostics)
        : text_(text), file_(file), separator_(separator), diagnostics_(diagnostics) {}

    /// What reports call the columns from now on; they outlive this.
    void name_columns(const std::vector<std::string>& names) { names_ = &names; }

    /// The next line that is not empty. False at the end, or when the rest makes no sense.
    bool next(Grid::Row& row) {
        skip_empty_lines();
        row.cells.clear();
        column_ = 0;
        row.at = here();
        if (at_end()) {
            return false;
        }
        while (true) {
            ++column_;
            std::string cell;
            if (!(!at_end() && peek() == '"' ? quoted(cell) : bare(cell))) {
                return false;
            }
            row.cells.push_back(std::move(cell));
            if (at_end() || ends_line()) {
                take_line_end();
                return true;
            }
            ++at_;  // the separator: neither form of cell stops elsewhere
        }
    }

    config::Position here() const {
        return {file_,
                line_,
                static_cast<std::uint32_t>(
                    base::count_code_points(text_.substr(line_start_, at_ - line_start_)) + 1)};
    }

private:
    bool at_end() const { return at_ == text_.size(); }

    char peek() const { return text_[at_]; }

    bool ends_line() const {
        return peek() == '\n' || (peek() == '\r' && text_.substr(at_ + 1).starts_with('\n'));
    }

    void take_line_end() {
        if (at_end()) {
            return;
        }
        at_ += peek() == '\r' ? 2 : 1;
        begin_line();
    }

    void begin_line() {
        ++line_;
        line_start_ = at_;
    }

    /// Reports something in the column that is being read.
    void report(const config::Position& at, std::string_view what, std::string hint = {}) {
        const bool is_named = names_ != nullptr && column_ <= names_->size();
        diagnostics_.error(at,
                           is_named ? fmt::format("column `{}`: {}", (*names_)[column_ - 1], what)
                                    : fmt::format("column {}: {}", column_, what),
                           std::move(hint));
    }

    void skip_empty_lines() {
        while (!at_end() && ends_line()) {
            take_line_end();
        }
    }

    bool bare(std::string& cell) {
        while (!at_end() && peek() != separator_ && !ends_line()) {
            if (peek() == '"') {
                report(here(),
                       "a quote stands inside a cell that does not begin with one",
                       "put the whole cell in quotes and double the quote: \"5\"\" tube\"");
                return false;
            }
            cell += text_[at_++];
        }
        return true;
    }

    bool quoted(std::string& cell) {
        const config::Position begin = here();
        ++at_;
        while (!at_end()) {
            const char c = text_[at_++];
            if (c == '\n') {
                begin_line();
            }
            if (c != '"') {
                cell += c;
                continue;
            }
            if (at_end() || peek() == separator_ || ends_line()) {
                return true;
            }
            if (peek() != '"') {
                report(here(),
                       "something stands behind the closing quote of a cell",
                       "double a quote that belongs to the cell");
                return false;
            }
            cell += text_[at_++];
        }
        report(begin, "the quote is not closed");
        return false;
    }

    std::string_view text_;
    const std::string& file_;
    char separator_;
    config::Diagnostics& diagnostics_;
    const std::vector<std::string>* names_ = nullptr;  // null: they are being read
    std::size_t column_ = 0;                           // from 1
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    std::size_t line_start_ = 0;
};

bool check_columns(const Grid& grid, const Limits& limits, config::Diagnostics& diagnostics) {
    if (grid.columns.size() > limits.max_columns) {
        diagnostics.error(grid.at,
                          fmt::format("the table has more than {} columns", limits.max_columns));
        return false;
    }
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < grid.columns.size(); ++i) {
        const std::string& name = grid.columns[i];
        if (name.empty()) {
            diagnostics.error(grid.at,
                              fmt::format("column {} has no name", i + 1),
                              "the first line names the columns");
            return false;
        }
        if (!names.insert(name).second) {
            diagnostics.error(grid.at, fmt::format("two columns are named `{}`", name));
            return false;
        }
    }
    return true;
}

/// False after a report: the only column's name looks like those of several, with another separator
/// between them.
bool check_separator(const Grid& grid, char separator, config::Diagnostics& diagnostics) {
    const std::string_view name = grid.columns.front();
    const std::size_t found = name.find_first_of(",;\t|");
    if (grid.columns.size() > 1 || found == std::string_view::npos) {
        return true;
    }
    const auto shown = [](char c) { return c == '\t' ? std::string{"\\t"} : std::string{c}; };
    diagnostics.error(
        grid.at,
        fmt::format("the columns seem to be separated by `{}`, not by `{}`",
                    shown(name[found]),
                    shown(separator)),
        fmt::format("write separator: \"{}\" in the entry of `tables:`", shown(name[found])));
    return false;
}

/// What is wrong with the number of a row's cells, and in which column it shows.
std::string wrong_count(const Grid& grid, std::size_t cells) {
    const std::size_t columns = grid.columns.size();
    return fmt::format("the line has {} cells, the first line names {} columns: {}",
                       cells,
                       columns,
                       cells < columns
                           ? fmt::format("none for `{}`", grid.columns[cells])
                           : fmt::format("more follow behind `{}`", grid.columns.back()));
}

/// False after a report: the text is no text, or larger than allowed.
bool check_text(std::string_view text,
                const std::string& file,
                const Limits& limits,
                config::Diagnostics& diagnostics) {
    if (text.size() > limits.max_bytes) {
        diagnostics.error({.file = file},
                          fmt::format("the table is larger than {} bytes", limits.max_bytes));
        return false;
    }
    const auto bad =
        std::min(base::find_invalid_utf8(text).value_or(std::string_view::npos), text.find('\0'));
    if (bad == std::string_view::npos) {
        return true;
    }
    const std::string_view before = text.substr(0, bad);
    const auto line =
        static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
    diagnostics.error({.file = file, .line = line},
                      text[bad] == '\0' ? "the line has a NUL byte" : "the line is not UTF-8",
                      "save the table as UTF-8");
    return false;
}

}  // namespace

std::optional<Grid> parse_csv(std::string_view text,
                              const std::string& file,
                              char separator,
                              config::Diagnostics& diagnostics,
                              const Limits& limits) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    if (!check_text(text, file, limits, diagnostics)) {
        return std::nullopt;
    }
    const std::size_t errors_before = diagnostics.error_count();
    CsvReader reader(text, file, separator, diagnostics);
    Grid grid;
    Grid::Row row;
    if (!reader.next(row)) {
        if (diagnostics.error_count() == errors_before) {
            diagnostics.error(
                {file, 1, 1}, "the table is empty", "its first line names the columns");
        }
        return std::nullopt;
    }
    grid.columns = std::move(row.cells);
    grid.at = row.at;
    if (!check_separator(grid, separator, diagnostics) ||
        !check_columns(grid, limits, diagnostics)) {
        return std::nullopt;
    }
    reader.name_columns(grid.columns);
    while (reader.next(row)) {
        if (grid.rows.size() == limits.max_rows) {
            diagnostics.error(row.at,
                              fmt::format("the table has more than {} rows", limits.max_rows));
            return std::nullopt;
        }
        if (row.cells.size() != grid.columns.size()) {
            diagnostics.error(row.at,
                              wrong_count(grid, row.cells.size()),
                              "is a separator too few or too many, or a quote missing?");
        }
        if (diagnostics.error_count() - errors_before >= kMaxReports) {
            return std::nullopt;
        }
        grid.rows.push_back(std::move(row));
    }
    if (diagnostics.error_count() != errors_before) {
        return std::nullopt;
    }
    return grid;
}

}  // namespace aorta::tables
