#include "common/http/json_slice.hpp"

#include <algorithm>
#include <cstdint>

namespace aorta::http {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
        ++at;
    }
    return at;
}

/// Behind the string that begins at `at`; npos when it does not end.
std::size_t skip_string(std::string_view text, std::size_t at) {
    ++at;
    while (at < text.size()) {
        at = text.find_first_of("\"\\", at);
        if (at == std::string_view::npos) {
            break;
        }
        if (text[at] == '"') {
            return at + 1;
        }
        at += 2;  // a backslash, and what it escapes
    }
    return std::string_view::npos;
}

/// Behind the value that begins at `at`; npos when it does not end.
std::size_t skip_value(std::string_view text, std::size_t at) {
    int depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = skip_string(text, at);
            if (at == std::string_view::npos) {
                return at;
            }
        } else if (c == '{' || c == '[') {
            if (++depth > kMaxDepth) {
                return std::string_view::npos;
            }
            ++at;
        } else if (c == '}' || c == ']') {
            if (depth == 0) {
                return at;  // of what holds this value
            }
            --depth;
            ++at;
        } else if (depth == 0 && (c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            return at;
        } else {
            ++at;
        }
        if (depth == 0 && (c == '"' || c == '}' || c == ']')) {
            return at;
        }
    }
    return depth == 0 ? at : std::string_view::npos;
}

/// Walks `[a, b]` or `{a, b}`: `on_element` reads one at `at` and says where it ends, npos when it
/// is broken, 0 to stop. A byte order mark may stand before it, and nothing but blanks behind.
template <class OnElement>
bool walk(std::string_view text, char open, char close, OnElement on_element) {
    const auto is_end = [&](std::size_t from) { return skip_blanks(text, from) == text.size(); };
    std::size_t at =
        skip_blanks(text, text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
    if (at == text.size() || text[at] != open) {
        return false;
    }
    at = skip_blanks(text, at + 1);
    if (at < text.size() && text[at] == close) {
        return is_end(at + 1);
    }
    while (at < text.size()) {
        at = on_element(at);
        if (at == 0 || at == std::string_view::npos) {
            return at == 0;
        }
        at = skip_blanks(text, at);
        if (at < text.size() && text[at] == close) {
            return is_end(at + 1);
        }
        if (at >= text.size() || text[at] != ',') {
            return false;
        }
        at = skip_blanks(text, at + 1);
    }
    return false;
}

int hex(std::string_view digits) {
    int value = 0;
    for (const char c : digits) {
        const char lower = static_cast<char>(c | 0x20);
        if (c >= '0' && c <= '9') {
            value = value * 16 + (c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value * 16 + (lower - 'a' + 10);
        } else {
            return -1;
        }
    }
    return value;
}

void append_utf8(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += {static_cast<char>(0xC0U | code >> 6U), static_cast<char>(0x80U | (code & 0x3FU))};
    } else if (code < 0x10000) {
        out += {static_cast<char>(0xE0U | code >> 12U),
                static_cast<char>(0x80U | (code >> 6U & 0x3FU)),
                static_cast<char>(0x80U | (code & 0x3FU))};
    } else {
        out += {static_cast<char>(0xF0U | code >> 18U),
                static_cast<char>(0x80U | (code >> 12U & 0x3FU)),
                static_cast<char>(0x80U | (code >> 6U & 0x3FU)),
                static_cast<char>(0x80U | (code & 0x3FU))};
    }
}

/// The code of \uXXXX (and a second half) at `at`, which is moved behind it; -1 for nonsense.
std::int64_t escaped_code(std::string_view text, std::size_t& at) {
    const auto unit = [&](std::size_t from) {
        return from + 4 <= text.size() ? hex(text.substr(from, 4)) : -1;
    };
    const int first = unit(at);
    at += 4;
    if (first < 0xD800 || first > 0xDFFF) {
        return first;
    }
    const bool has_second = at + 2 <= text.size() && text.substr(at, 2) == "\\u";
    const int second = has_second ? unit(at + 2) : -1;
    if (first > 0xDBFF || second < 0xDC00 || second > 0xDFFF) {
        return -1;
    }
    at += 6;
    return 0x10000 + (first - 0xD800) * 0x400 + (second - 0xDC00);
}

}  // namespace

bool each_member(std::string_view object, const OnMember& on_member) {
    return walk(object, '{', '}', [&](std::size_t at) {
        if (object[at] != '"') {
            return std::string_view::npos;
        }
        const std::size_t name_end = skip_string(object, at);
        if (name_end == std::string_view::npos) {
            return name_end;
        }
        const auto name = json_text(object.substr(at, name_end - at));
        at = skip_blanks(object, name_end);
        if (!name || at >= object.size() || object[at] != ':') {
            return std::string_view::npos;
        }
        at = skip_blanks(object, at + 1);
        const std::size_t end = skip_value(object, at);
        if (end == std::string_view::npos || end == at) {
            return std::string_view::npos;
        }
        return on_member(*name, object.substr(at, end - at)) ? end : 0;
    });
}

bool each_item(std::string_view array, const OnItem& on_item) {
    return walk(array, '[', ']', [&](std::size_t at) {
        const std::size_t end = skip_value(array, at);
        if (end == std::string_view::npos || end == at) {
            return std::string_view::npos;
        }
        return on_item(array.substr(at, end - at)) ? end : 0;
    });
}

std::string_view json_member(std::string_view object, std::string_view name) {
    std::string_view found;
    each_member(object, [&](std::string_view member, std::string_view value) {
        found = member == name ? value : std::string_view{};
        return member != name;
    });
    return found;
}

std::optional<std::string> json_text(std::string_view slice) {
    if (slice.size() < 2 || slice.front() != '"' || slice.back() != '"') {
        return std::nullopt;
    }
    slice = slice.substr(1, slice.size() - 2);
    std::string text;
    for (std::size_t at = 0; at < slice.size();) {
        const char c = slice[at++];
        if (c != '\\') {
            text += c;
            continue;
        }
        if (at == slice.size()) {
            return std::nullopt;
        }
        constexpr std::string_view kShort = "\"\\/bfnrt";
        constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
        const char escaped = slice[at++];
        if (const std::size_t which = kShort.find(escaped); which != std::string_view::npos) {
            text += kMeant[which];
            continue;
        }
        const std::int64_t code = escaped == 'u' ? escaped_code(slice, at) : -1;
        if (code < 0) {
            return std::nullopt;
        }
        append_utf8(text, static_cast<std::uint32_t>(code));
    }
    return text;
}

std::string json_text_of(std::string_view object, std::string_view name) {
    return json_text(json_member(object, name)).value_or("");
}

std::string json_quoted(std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += {'\\', c};
        } else if (static_cast<unsigned char>(c) < 0x20) {
            const auto byte = static_cast<unsigned char>(c);
            quoted += {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]};
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

}  // namespace aorta::http
