#include "edit/hl7v2/texts.hpp"

#include "common/hl7/escape.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace aorta::plugins::edit {
namespace {

constexpr hl7::Delimiters kUsual;
constexpr std::size_t kLongestSequence = 16;

/// The size of the formatting or unknown escape sequence at the beginning of a text, or 0.
std::size_t sequence_size(std::string_view text, char escape) {
    if (escape == 0 || text.size() < 3 || text.front() != escape) {
        return 0;
    }
    const std::size_t end = text.substr(1, kLongestSequence).find(escape);
    if (end == std::string_view::npos || end == 0) {
        return 0;
    }
    constexpr std::string_view kFirst = ".HNZCM";
    return kFirst.find(text[1]) != std::string_view::npos ? end + 2 : 0;
}

/// The code point of a two-byte UTF-8 sequence of the Latin blocks, at an offset.
std::optional<std::uint32_t> latin_at(std::string_view text, std::size_t at) {
    if (at + 1 >= text.size()) {
        return std::nullopt;
    }
    const auto first = static_cast<unsigned char>(text[at]);
    const auto second = static_cast<unsigned char>(text[at + 1]);
    if (first < 0xC3 || first > 0xC5 || (second & 0xC0U) != 0x80) {
        return std::nullopt;
    }
    return ((first & 0x1FU) << 6U) | (second & 0x3FU);
}

void put_latin(std::string& text, std::size_t at, std::uint32_t code) {
    text[at] = static_cast<char>(0xC0U | (code >> 6U));
    text[at + 1] = static_cast<char>(0x80U | (code & 0x3FU));
}

// Latin-1: À…Þ and à…þ lie 32 apart, but for the signs × and ÷; ß and ÿ have no partner here.
// Latin Extended-A: pairs lie side by side; in two runs the small letter is the even one. İ, ı, ĸ,
// ŉ, Ÿ and ſ are no pairs within it.
std::uint32_t changed(std::uint32_t code, bool to_upper) {
    if (code >= 0xC0 && code <= 0xFE) {
        const bool is_letter = code != 0xD7 && code != 0xF7 && code != 0xDF;
        const bool is_lower = code >= 0xE0;
        return is_letter && is_lower == to_upper ? (to_upper ? code - 32 : code + 32) : code;
    }
    if (code < 0x100 || code > 0x17E || code == 0x130 || code == 0x131 || code == 0x138 ||
        code == 0x149 || code == 0x178) {
        return code;
    }
    const bool is_odd_first = (code >= 0x139 && code <= 0x148) || code >= 0x179;
    const bool is_lower = (code % 2 == 1) != is_odd_first;
    return is_lower == to_upper ? (to_upper ? code - 1 : code + 1) : code;
}

char changed(char c, bool to_upper) {
    const bool is_lower = c >= 'a' && c <= 'z';
    const bool is_upper = c >= 'A' && c <= 'Z';
    const int shift = 'a' - 'A';
    if (to_upper && is_lower) {
        return static_cast<char>(c - shift);
    }
    return !to_upper && is_upper ? static_cast<char>(c + shift) : c;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    }));
}

}  // namespace

Decoded decode(std::string_view raw, const hl7::Delimiters& delimiters) {
    Decoded out;
    out.has_sequences = hl7::decode(raw, delimiters, hl7::TextKind::Plain, out.text) != 0;
    return out;
}

bool encode(std::string_view text,
            const hl7::Delimiters& delimiters,
            bool keep_sequences,
            std::string& raw) {
    while (keep_sequences && !text.empty()) {
        std::size_t at = 0;
        std::size_t size = 0;
        while (at < text.size() && size == 0) {
            size = sequence_size(text.substr(at), delimiters.escape);
            at += size == 0 ? 1 : 0;
        }
        if (!hl7::encode(text.substr(0, at), delimiters, raw)) {
            return false;
        }
        raw.append(text.substr(at, size));
        text.remove_prefix(at + size);
    }
    return hl7::encode(text, delimiters, raw).ok();
}

bool translate(std::string_view raw, const hl7::Delimiters& delimiters, std::string& out) {
    if (delimiters == kUsual) {
        out.append(raw);
        return true;
    }
    while (!raw.empty()) {
        const std::size_t plain = std::min(raw.find_first_of("^~\\&"), raw.size());
        if (!hl7::encode(raw.substr(0, plain), delimiters, out)) {
            return false;
        }
        if (plain < raw.size()) {
            const char usual = raw[plain];
            const char own = usual == kUsual.component    ? delimiters.component
                             : usual == kUsual.repetition ? delimiters.repetition
                             : usual == kUsual.escape     ? delimiters.escape
                                                          : delimiters.subcomponent;
            if (own == 0) {
                return false;
            }
            out += own;
        }
        raw.remove_prefix(std::min(plain + 1, raw.size()));
    }
    return true;
}

void change_case(std::string& text, Case to, char escape) {
    bool begins = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const std::size_t size = sequence_size(std::string_view{text}.substr(i), escape);
            size != 0) {
            i += size - 1;
            begins = true;
            continue;
        }
        const bool to_upper = to == Case::Upper || (to == Case::Title && begins);
        begins = !is_letter(text[i]);
        if (const auto code = latin_at(text, i)) {
            put_latin(text, i, changed(*code, to_upper));
            ++i;
        } else {
            text[i] = changed(text[i], to_upper);
        }
    }
}

void pad(std::string& text, std::size_t width, std::string_view fill, Side side) {
    const std::size_t size = count_characters(text);
    if (size >= width) {
        return;
    }
    std::string filling;
    for (std::size_t i = size; i < width; ++i) {
        filling += fill;
    }
    text.insert(side == Side::Left ? 0 : text.size(), filling);
}

void trim(std::string& text, std::string_view what) {
    const std::size_t first = text.find_first_not_of(what);
    if (first == std::string::npos) {
        text.clear();
        return;
    }
    text.erase(text.find_last_not_of(what) + 1);
    text.erase(0, first);
}

}  // namespace aorta::plugins::edit
