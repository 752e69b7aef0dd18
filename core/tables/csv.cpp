#include "tables/csv.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace aorta::tables {
namespace {

constexpr std::size_t kMaxReports = 20;

/// Reads one line after the other.
class CsvReader {
public:
    CsvReader(std::string_view text,
              const std::string& file,
              char separator,
              config::Diagnostics& diagnostics)
        : text_(text), file_(file), separator_(separator), diagnostics_(diagnostics) {}

    /// The next line that is not empty. False at the end, or when the rest makes no sense.
    bool next(Grid::Row& row) {
        skip_empty_lines();
        row.cells.clear();
        row.at = here();
        if (at_end()) {
            return false;
        }
        while (true) {
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

    void skip_empty_lines() {
        while (!at_end() && ends_line()) {
            take_line_end();
        }
    }

    bool bare(std::string& cell) {
        while (!at_end() && peek() != separator_ && !ends_line()) {
            if (peek() == '"') {
                diagnostics_.error(
                    here(),
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
                diagnostics_.error(here(),
                                   "something stands behind the closing quote of a cell",
                                   "double a quote that belongs to the cell");
                return false;
            }
            cell += text_[at_++];
        }
        diagnostics_.error(begin, "the quote is not closed");
        return false;
    }

    std::string_view text_;
    const std::string& file_;
    char separator_;
    config::Diagnostics& diagnostics_;
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
    if (!check_columns(grid, limits, diagnostics)) {
        return std::nullopt;
    }
    while (reader.next(row)) {
        if (grid.rows.size() == limits.max_rows) {
            diagnostics.error(row.at,
                              fmt::format("the table has more than {} rows", limits.max_rows));
            return std::nullopt;
        }
        if (row.cells.size() != grid.columns.size()) {
            diagnostics.error(row.at,
                              fmt::format("the line has {} cells, the first line names {} columns",
                                          row.cells.size(),
                                          grid.columns.size()),
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
