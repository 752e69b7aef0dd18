// Character sets: what MSH-18 says, in the words of table 0211 and in those that senders use.
#pragma once

#include "common/hl7/delimiters.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aorta::hl7 {

/// A row of the table of known character sets; there is one object for each.
struct Charset {
    std::string_view name;  ///< as table 0211 writes it; where it has none, as people do
    const char* iconv_name;
    /// A byte of a character may look like a delimiter, so text must be converted before it is
    /// split (GB 18030, Big5, Shift JIS).
    bool hides_delimiters;
    /// Only reached by ISO 2022 escape sequences (the Japanese sets of two bytes).
    bool is_shifted;
    std::string_view spellings;  ///< folded: capitals and digits only, with a blank around each
};

const Charset& ascii();
const Charset& utf8();
const Charset& latin1();
const Charset& windows_1252();

/// The set of a name, whatever its case, blanks and punctuation: "UNICODE UTF-8", "utf8",
/// "ISO-8859-1", "latin1", "8859/1". Null if unknown. "UNICODE" alone is taken for UTF-8, as a
/// message in UTF-16 could not say so.
const Charset* find_charset(std::string_view spelling);

/// What a message, or an option, says of its character sets.
struct CharsetChoice {
    enum class Kind : std::uint8_t {
        None,  ///< nothing is said
        Known,
        Unknown,    ///< a name that we do not know
        Forbidden,  ///< UTF-16 or UTF-32, which HL7 v2 does not allow
    };

    Kind kind = Kind::None;
    const Charset* base = nullptr;  ///< Known: of what stands outside of ISO 2022 escape sequences
    bool has_shifts = false;        ///< ISO 2022 escape sequences change the set
    bool has_jis_x_0212 = false;    ///< ISO IR159 is among the sets

    bool is_plain() const { return kind == Kind::None || (!has_shifts && base == &ascii()); }

    bool is_utf8() const { return kind == Kind::Known && base == &utf8(); }

    bool hides_delimiters() const {
        return kind == Kind::Known && (has_shifts || base->hides_delimiters);
    }

    friend bool operator==(const CharsetChoice&, const CharsetChoice&) = default;
};

/// Reads MSH-18: the first repetition is the set in which the message begins, the others are those
/// that escape sequences may change to. UTF-8 anywhere means UTF-8.
CharsetChoice read_charset(std::string_view msh18, char repetition_separator);

inline CharsetChoice choice_of(const Charset& charset) {
    return {.kind = CharsetChoice::Kind::Known, .base = &charset};
}

/// The set of a text that does not say: ASCII, else UTF-8 if it is valid, else Windows-1252, or
/// Latin-1 if it holds one of the five bytes that Windows-1252 does not have.
const Charset& guess_charset(std::string_view text);

bool is_ascii(std::string_view text);
bool is_valid_utf8(std::string_view text);

/// How many bytes at the front are valid UTF-8.
std::size_t valid_utf8_prefix(std::string_view text);

/// The bytes begin as an HL7 message in UTF-16 or UTF-32 would, with or without a byte order mark.
bool looks_like_utf16(std::string_view payload);

}  // namespace aorta::hl7
