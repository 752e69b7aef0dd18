#include "common/fhir/json_text.hpp"

#include "common/fhir/json_token.hpp"

#include <algorithm>
#include <cstdint>

namespace aorta::fhir {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

/// The length of the character that begins at `at`; 0 if none does. Table 3-7 of Unicode.
std::size_t character_length(std::string_view text, std::size_t at) {
    const std::uint8_t lead = byte_at(text, at);
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t length = lead < 0xC2    ? 0
                               : lead < 0xE0  ? 2
                               : lead < 0xF0  ? 3
                               : lead <= 0xF4 ? 4
                                              : 0;
    if (length == 0 || text.size() - at < length) {
        return 0;
    }
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    const std::uint8_t second = byte_at(text, at + 1);
    if (second < low || second > high) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte_at(text, at + i) & 0xC0U) != 0x80) {
            return 0;
        }
    }
    return length;
}

/// The letter of the two-byte escape for a character; 0 if it needs none or a longer one.
char short_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
            return c;
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

/// The character that the letter of a two-byte escape stands for.
char unescaped(char letter) {
    switch (letter) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return letter;
    }
}

bool is_plain(char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_utf8(std::uint32_t code, std::string& out) {
    const auto trail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | (code >> shift & 0x3FU));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | code >> 6U);
        trail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | code >> 12U);
        trail(6);
        trail(0);
    } else {
        out += static_cast<char>(0xF0U | code >> 18U);
        trail(12);
        trail(6);
        trail(0);
    }
}

}  // namespace

std::size_t valid_utf8_length(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length = character_length(text, at);
        if (length == 0) {
            return at;
        }
        at += length;
    }
    return at;
}

std::size_t append_json_string(std::string_view text, std::string& out) {
    constexpr char kHex[] = "0123456789abcdef";
    std::size_t replaced = 0;
    out += '"';
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t run = at;
        while (at < text.size() && is_plain(text[at])) {
            ++at;
        }
        out += text.substr(run, at - run);
        if (at == text.size()) {
            break;
        }
        const char c = text[at];
        if (static_cast<std::uint8_t>(c) >= 0x80) {
            const std::size_t length = character_length(text, at);
            out += length == 0 ? kReplacement : text.substr(at, length);
            replaced += length == 0 ? 1 : 0;
            at += length == 0 ? 1 : length;
            continue;
        }
        out += '\\';
        if (const char letter = short_escape(c)) {
            out += letter;
        } else {
            out.append("u00");
            out += kHex[static_cast<std::uint8_t>(c) >> 4U];
            out += kHex[static_cast<std::uint8_t>(c) & 15U];
        }
        ++at;
    }
    out += '"';
    return replaced;
}

void append_unescaped(std::string_view raw, std::string& out) {
    std::size_t at = 0;
    while (at < raw.size()) {
        const std::size_t escape = std::min(raw.find('\\', at), raw.size());
        out += raw.substr(at, escape - at);
        if (raw.size() - escape < 2) {
            return;
        }
        at = escape + 2;
        if (raw[escape + 1] != 'u') {
            out += unescaped(raw[escape + 1]);
            continue;
        }
        auto code = static_cast<std::uint32_t>(read_hex4(raw.substr(at)));
        at += 4;
        if (code >= 0xD800 && code <= 0xDBFF) {
            const auto low = static_cast<std::uint32_t>(read_hex4(raw.substr(at + 2)));
            code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
            at += 6;
        }
        append_utf8(code, out);
    }
}

}  // namespace aorta::fhir
