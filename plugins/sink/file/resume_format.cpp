#include "sink/file/resume_format.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace aorta::plugins::file_sink {

namespace {

constexpr std::string_view kHeader = "aorta.file_sink_resume/1\n";
constexpr std::string_view kMark = "ARSM";
constexpr std::size_t kFrameBytes = 12;
// Of marks behind a bad entry that are looked at: a hostile log must not cost more.
constexpr int kMaxResyncs = 64;

constexpr std::array<std::uint32_t, 256> crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1U) ^ ((value & 1U) != 0 ? 0x82F63B78U : 0U);
        }
        table[i] = value;
    }
    return table;
}

constexpr auto kCrcTable = crc_table();

void append_number(std::uint64_t value, unsigned bytes, std::string& out) {
    for (unsigned i = 0; i < bytes; ++i) {
        out += static_cast<char>((value >> (8 * i)) & 0xFFU);
    }
}

void append_path(std::string_view path, std::string& out) {
    append_number(path.size(), 2, out);
    out.append(path);
}

// Reads from the front; once something is missing, everything is.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::string_view take(std::size_t count) {
        if (count > bytes_.size()) {
            is_short_ = true;
            bytes_ = {};
            return {};
        }
        const std::string_view taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }

    std::uint64_t number(unsigned bytes) {
        std::uint64_t value = 0;
        unsigned shift = 0;
        for (const char c : take(bytes)) {
            value |= std::uint64_t{static_cast<unsigned char>(c)} << shift;
            shift += 8;
        }
        return value;
    }

    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }

    std::string path() { return std::string{take(number(2))}; }

    bool is_short() const { return is_short_; }

    bool is_done() const { return bytes_.empty() && !is_short_; }

private:
    std::string_view bytes_;
    bool is_short_ = false;
};

std::optional<ResumeEntry> parse_body(std::string_view body) {
    Reader reader{body};
    const std::uint32_t held = reader.u32();
    const std::uint32_t released = reader.u32();
    const std::uint32_t ids = reader.u32();
    ResumeEntry entry;
    for (std::uint32_t i = 0; i < held && !reader.is_short(); ++i) {
        FileState state;
        state.inode = reader.number(8);
        state.length = reader.number(8);
        state.tail_bytes = reader.u32();
        state.tail_crc = reader.u32();
        entry.held[reader.path()] = state;
    }
    for (std::uint32_t i = 0; i < released && !reader.is_short(); ++i) {
        entry.released.push_back(reader.path());
    }
    for (std::uint32_t i = 0; i < ids && !reader.is_short(); ++i) {
        const std::uint64_t first = reader.number(8);
        entry.ids.push_back({first, reader.number(8)});
    }
    return reader.is_done() ? std::optional{std::move(entry)} : std::nullopt;
}

// The bytes of the good entry at the front and what it says, if there is one.
struct Framed {
    std::size_t bytes = 0;
    ResumeEntry entry;
};

std::optional<Framed> parse_entry(std::string_view bytes) {
    Reader frame{bytes};
    const bool is_marked = frame.take(kMark.size()) == kMark;
    const std::uint32_t length = frame.u32();
    const std::uint32_t crc = frame.u32();
    const std::string_view body = frame.take(length);
    if (!is_marked || frame.is_short() || crc32c(body) != crc) {
        return {};
    }
    auto entry = parse_body(body);
    return entry ? std::optional{Framed{kFrameBytes + length, std::move(*entry)}} : std::nullopt;
}

bool has_entry_behind(std::string_view bytes) {
    std::size_t at = bytes.find(kMark, 1);
    for (int i = 0; i < kMaxResyncs && at != std::string_view::npos; ++i) {
        if (parse_entry(bytes.substr(at))) {
            return true;
        }
        at = bytes.find(kMark, at + 1);
    }
    return false;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc = kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
    }
    return ~crc;
}

std::string_view resume_header() {
    return kHeader;
}

void append_entry(const ResumeEntry& entry, std::string& out) {
    std::string body;
    append_number(entry.held.size(), 4, body);
    append_number(entry.released.size(), 4, body);
    append_number(entry.ids.size(), 4, body);
    for (const auto& [path, state] : entry.held) {
        append_number(state.inode, 8, body);
        append_number(state.length, 8, body);
        append_number(state.tail_bytes, 4, body);
        append_number(state.tail_crc, 4, body);
        append_path(path, body);
    }
    for (const std::string& path : entry.released) {
        append_path(path, body);
    }
    for (const RecordId& id : entry.ids) {
        append_number(id[0], 8, body);
        append_number(id[1], 8, body);
    }
    out.append(kMark);
    append_number(body.size(), 4, out);
    append_number(crc32c(body), 4, out);
    out.append(body);
}

ResumeContents parse_resume_log(std::string_view bytes) {
    ResumeContents contents;
    if (!bytes.starts_with(kHeader)) {
        contents.end = bytes.empty() ? LogEnd::Whole : LogEnd::Damaged;
        return contents;
    }
    bytes.remove_prefix(kHeader.size());
    while (!bytes.empty()) {
        auto framed = parse_entry(bytes);
        if (!framed) {
            contents.end = has_entry_behind(bytes) ? LogEnd::Damaged : LogEnd::Torn;
            return contents;
        }
        for (auto& [path, state] : framed->entry.held) {
            contents.held[path] = state;
        }
        for (const std::string& path : framed->entry.released) {
            contents.held.erase(path);
        }
        const auto& ids = framed->entry.ids;
        contents.ids.insert(contents.ids.end(), ids.begin(), ids.end());
        bytes.remove_prefix(framed->bytes);
    }
    return contents;
}

}  // namespace aorta::plugins::file_sink
