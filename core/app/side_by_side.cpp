#include "app/side_by_side.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdint>

namespace aorta::app {
namespace {

// Beyond this many pairs of lines, lines are compared in their order only.
constexpr std::size_t kMaxTable = 4'000'000;
constexpr std::size_t kLeastColumn = 20;

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        if (end != 0) {
            out.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

/// 2 for the same line, 1 for the same segment, else 0: what it is worth to pair them.
int likeness(std::string_view left, std::string_view right) {
    if (left == right) {
        return 2;
    }
    return left.substr(0, 3) == right.substr(0, 3) ? 1 : 0;
}

/// A piece of a line, as wide as its characters are many.
struct Piece {
    std::string_view text;
    bool is_changed = false;
};

/// Cuts a line into its fields and marks those that the other line has otherwise.
std::vector<Piece> pieces_of(std::string_view line, std::string_view other, bool is_marked) {
    std::vector<Piece> out;
    if (!is_marked) {
        out.push_back({line, false});
        return out;
    }
    while (!line.empty()) {
        const std::size_t end = std::min(line.find('|'), line.size());
        const std::size_t other_end = std::min(other.find('|'), other.size());
        out.push_back({line.substr(0, end), line.substr(0, end) != other.substr(0, other_end)});
        if (end < line.size()) {
            out.push_back({line.substr(end, 1), false});
        }
        line.remove_prefix(std::min(end + 1, line.size()));
        other.remove_prefix(std::min(other_end + 1, other.size()));
    }
    return out;
}

/// The pieces in rows of at most `width` characters, each filled up with spaces.
std::vector<std::string> wrap(const std::vector<Piece>& pieces,
                              std::size_t width,
                              const Paint& paint) {
    std::vector<std::string> rows;
    std::string row;
    std::size_t used = 0;
    const auto end_row = [&] {
        row.append(width - used, ' ');
        rows.push_back(std::move(row));
        row.clear();
        used = 0;
    };
    for (const Piece& piece : pieces) {
        std::string_view rest = piece.text;
        while (!rest.empty()) {
            if (used == width) {
                end_row();
            }
            std::string part;
            while (!rest.empty() && used < width) {
                part += take_character(rest);
                ++used;
            }
            row += piece.is_changed && paint ? paint(part) : part;
        }
    }
    end_row();
    return rows;
}

char mark_of(Pair::Kind kind) {
    constexpr char kMarks[] = {' ', '!', '-', '+'};
    return kMarks[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string_view take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const std::string_view character = text.substr(0, size);
    const bool is_good = character.size() == size && !base::find_invalid_utf8(character);
    // C1 controls (U+0080 … U+009F) begin with C2.
    const bool is_control =
        first < 0x20 || first == 0x7F ||
        (first == 0xC2 && size == 2 && is_good && static_cast<unsigned char>(character[1]) < 0xA0);
    text.remove_prefix(is_good ? size : 1);
    return is_good && !is_control ? character : std::string_view{"?"};
}

std::vector<Pair> align(std::string_view before, std::string_view after) {
    const std::vector<std::string_view> left = lines_of(before);
    const std::vector<std::string_view> right = lines_of(after);
    const std::size_t columns = right.size() + 1;
    // best[i][j]: what the lines from i and j on are worth together.
    std::vector<std::uint32_t> best;
    const bool is_small = (left.size() + 1) * columns <= kMaxTable;
    if (is_small) {
        best.resize((left.size() + 1) * columns);
        for (std::size_t i = left.size(); i-- > 0;) {
            for (std::size_t j = right.size(); j-- > 0;) {
                const auto worth = static_cast<std::uint32_t>(likeness(left[i], right[j]));
                const std::uint32_t paired =
                    worth == 0 ? 0 : best[(i + 1) * columns + j + 1] + worth;
                best[i * columns + j] =
                    std::max({paired, best[(i + 1) * columns + j], best[i * columns + j + 1]});
            }
        }
    }
    std::vector<Pair> out;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < left.size() || j < right.size()) {
        const bool both = i < left.size() && j < right.size();
        const int worth = both ? likeness(left[i], right[j]) : 0;
        const bool is_pair =
            both &&
            (is_small ? worth != 0 && best[i * columns + j] == best[(i + 1) * columns + j + 1] +
                                                                   static_cast<std::uint32_t>(worth)
                      : true);
        if (is_pair) {
            out.push_back(
                {worth == 2 ? Pair::Kind::Same : Pair::Kind::Changed, left[i++], right[j++]});
        } else if (i < left.size() &&
                   (!both || !is_small || best[i * columns + j] == best[(i + 1) * columns + j])) {
            out.push_back({.kind = Pair::Kind::Removed, .before = left[i++]});
        } else {
            out.push_back({.kind = Pair::Kind::Added, .after = right[j++]});
        }
    }
    return out;
}

std::string show(const std::vector<Pair>& pairs, const SideBySide& how) {
    // "! left | right"
    const std::size_t column = std::max(how.width > 5 ? (how.width - 5) / 2 : 0, kLeastColumn);
    std::string out;
    for (const Pair& pair : pairs) {
        if (how.only_changes && pair.kind == Pair::Kind::Same) {
            continue;
        }
        const bool is_marked = pair.kind != Pair::Kind::Same;
        std::vector<std::string> left =
            wrap(pieces_of(pair.before, pair.after, is_marked), column, how.removed);
        std::vector<std::string> right =
            wrap(pieces_of(pair.after, pair.before, is_marked), column, how.added);
        const std::size_t rows = std::max(left.size(), right.size());
        left.resize(rows, std::string(column, ' '));
        right.resize(rows, std::string(column, ' '));
        for (std::size_t i = 0; i < rows; ++i) {
            std::string row{mark_of(pair.kind)};
            row += " " + left[i] + " | " + right[i];
            row.erase(row.find_last_not_of(' ') + 1);
            out += row + "\n";
        }
    }
    return out;
}

}  // namespace aorta::app
