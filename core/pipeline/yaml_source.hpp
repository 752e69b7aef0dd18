// The text of a YAML file, as yaml-cpp's marks point into it. Internal to parse_yaml.
#pragma once

#include "config/diagnostic.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pipeline {

/// Looks at the text where yaml-cpp does not look closely. Borrows the text; offsets are bytes.
class YamlSource {
public:
    YamlSource(std::string_view text, std::string file);

    /// Without a byte order mark.
    std::string_view text() const { return text_; }

    /// Reports bytes that no line of YAML may hold; false when there are any.
    bool check(config::Diagnostics& diagnostics) const;

    config::Position position(std::size_t offset) const;

    /// Over anchors and tags to the scalar itself.
    std::size_t skip_properties(std::size_t offset) const;

    bool is_quote(std::size_t offset) const;

    /// Where the scalar that begins at `offset` and reads as `value` ends, if it stands in one line
    /// or in quotes; nothing when its quote is never closed.
    std::optional<std::size_t> scalar_end(std::size_t offset, std::string_view value) const;

    bool spans_lines(std::size_t begin, std::size_t end) const;

    /// Whether blanks and a colon follow.
    bool is_colon_next(std::size_t offset) const;

private:
    bool check_line(std::size_t line, config::Diagnostics& diagnostics) const;

    char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }

    std::string_view text_;
    std::string file_;
    std::vector<std::size_t> line_starts_;
};

}  // namespace aorta::pipeline
