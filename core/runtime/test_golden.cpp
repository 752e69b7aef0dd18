#include "runtime/test_golden.hpp"

#include "base/text.hpp"
#include "config/json.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace aorta::runtime {
namespace {

using config::Value;

struct FieldPath {
    std::string segment;
    std::size_t field = 0;
    std::size_t component = 0;  // 0: the whole field
};

std::optional<std::size_t> take_number(std::string_view& text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number == 0) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

/// SEG-5 or SEG-5.2
std::optional<FieldPath> parse_field(std::string_view path) {
    const auto is_name_char = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (path.size() < 5 || path[3] != '-' ||
        !std::all_of(path.begin(), path.begin() + 3, is_name_char)) {
        return std::nullopt;
    }
    FieldPath out{std::string{path.substr(0, 3)}};
    path.remove_prefix(4);
    const auto field = take_number(path);
    if (!field) {
        return std::nullopt;
    }
    out.field = *field;
    if (path.starts_with('.')) {
        path.remove_prefix(1);
        const auto component = take_number(path);
        if (!component) {
            return std::nullopt;
        }
        out.component = *component;
    }
    return path.empty() ? std::optional{out} : std::nullopt;
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = text.find(at);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

/// The delimiters are those of the last MSH; a segment before any has the usual ones.
struct Delimiters {
    char field = '|';
    char component = '^';
    char repetition = '~';
};

std::string blank_component(std::string_view field, std::size_t component, const Delimiters& by) {
    std::vector<std::string> repetitions = split(field, by.repetition);
    for (std::string& repetition : repetitions) {
        std::vector<std::string> parts = split(repetition, by.component);
        if (component <= parts.size()) {
            parts[component - 1].clear();
        }
        repetition = base::join(parts, std::string_view{&by.component, 1});
    }
    return base::join(repetitions, std::string_view{&by.repetition, 1});
}

void blank(std::string& line, const FieldPath& path, const Delimiters& by) {
    if (!line.starts_with(path.segment)) {
        return;
    }
    std::vector<std::string> fields = split(line, by.field);
    // MSH-1 is the separator itself, so that part k is field k + 1.
    const bool is_header = path.segment == "MSH";
    const std::size_t part = is_header ? path.field - 1 : path.field;
    if (part == 0 || part >= fields.size()) {
        return;
    }
    fields[part] =
        path.component == 0 ? std::string{} : blank_component(fields[part], path.component, by);
    line = base::join(fields, std::string_view{&by.field, 1});
}

bool is_json_path(std::string_view path) {
    const auto is_key_char = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.';
    };
    return !path.empty() && std::all_of(path.begin(), path.end(), is_key_char);
}

void remove_key(Value& value, std::span<const std::string> path) {
    if (value.is(Value::Type::List)) {
        for (Value& item : value.items) {
            remove_key(item, path);
        }
        return;
    }
    Value* found = value.find(path.front());
    if (found == nullptr) {
        return;
    }
    if (path.size() > 1) {
        remove_key(*found, path.subspan(1));
    } else {
        *found = Value{};
    }
}

void ignore_in_json(std::string& line, std::span<const std::vector<std::string>> paths) {
    if (paths.empty() || !line.starts_with('{')) {
        return;
    }
    auto parsed = config::parse_json(line);
    if (!parsed.ok()) {
        return;
    }
    for (const std::vector<std::string>& path : paths) {
        remove_key(*parsed, path);
    }
    line = config::to_json(*parsed);
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines = split(text, '\n');
    if (lines.back().empty()) {
        lines.pop_back();
    }
    return lines;
}

/// The length of the longest common subsequence of the lines from i and j on.
class CommonLines {
public:
    CommonLines(std::span<const std::string> left, std::span<const std::string> right)
        : width_(right.size() + 1), lengths_((left.size() + 1) * width_) {
        for (std::size_t i = left.size(); i-- > 0;) {
            for (std::size_t j = right.size(); j-- > 0;) {
                lengths_[i * width_ + j] = left[i] == right[j]
                                               ? at(i + 1, j + 1) + 1
                                               : std::max(at(i + 1, j), at(i, j + 1));
            }
        }
    }

    std::uint32_t at(std::size_t i, std::size_t j) const { return lengths_[i * width_ + j]; }

private:
    std::size_t width_;
    std::vector<std::uint32_t> lengths_;
};

constexpr std::size_t kMostCompared = 2000;
constexpr std::size_t kLongestLine = 200;

std::string shown(char mark, const std::string& line) {
    std::string out{mark};
    out += ' ';
    out += line.substr(0, kLongestLine);
    return out + (line.size() > kLongestLine ? "…\n" : "\n");
}

/// All lines with their marks: '-', '+' or ' '.
std::vector<std::string> marked(std::span<const std::string> left,
                                std::span<const std::string> right) {
    const CommonLines common{left, right};
    std::vector<std::string> out;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < left.size() || j < right.size()) {
        if (i < left.size() && j < right.size() && left[i] == right[j]) {
            out.push_back(shown(' ', left[i++]));
            ++j;
        } else if (j == right.size() ||
                   (i < left.size() && common.at(i + 1, j) >= common.at(i, j + 1))) {
            out.push_back(shown('-', left[i++]));
        } else {
            out.push_back(shown('+', right[j++]));
        }
    }
    return out;
}

}  // namespace

std::string golden_text(std::span<const std::string> records) {
    std::string out;
    for (const std::string& record : records) {
        for (std::size_t i = 0; i < record.size(); ++i) {
            const bool is_crlf =
                record[i] == '\r' && i + 1 < record.size() && record[i + 1] == '\n';
            if (!is_crlf) {
                out += record[i] == '\r' ? '\n' : record[i];
            }
        }
        if (!out.empty() && out.back() != '\n') {
            out += '\n';
        }
    }
    return out;
}

Result<std::string> without_ignored(std::string text, std::span<const std::string> paths) {
    std::vector<FieldPath> fields;
    std::vector<std::vector<std::string>> keys;
    for (const std::string& path : paths) {
        if (auto field = parse_field(path)) {
            fields.push_back(std::move(*field));
        } else if (is_json_path(path)) {
            keys.push_back(split(path, '.'));
        } else {
            return Error{ErrorCode::InvalidConfig,
                         "`ignore` takes HL7 fields (MSH-7, OBX-5.2) and JSON keys "
                         "(meta.lastUpdated), not `" +
                             path + "`"};
        }
    }
    if (fields.empty() && keys.empty()) {
        return text;
    }
    Delimiters by;
    std::string out;
    for (std::string& line : lines_of(text)) {
        if (line.starts_with("MSH") && line.size() > 5) {
            by = {line[3], line[4], line[5]};
        }
        for (const FieldPath& field : fields) {
            blank(line, field, by);
        }
        ignore_in_json(line, keys);
        out += line + "\n";
    }
    return out;
}

std::string diff(std::string_view expected, std::string_view came, std::size_t most) {
    if (expected == came) {
        return {};
    }
    std::vector<std::string> left = lines_of(expected);
    std::vector<std::string> right = lines_of(came);
    left.resize(std::min(left.size(), kMostCompared));
    right.resize(std::min(right.size(), kMostCompared));
    const std::vector<std::string> all = marked(left, right);
    const auto differs = [&](std::size_t i) { return i < all.size() && all[i].front() != ' '; };
    std::string out;
    std::size_t count = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!differs(i) && !differs(i + 1) && (i == 0 || !differs(i - 1))) {
            continue;
        }
        if (++count > most) {
            return out + "  …\n";
        }
        out += all[i];
    }
    return out.empty() ? "  (they differ beyond what is compared line by line)\n" : out;
}

}  // namespace aorta::runtime
