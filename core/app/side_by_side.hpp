// Two texts side by side, line by line, with the differences marked.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::app {

/// A line of the one text beside one of the other.
struct Pair {
    enum class Kind { Same, Changed, Removed, Added };

    Kind kind = Kind::Same;
    std::string_view before = {};
    std::string_view after = {};
};

/// Aligns the lines (ended by CR, LF or CRLF; empty ones left out) of two texts, which it borrows.
/// Lines that begin with the same three characters are thought to be the same segment.
std::vector<Pair> align(std::string_view before, std::string_view after);

/// How a changed part of a line is shown; plain text when nothing is to be done.
using Paint = std::function<std::string(std::string_view)>;

struct SideBySide {
    std::size_t width = 100;    // of a whole row
    bool only_changes = false;  // leave out lines that are the same
    Paint removed = {};
    Paint added = {};
};

/// The next character of a text, which must not be empty, as a terminal can show it: `?` for
/// controls and what is no UTF-8. It is taken off.
std::string_view take_character(std::string_view& text);

/// Rows "before | after", with '!', '-' or '+' in front of what differs. Control characters and
/// bytes that are no UTF-8 are shown as '?', so that no text can play with the terminal.
std::string show(const std::vector<Pair>& pairs, const SideBySide& how);

}  // namespace aorta::app
