#include "pipeline/yaml_source.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace aorta::pipeline {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

}  // namespace

YamlSource::YamlSource(std::string_view text, std::string file)
    : text_(text), file_(std::move(file)) {
    if (text_.starts_with(kByteOrderMark)) {
        text_.remove_prefix(kByteOrderMark.size());
    }
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (text_[i] == '\n') {
            line_starts_.push_back(i + 1);
        }
    }
}

bool YamlSource::check(config::Diagnostics& diagnostics) const {
    if (const auto bad = base::find_invalid_utf8(text_)) {
        diagnostics.error(position(*bad), "a byte that is no UTF-8", "save the file as UTF-8");
        return false;
    }
    for (std::size_t i = 0; i < text_.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text_[i]);
        const bool ends_line = byte == '\n' || (byte == '\r' && at(i + 1) == '\n');
        if ((byte < 0x20 && byte != '\t' && !ends_line) || byte == 0x7F) {
            diagnostics.error(position(i),
                              fmt::format("a control character (0x{:02x})", byte),
                              "in a text in double quotes write \\r, \\x0b and so on");
            return false;
        }
    }
    bool is_clean = true;
    for (std::size_t line = 0; line < line_starts_.size(); ++line) {
        is_clean = check_line(line, diagnostics) && is_clean;
    }
    return is_clean;
}

bool YamlSource::check_line(std::size_t line, config::Diagnostics& diagnostics) const {
    const std::size_t start = line_starts_[line];
    std::size_t i = start;
    while (at(i) == ' ') {
        ++i;
    }
    if (at(i) == '\t') {
        const std::size_t end =
            line + 1 < line_starts_.size() ? line_starts_[line + 1] : text_.size();
        if (!base::trim(text_.substr(i, end - i)).empty()) {
            diagnostics.error(position(i), "a tab in the indentation", "indent by spaces");
            return false;
        }
    }
    if (at(start) == '%') {
        diagnostics.error(position(start), "directives are not supported", "remove the line");
        return false;
    }
    return true;
}

config::Position YamlSource::position(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const std::size_t start = *std::prev(after);
    const std::size_t column = base::count_code_points(text_.substr(start, offset - start)) + 1;
    return {.file = file_,
            .line = static_cast<std::uint32_t>(std::distance(line_starts_.begin(), after)),
            .column = static_cast<std::uint32_t>(column)};
}

std::size_t YamlSource::skip_properties(std::size_t offset) const {
    while (at(offset) == '&' || at(offset) == '!') {
        while (offset < text_.size() && !is_blank(at(offset)) && at(offset) != '\n') {
            ++offset;
        }
        while (is_blank(at(offset))) {
            ++offset;
        }
    }
    return offset;
}

bool YamlSource::is_quote(std::size_t offset) const {
    return at(offset) == '"' || at(offset) == '\'';
}

std::optional<std::size_t> YamlSource::scalar_end(std::size_t offset,
                                                  std::string_view value) const {
    if (!is_quote(offset)) {
        const bool stands_there = text_.substr(std::min(offset, text_.size())).starts_with(value);
        return stands_there ? offset + value.size() : offset;
    }
    const char quote = at(offset);
    for (std::size_t i = offset + 1; i < text_.size(); ++i) {
        if (quote == '"' && text_[i] == '\\') {
            ++i;
        } else if (text_[i] == quote) {
            if (quote == '"' || at(i + 1) != quote) {
                return i + 1;
            }
            ++i;  // '' is a quote within single quotes
        }
    }
    return std::nullopt;
}

bool YamlSource::spans_lines(std::size_t begin, std::size_t end) const {
    return text_.substr(begin, end - begin).find('\n') != std::string_view::npos;
}

bool YamlSource::is_colon_next(std::size_t offset) const {
    while (is_blank(at(offset))) {
        ++offset;
    }
    return at(offset) == ':';
}

}  // namespace aorta::pipeline
