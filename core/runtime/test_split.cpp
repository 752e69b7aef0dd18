#include "runtime/test_split.hpp"

#include <algorithm>
#include <array>

namespace aorta::runtime {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kLineEnds = "\r\n";

/// The first line with its end (CR, LF or CRLF); taken off the text.
std::string_view take_line(std::string_view& text) {
    std::size_t end = text.find_first_of(kLineEnds);
    if (end == std::string_view::npos) {
        end = text.size();
    } else {
        end += text.substr(end).starts_with("\r\n") ? 2 : 1;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    return line;
}

std::string_view without_mark(std::string_view bytes) {
    if (bytes.starts_with(kByteOrderMark)) {
        bytes.remove_prefix(kByteOrderMark.size());
    }
    return bytes;
}

bool is_envelope(std::string_view line) {
    constexpr std::array<std::string_view, 4> kNames = {"FHS", "BHS", "BTS", "FTS"};
    return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
        return line.starts_with(name);
    });
}

std::vector<std::string> split_hl7(std::string_view bytes) {
    constexpr char kFrameStart = '\x0B';
    constexpr char kFrameEnd = '\x1C';
    std::vector<std::string> records;
    bool is_inside = false;
    std::string_view rest = without_mark(bytes);
    while (!rest.empty()) {
        std::string_view line = take_line(rest);
        if (line.front() == kFrameStart) {
            line.remove_prefix(1);
        }
        if (line.empty() || line.front() == kFrameEnd || is_envelope(line)) {
            is_inside = false;
        } else if (line.starts_with("MSH")) {
            records.emplace_back(line);
            is_inside = true;
        } else if (is_inside && line.find_first_not_of(kLineEnds) != std::string_view::npos) {
            records.back() += line;
        }
    }
    if (records.empty() && !bytes.empty()) {
        records.emplace_back(bytes);
    }
    return records;
}

std::vector<std::string> split_lines(std::string_view bytes, bool keeps_empty) {
    std::vector<std::string> records;
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        std::string_view line = bytes.substr(0, end);
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (keeps_empty || !line.empty()) {
            records.emplace_back(line);
        }
    }
    return records;
}

}  // namespace

TestFormat test_format(std::string_view option,
                       std::string_view file_name,
                       std::string_view bytes) {
    if (option == "hl7v2") {
        return TestFormat::Hl7v2;
    }
    if (option == "lines") {
        return TestFormat::Lines;
    }
    if (option == "ndjson" || (option.empty() && file_name.ends_with(".ndjson"))) {
        return TestFormat::Ndjson;
    }
    bytes = without_mark(bytes);
    const bool is_hl7 = bytes.starts_with("MSH") || bytes.starts_with("\x0BMSH") ||
                        bytes.starts_with("FHS") || bytes.starts_with("BHS");
    return option.empty() && is_hl7 ? TestFormat::Hl7v2 : TestFormat::Whole;
}

std::vector<std::string> split_records(TestFormat format, std::string_view bytes) {
    switch (format) {
        case TestFormat::Hl7v2:
            return split_hl7(bytes);
        case TestFormat::Lines:
            return split_lines(bytes, true);
        case TestFormat::Ndjson:
            return split_lines(bytes, false);
        case TestFormat::Whole:
            break;
    }
    return {std::string{bytes}};
}

}  // namespace aorta::runtime
