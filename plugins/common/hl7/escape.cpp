#include "common/hl7/escape.hpp"

#include "common/hl7/reason.hpp"

#include <cstdint>

namespace aorta::hl7 {

namespace {

constexpr std::size_t kMaxSpaces = 1000;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return -1;
}

/// \Xhh..\: pairs of digits, one at least.
bool decode_hex(std::string_view digits, std::string& out) {
    if (digits.empty() || digits.size() % 2 != 0) {
        return false;
    }
    const std::size_t start = out.size();
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = hex_digit(digits[i]);
        const int low = hex_digit(digits[i + 1]);
        if (high < 0 || low < 0) {
            out.resize(start);
            return false;
        }
        out += static_cast<char>(high * 16 + low);
    }
    return true;
}

/// The number of \.sp3\ or \.sp+3\; 1 when there is none.
bool read_count(std::string_view text, std::size_t& count) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '+')) {
        text.remove_prefix(1);
    }
    if (text.empty()) {
        count = 1;
        return true;
    }
    count = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || count > kMaxSpaces) {
            return false;
        }
        count = count * 10 + static_cast<std::size_t>(c - '0');
    }
    return count <= kMaxSpaces;
}

/// The formatting commands of FT, TX and CF, reduced to line breaks and spaces.
bool decode_formatting(std::string_view body, std::string& out) {
    if (body == "H" || body == "N" || body == ".fi" || body == ".nf" || body.starts_with(".in") ||
        body.starts_with(".ti")) {
        return true;
    }
    if (body == ".br" || body == ".ce") {
        out += '\n';
        return true;
    }
    std::size_t count = 0;
    if (body.starts_with(".sp") && read_count(body.substr(3), count)) {
        out.append(count, '\n');
        return true;
    }
    if (body.starts_with(".sk") && read_count(body.substr(3), count)) {
        out.append(count, ' ');
        return true;
    }
    return false;
}

char delimiter_of(char letter, const Delimiters& delimiters) {
    switch (letter) {
        case 'F':
            return delimiters.field;
        case 'S':
            return delimiters.component;
        case 'T':
            return delimiters.subcomponent;
        case 'R':
            return delimiters.repetition;
        case 'E':
            return delimiters.escape;
        case 'P':
            return delimiters.truncation;
        default:
            return 0;
    }
}

bool decode_sequence(std::string_view body,
                     const Delimiters& delimiters,
                     TextKind kind,
                     std::string& out) {
    if (body.size() == 1) {
        if (const char c = delimiter_of(body[0], delimiters); c != 0) {
            out += c;
            return true;
        }
    }
    if (!body.empty() && body[0] == 'X') {
        return decode_hex(body.substr(1), out);
    }
    return kind == TextKind::Formatted && decode_formatting(body, out);
}

/// Has the form of a sequence (highlighting, a character set, local, a command, a delimiter), as
/// opposed to a stray escape character in front of text.
bool has_sequence_form(std::string_view body) {
    constexpr std::string_view kSingle = "HNFSTREPX";
    if (body.empty()) {
        return false;
    }
    if (body.size() == 1) {
        return kSingle.find(body[0]) != std::string_view::npos;
    }
    const auto all_hex = [](std::string_view digits) {
        for (const char c : digits) {
            if (hex_digit(c) < 0) {
                return false;
            }
        }
        return true;
    };
    switch (body[0]) {
        case 'C':
            return body.size() == 5 && all_hex(body.substr(1));
        case 'M':
            return (body.size() == 5 || body.size() == 7) && all_hex(body.substr(1));
        case 'X':
            return all_hex(body.substr(1));
        case 'Z':
            return body.find(' ') == std::string_view::npos;
        case '.':
            return true;
        default:
            return false;
    }
}

char letter_of(char c, const Delimiters& delimiters) {
    for (const char letter : {'F', 'S', 'T', 'R', 'E'}) {
        if (c == delimiter_of(letter, delimiters)) {
            return letter;
        }
    }
    return 0;
}

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t';
}

void append_hex(char c, std::string& out) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += 'X';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
}

}  // namespace

std::size_t decode(std::string_view raw,
                   const Delimiters& delimiters,
                   TextKind kind,
                   std::string& out) {
    if (!has_escapes(raw, delimiters)) {
        out += raw;
        return 0;
    }
    std::size_t kept = 0;
    while (!raw.empty()) {
        const std::size_t begin = raw.find(delimiters.escape);
        out += raw.substr(0, begin);
        if (begin == std::string_view::npos) {
            break;
        }
        raw.remove_prefix(begin);
        const std::size_t end = raw.find(delimiters.escape, 1);
        if (end == std::string_view::npos) {
            out += raw;
            return kept + 1;
        }
        const std::string_view body = raw.substr(1, end - 1);
        if (!decode_sequence(body, delimiters, kind, out)) {
            // Behind a stray escape character the next one may begin a sequence: keep only up to
            // it.
            const std::size_t keep = has_sequence_form(body) ? end + 1 : end;
            out += raw.substr(0, keep);
            raw.remove_prefix(keep);
            ++kept;
            continue;
        }
        raw.remove_prefix(end + 1);
    }
    return kept;
}

std::string decode(std::string_view raw, const Delimiters& delimiters, TextKind kind) {
    std::string out;
    decode(raw, delimiters, kind, out);
    return out;
}

Result<void> encode(std::string_view text, const Delimiters& delimiters, std::string& out) {
    const std::size_t start = out.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_alphanumeric(c)) {  // never a delimiter
            out += c;
            continue;
        }
        char letter = c == 0 ? '\0' : letter_of(c, delimiters);
        // It only means "cut off here" at the very end of a value.
        if (letter == 0 && c != 0 && c == delimiters.truncation && i + 1 == text.size()) {
            letter = 'P';
        }
        if (letter == 0 && !is_control(c)) {
            out += c;
            continue;
        }
        if (delimiters.escape == 0) {
            out.resize(start);
            return make_error(ErrorCode::InvalidData,
                              kNotEncodable,
                              "the value needs an escape but the message has no escape character",
                              "MSH-2");
        }
        out += delimiters.escape;
        if (letter != 0) {
            out += letter;
        } else {
            append_hex(c, out);
        }
        out += delimiters.escape;
    }
    return {};
}

}  // namespace aorta::hl7
