#include "common/hl7/recode.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7/scan.hpp"

#include <algorithm>

namespace aorta::hl7 {

namespace {

constexpr std::size_t kCharsetField = 18;
// So that \X..\ needs no second look; whatever is longer stays as it is.
constexpr std::size_t kMaxHexEscape = 4096;

bool needs_conversion(std::string_view bytes, bool has_shifts) {
    return !is_ascii(bytes) || (has_shifts && bytes.find('\x1B') != std::string_view::npos);
}

void append_hex_escape(std::string_view bytes, char escape, std::string& out) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out += escape;
    out += 'X';
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 15U];
    }
    out += escape;
}

/// Copies a message and converts the bytes that stand in \X..\.
template <class Convert>
void convert_hex_escapes(std::string_view message,
                         const Delimiters& delimiters,
                         bool has_shifts,
                         const Convert& convert,
                         std::string& out) {
    out.clear();
    if (delimiters.escape == 0) {
        out = message;
        return;
    }
    const char start[] = {delimiters.escape, 'X'};
    std::string converted;
    while (!message.empty()) {
        const std::size_t begin = message.find({start, sizeof start});
        out += message.substr(0, begin);
        if (begin == std::string_view::npos) {
            return;
        }
        message.remove_prefix(begin);
        const std::size_t end = message.substr(0, kMaxHexEscape).find(delimiters.escape, 1);
        const std::string_view raw = message.substr(0, end == std::string_view::npos ? 1 : end + 1);
        const std::string bytes = decode(raw, delimiters);
        converted.clear();
        const bool is_text =
            bytes != raw && needs_conversion(bytes, has_shifts) && convert(bytes, converted);
        if (is_text) {
            append_hex_escape(converted, delimiters.escape, out);
        } else {
            out += raw;
        }
        message.remove_prefix(raw.size());
    }
}

}  // namespace

std::string_view first_segment(std::string_view message) {
    message.remove_prefix(leading_noise(message));
    return message.substr(0, find_either(message, '\r', '\n'));
}

void set_msh18(std::string_view message,
               const Delimiters& delimiters,
               std::string_view msh18,
               std::string& out) {
    const std::string_view head = first_segment(message);
    const auto start = static_cast<std::size_t>(head.data() - message.data());
    // MSH-1 is the first separator itself: MSH-18 stands behind the 17th.
    std::size_t at = 0;
    std::size_t missing = kCharsetField - 1;
    while (missing > 0) {
        const std::size_t next = head.find(delimiters.field, at);
        if (next == std::string_view::npos) {
            at = head.size();
            break;
        }
        at = next + 1;
        --missing;
    }
    const std::size_t end = std::min(head.find(delimiters.field, at), head.size());
    out.clear();
    out += message.substr(0, start + at);
    out.append(missing, delimiters.field);
    out += msh18;
    out += message.substr(start + end);
}

Result<std::size_t> Recoder::to_utf8(std::string_view message,
                                     const CharsetChoice& from,
                                     std::string& out) {
    const Result<Delimiters> delimiters = parse_delimiters(first_segment(message));
    if (!delimiters.ok()) {
        return delimiters.error();
    }
    out.clear();
    const Result<std::size_t> invalid = text_.to_utf8(message, from, out, leading_noise(message));
    if (!invalid.ok()) {
        return invalid;
    }
    const auto convert = [&](std::string_view bytes, std::string& text) {
        return strict_.to_utf8(bytes, from, text).ok();
    };
    convert_hex_escapes(out, *delimiters, from.has_shifts, convert, scratch_);
    std::string name;
    if (Result<void> encoded = encode(utf8().name, *delimiters, name); !encoded.ok()) {
        return encoded.error();
    }
    set_msh18(scratch_, *delimiters, name, out);
    return invalid;
}

Result<std::size_t> Recoder::from_utf8(std::string_view message,
                                       const CharsetChoice& to,
                                       std::string_view msh18,
                                       std::string& out) {
    message.remove_prefix(leading_noise(message));
    const Result<Delimiters> delimiters = parse_delimiters(first_segment(message));
    if (!delimiters.ok()) {
        return delimiters.error();
    }
    const auto convert = [&](std::string_view bytes, std::string& text) {
        return strict_.from_utf8(bytes, to, text).ok();
    };
    convert_hex_escapes(message, *delimiters, false, convert, out);
    set_msh18(out, *delimiters, msh18, scratch_);
    out.clear();
    return text_.from_utf8(scratch_, to, out);
}

}  // namespace aorta::hl7
