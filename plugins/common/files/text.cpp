#include "common/files/text.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace aorta::files {

namespace {

void append_with_lf(std::string_view payload, std::string& out) {
    while (!payload.empty()) {
        const std::size_t cr = payload.find('\r');
        out.append(payload.substr(0, cr));
        if (cr == std::string_view::npos) {
            return;
        }
        out += '\n';
        const bool is_crlf = payload.substr(cr + 1, 1) == "\n";
        payload.remove_prefix(cr + (is_crlf ? 2 : 1));
    }
}

// The length of the UTF-8 sequence at the front, 0 if there is none.
std::size_t utf8_length(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned first = at(0);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || bytes.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    const unsigned second = at(1);
    const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool is_beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    return is_overlong || is_beyond ? 0 : length;
}

}  // namespace

void append_record(std::string_view payload,
                   LineEnds line_ends,
                   std::string_view separator,
                   std::string& out) {
    const std::size_t start = out.size();
    if (line_ends == LineEnds::Lf) {
        append_with_lf(payload, out);
    } else {
        out.append(payload);
    }
    if (!std::string_view{out}.substr(start).ends_with(separator)) {
        out.append(separator);
    }
}

void append_json_string(std::string_view text, std::string& out) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (code < 0x20) {
            out += "\\u00";
            out += kHex[code >> 4U];
            out += kHex[code & 15U];
        } else {
            out += c;
        }
    }
    out += '"';
}

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = utf8_length(bytes);
        if (length == 0) {
            return false;
        }
        bytes.remove_prefix(length);
    }
    return true;
}

void append_base64(std::string_view bytes, std::string& out) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::string_view three = bytes.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const auto byte = k < three.size() ? static_cast<unsigned char>(three[k]) : 0U;
            bits = bits << 8U | byte;
        }
        for (std::size_t k = 0; k < 4; ++k) {
            const auto digit = (bits >> (18U - 6U * k)) & 63U;
            out += k <= three.size() ? kDigits[digit] : '=';
        }
    }
}

Written write_all(int fd, std::string_view bytes) {
    Written written;
    while (written.bytes < bytes.size()) {
        const std::string_view rest = bytes.substr(written.bytes);
        const ssize_t count = ::write(fd, rest.data(), rest.size());
        if (count > 0) {
            written.bytes += static_cast<std::size_t>(count);
        } else if (count < 0 && errno == EAGAIN) {
            pollfd ready{fd, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (count < 0 && errno != EINTR) {
            written.error = errno;
            return written;
        }
    }
    return written;
}

}  // namespace aorta::files
