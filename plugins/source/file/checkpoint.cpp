#include "source/file/checkpoint.hpp"

#include <charconv>
#include <optional>

namespace aorta::plugins::file_source {

namespace {

constexpr std::string_view kFirstLine = "aorta.file_checkpoint/1\n";
constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_hex(std::uint64_t value, std::string& out) {
    for (int shift = 60; shift >= 0; shift -= 4) {
        out += kHexDigits[(value >> static_cast<unsigned>(shift)) & 15U];
    }
}

bool is_plain(char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '%' && c != '\x7F';
}

void append_path(std::string_view path, std::string& out) {
    for (const char c : path) {
        if (is_plain(c)) {
            out += c;
        } else {
            const auto code = static_cast<unsigned char>(c);
            out += '%';
            out += kHexDigits[code >> 4U];
            out += kHexDigits[code & 15U];
        }
    }
}

// Takes the fields of a line, one after the other. Once something is wrong it stays wrong.
class Fields {
public:
    explicit Fields(std::string_view line) : rest_(line) {}

    std::string_view word() {
        const std::size_t space = rest_.find(' ');
        const std::string_view word = rest_.substr(0, space);
        rest_ = space == std::string_view::npos ? std::string_view{} : rest_.substr(space + 1);
        is_good_ = is_good_ && !word.empty();
        return word;
    }

    std::uint64_t number(int base = 10) {
        const std::string_view text = word();
        std::uint64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value, base);
        is_good_ = is_good_ && error == std::errc{} && stop == end;
        return value;
    }

    std::string path() {
        const std::string_view text = word();
        std::string path;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '%') {
                path += text[i];
                continue;
            }
            const std::string_view code = text.substr(i + 1, 2);
            unsigned value = 0;
            const auto [stop, error] =
                std::from_chars(code.data(), code.data() + code.size(), value, 16);
            is_good_ =
                is_good_ && code.size() == 2 && error == std::errc{} && stop == code.data() + 2;
            path += static_cast<char>(value);
            i += 2;
        }
        return path;
    }

    bool are_good() const { return is_good_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool is_good_ = true;
};

bool read_file(Fields& fields, std::vector<Entry>& entries) {
    Entry entry;
    entry.id.device = fields.number();
    entry.id.inode = fields.number();
    entry.id.born_ns = static_cast<std::int64_t>(fields.number());
    entry.id.head_bytes = fields.number();
    entry.id.head_hash = fields.number(16);
    entry.id.path = fields.path();
    entries.push_back(std::move(entry));
    return fields.are_good() && entries.back().id.head_bytes <= kHeadBytes;
}

bool read_done(Fields& fields, std::vector<Entry>& entries) {
    const std::uint64_t begin = fields.number();
    const std::uint64_t end = fields.number();
    if (entries.empty() || !fields.are_good() || begin >= end) {
        return false;
    }
    // In order and apart: otherwise it is not what was written.
    const auto& ranges = entries.back().settled.ranges();
    if (!ranges.empty() && ranges.rbegin()->second >= begin) {
        return false;
    }
    entries.back().settled.add(begin, end);
    return true;
}

}  // namespace

std::uint64_t hash_of(std::string_view bytes) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : bytes) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    }
    return hash;
}

bool begins_as(const FileId& id, std::string_view head) {
    return head.size() >= id.head_bytes && hash_of(head.substr(0, id.head_bytes)) == id.head_hash;
}

std::string encode_checkpoint(std::span<const Entry> entries) {
    std::string text{kFirstLine};
    for (const Entry& entry : entries) {
        text += "file " + std::to_string(entry.id.device) + ' ' + std::to_string(entry.id.inode) +
                ' ' + std::to_string(static_cast<std::uint64_t>(entry.id.born_ns)) + ' ' +
                std::to_string(entry.id.head_bytes) + ' ';
        append_hex(entry.id.head_hash, text);
        text += ' ';
        append_path(entry.id.path, text);
        text += '\n';
        for (const auto& [begin, end] : entry.settled.ranges()) {
            text += "done " + std::to_string(begin) + ' ' + std::to_string(end) + '\n';
        }
    }
    const std::uint64_t hash = hash_of(text);
    text += "end ";
    append_hex(hash, text);
    text += '\n';
    return text;
}

Result<std::vector<Entry>> decode_checkpoint(std::string_view text) {
    std::size_t line_number = 1;
    const auto corrupt = [&](std::string what) {
        return Error{ErrorCode::Corrupt, std::move(what), "line " + std::to_string(line_number)};
    };
    if (!text.starts_with(kFirstLine)) {
        return corrupt("not a checkpoint of this version");
    }
    std::vector<Entry> entries;
    std::size_t at = kFirstLine.size();
    while (at < text.size()) {
        ++line_number;
        const std::size_t line_end = text.find('\n', at);
        if (line_end == std::string_view::npos) {
            return corrupt("cut off");
        }
        Fields fields{text.substr(at, line_end - at)};
        const std::string_view kind = fields.word();
        if (kind == "end") {
            const bool is_whole = fields.number(16) == hash_of(text.substr(0, at)) &&
                                  fields.are_good() && line_end + 1 == text.size();
            return is_whole ? Result{std::move(entries)} : corrupt("the checksum does not fit");
        }
        const bool is_good = kind == "file"   ? read_file(fields, entries)
                             : kind == "done" ? read_done(fields, entries)
                                              : false;
        if (!is_good) {
            return corrupt("damaged");
        }
        at = line_end + 1;
    }
    return corrupt("cut off");
}

}  // namespace aorta::plugins::file_source
