#include "common/hl7/transcode.hpp"

#include "common/hl7/reason.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace aorta::hl7 {

namespace {

constexpr char kEscape = '\x1B';
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes of what stands at the front of a text and could not be converted.
std::size_t unit_length(std::string_view text, bool is_utf8) {
    std::size_t length = 1;
    if (is_utf8 && (static_cast<unsigned char>(text[0]) & 0xC0U) == 0xC0) {
        while (length < text.size() && length < 4 &&
               (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80) {
            ++length;
        }
    }
    return length;
}

/// An ISO 2022 sequence that designates a set, and the converter that understands it.
struct Shift {
    std::string_view sequence;
    const char* iconv_name;  // null: the bytes behind it are ASCII
};

constexpr Shift kShifts[] = {
    {"\x1B(B", nullptr},
    {"\x1B(J", nullptr},  // JIS X 0201 Roman: as ASCII, so that delimiters stay what they are
    {"\x1B$B", "ISO-2022-JP"},
    {"\x1B$@", "ISO-2022-JP"},
    {"\x1B$(D", "ISO-2022-JP-2"},
    {"\x1B(I", "ISO-2022-JP-3"},
    {"\x1B$(C", "ISO-2022-JP-2"},
    {"\x1B$A", "ISO-2022-JP-2"},
};

const Shift* shift_at(std::string_view text) {
    for (const Shift& shift : kShifts) {
        if (text.starts_with(shift.sequence)) {
            return &shift;
        }
    }
    return nullptr;
}

Error bad_character(bool from_utf8, std::size_t offset) {
    return make_error_at(ErrorCode::InvalidData,
                         kBadCharacter,
                         from_utf8 ? "a character that the character set does not have"
                                   : "bytes that are no text of the character set",
                         offset);
}

/// UTF-8 to itself, which iconv checks less strictly than it should.
Result<std::size_t> copy_utf8(std::string_view text,
                              std::size_t at,
                              Invalid policy,
                              std::string& out) {
    std::size_t invalid = 0;
    for (;;) {
        const std::size_t valid = valid_utf8_prefix(text.substr(at));
        out += text.substr(at, valid);
        at += valid;
        if (at == text.size()) {
            return invalid;
        }
        if (policy == Invalid::Reject) {
            return bad_character(false, at);
        }
        out += policy == Invalid::Keep ? text.substr(at, 1) : kReplacement;
        ++at;
        ++invalid;
    }
}

constexpr std::size_t kKatakanaBytes = 3;

/// The byte of JIS X 0201 for a half-width katakana (U+FF61 to U+FF9F) in UTF-8; 0 if there is
/// none.
char katakana_at(std::string_view text, std::size_t at) {
    const std::string_view bytes = text.substr(at, kKatakanaBytes);
    if (bytes.size() < kKatakanaBytes || bytes[0] != '\xEF') {
        return 0;
    }
    const auto last = static_cast<unsigned char>(bytes[2]);
    if (bytes[1] == '\xBD' && last >= 0xA1 && last <= 0xBF) {
        return bytes[2];
    }
    const bool is_second_half = bytes[1] == '\xBE' && last >= 0x80 && last <= 0x9F;
    return is_second_half ? static_cast<char>(last + 0x40) : '\0';
}

std::size_t find_katakana(std::string_view text, std::size_t at) {
    do {
        at = std::min(text.find('\xEF', at), text.size());
    } while (at < text.size() && katakana_at(text, at) == 0 && ++at < text.size());
    return at;
}

bool has_only_japanese_shifts(std::string_view text) {
    for (std::size_t at = text.find(kEscape); at != std::string_view::npos;
         at = text.find(kEscape, at + 1)) {
        const Shift* shift = shift_at(text.substr(at));
        if (shift == nullptr || shift->sequence == "\x1B$(C" || shift->sequence == "\x1B$A") {
            return false;
        }
    }
    return true;
}

/// What comes back as something else from a set with shifts: ESC begins one, and the yen sign and
/// the overline of JIS X 0201 Roman are the backslash and the tilde, which HL7 escapes and
/// separates by.
constexpr std::array<std::string_view, 3> kAmbiguous = {"\x1B", "\u00A5", "\u203E"};

/// Bytes of what is ambiguous there; 0 if nothing is.
std::size_t ambiguous_at(std::string_view text, std::size_t at) {
    const auto found =
        std::find_if(kAmbiguous.begin(), kAmbiguous.end(), [&](std::string_view character) {
            return text.substr(at).starts_with(character);
        });
    return found == kAmbiguous.end() ? 0 : found->size();
}

std::size_t find_ambiguous(std::string_view text, std::size_t at) {
    while (at < text.size() && ambiguous_at(text, at) == 0) {
        ++at;
    }
    return at;
}

/// Appends the text with a question mark for each, and returns how many there are.
std::size_t replace_ambiguous(std::string_view text, std::string& out) {
    std::size_t replaced = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t next = find_ambiguous(text, at);
        out += text.substr(at, next - at);
        at = next;
        if (at < text.size()) {
            out += '?';
            at += ambiguous_at(text, at);
            ++replaced;
        }
    }
    return replaced;
}

/// The text in Japanese sets, JIS X 0212 among them; nothing if they do not have it. ASCII goes as
/// it is: behind a character of JIS X 0212 the C library writes `~` as one of that set, which comes
/// back as another character, and separates nothing.
std::optional<std::string> in_wide_japanese(Iconv& wide, std::string_view text) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    std::string out;
    while (!text.empty()) {
        const bool is_plain = is_ascii(text[0]);
        const auto end =
            std::find_if(text.begin(), text.end(), [&](char c) { return is_ascii(c) != is_plain; });
        const std::string_view run = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        if (is_plain) {
            out += run;
        } else if (!wide.convert(run, Invalid::Reject, true, 0, out).ok()) {
            return std::nullopt;
        }
        text.remove_prefix(run.size());
    }
    // ISO-2022-JP-2 knows Chinese, Korean and Greek sets as well, which MSH-18 does not promise.
    return has_only_japanese_shifts(out) ? std::optional{std::move(out)} : std::nullopt;
}

}  // namespace

void Iconv::Close::operator()(void* handle) const {
    ::iconv_close(handle);
}

Result<Iconv> Iconv::open(const char* to, const char* from) {
    void* handle = ::iconv_open(to, from);
    if (handle == reinterpret_cast<void*>(-1)) {  // NOLINT(performance-no-int-to-ptr): as it says
        return make_error(ErrorCode::Unavailable,
                          kCharsetUnavailable,
                          "the C library of this machine does not convert this character set",
                          "MSH-18");
    }
    return Iconv{handle};
}

Result<std::size_t> Iconv::convert(
    std::string_view text, Invalid policy, bool from_utf8, std::size_t offset, std::string& out) {
    ::iconv(handle_.get(), nullptr, nullptr, nullptr, nullptr);
    // iconv does not write to its input, whatever its type says.
    char* in = const_cast<char*>(text.data());
    std::size_t in_left = text.size();
    std::size_t invalid = 0;
    char buffer[4096];
    bool is_flushed = false;
    while (!is_flushed) {
        char* to = buffer;
        std::size_t to_left = sizeof buffer;
        // At the end the shift state is brought back to ASCII.
        const bool at_end = in_left == 0;
        const std::size_t result = at_end ? ::iconv(handle_.get(), nullptr, nullptr, &to, &to_left)
                                          : ::iconv(handle_.get(), &in, &in_left, &to, &to_left);
        const int error = result == static_cast<std::size_t>(-1) ? errno : 0;
        out.append(buffer, static_cast<std::size_t>(to - buffer));
        is_flushed = at_end && error == 0;
        if (error == 0 || error == E2BIG) {
            continue;
        }
        const std::size_t at = text.size() - in_left;
        if (policy == Invalid::Reject) {
            return bad_character(from_utf8, offset + at);
        }
        const std::size_t length = unit_length(text.substr(at), from_utf8);
        if (policy == Invalid::Keep) {
            out += text.substr(at, length);
        } else {
            out += from_utf8 ? std::string_view{"?"} : kReplacement;
        }
        in += length;
        in_left -= length;
        ++invalid;
    }
    return invalid;
}

Result<Iconv*> Transcoder::converter(std::string_view to, std::string_view from) {
    std::string name{from};
    name.append(1, '>').append(to);
    auto found = converters_.find(name);
    if (found == converters_.end()) {
        Result<Iconv> opened = Iconv::open(std::string{to}.c_str(), std::string{from}.c_str());
        if (!opened.ok()) {
            return opened.error();
        }
        found = converters_.emplace(std::move(name), std::move(*opened)).first;
    }
    return &found->second;
}

Result<std::size_t> Transcoder::to_utf8(std::string_view text,
                                        const CharsetChoice& from,
                                        std::string& out,
                                        std::size_t start) {
    if (from.is_utf8()) {
        return copy_utf8(text, start, policy_, out);
    }
    if (!from.has_shifts) {
        const Result<Iconv*> converter = this->converter("UTF-8", from.base->iconv_name);
        return converter.ok()
                   ? (*converter)->convert(text.substr(start), policy_, false, start, out)
                   : converter.error();
    }
    std::size_t invalid = 0;
    std::size_t at = start;
    while (at < text.size()) {
        constexpr std::string_view kEnds{"\x1B\r\n"};
        const std::size_t end = std::min(text.find_first_of(kEnds, at + 1), text.size());
        auto converted = section_to_utf8(text.substr(at, end - at), at, *from.base, out);
        if (!converted.ok()) {
            return converted;
        }
        invalid += *converted;
        at = end;
    }
    return invalid;
}

/// A text without an ISO 2022 sequence except at its front.
Result<std::size_t> Transcoder::section_to_utf8(std::string_view section,
                                                std::size_t offset,
                                                const Charset& base,
                                                std::string& out) {
    const Shift* shift = section[0] == kEscape ? shift_at(section) : nullptr;
    const char* from = base.iconv_name;
    if (shift != nullptr && shift->iconv_name != nullptr) {
        from = shift->iconv_name;  // and it reads the sequence itself
    } else if (shift != nullptr) {
        section.remove_prefix(shift->sequence.size());
        offset += shift->sequence.size();
    }
    const Result<Iconv*> converter = this->converter("UTF-8", from);
    return converter.ok() ? (*converter)->convert(section, policy_, false, offset, out)
                          : converter.error();
}

Result<std::size_t> Transcoder::from_utf8(std::string_view text,
                                          const CharsetChoice& to,
                                          std::string& out) {
    const bool may_be_ambiguous = to.has_shifts && policy_ != Invalid::Keep;
    if (const std::size_t first = may_be_ambiguous ? find_ambiguous(text, 0) : text.size();
        first < text.size()) {
        if (policy_ == Invalid::Reject) {
            return bad_character(true, first);
        }
        std::string without;
        const std::size_t replaced = replace_ambiguous(text, without);
        const Result<std::size_t> invalid = from_utf8(without, to, out);
        return invalid.ok() ? Result<std::size_t>{*invalid + replaced} : invalid;
    }
    if (to.has_jis_x_0212) {
        const Result<Iconv*> wide = converter("ISO-2022-JP-2", "UTF-8");
        if (wide.ok()) {
            if (const auto written = in_wide_japanese(**wide, text)) {
                out += *written;
                return std::size_t{0};
            }
        }
    }
    const Result<Iconv*> converter =
        this->converter(to.has_shifts ? "ISO-2022-JP" : to.base->iconv_name, "UTF-8");
    if (!converter.ok()) {
        return converter.error();
    }
    const bool has_katakana = to.has_shifts && to.base->name == "ISO IR14";
    std::size_t invalid = 0;
    std::size_t at = 0;
    do {
        const std::size_t end = has_katakana ? find_katakana(text, at) : text.size();
        auto converted = (*converter)->convert(text.substr(at, end - at), policy_, true, at, out);
        if (!converted.ok()) {
            return converted;
        }
        invalid += *converted;
        at = end;
        for (; at < text.size() && katakana_at(text, at) != 0; at += kKatakanaBytes) {
            out += katakana_at(text, at);
        }
    } while (at < text.size());
    return invalid;
}

}  // namespace aorta::hl7
