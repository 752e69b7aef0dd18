// The characters that structure an HL7 v2 message, read from MSH-1 and MSH-2.
#pragma once

#include <aorta/result.hpp>

#include <string_view>

namespace aorta::hl7 {

/// A delimiter of 0 does not exist in the message: nothing is split or unescaped by it. Field and
/// component always exist. POD, part of the index layout.
struct Delimiters {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';
    char subcomponent = '&';
    char truncation = 0;

    friend bool operator==(const Delimiters&, const Delimiters&) = default;
};

/// Reads the delimiters of a segment that begins with MSH, FHS or BHS. MSH-2 may have one character
/// (component) to five (component, repetition, escape, subcomponent, truncation). Refused with
/// hl7.no_msh or hl7.bad_delimiters: no such segment, MSH-2 empty or longer than five, characters
/// that are not ASCII punctuation, two delimiters alike.
Result<Delimiters> parse_delimiters(std::string_view segment);

/// True if `text` begins with MSH and a character that can be a field separator.
bool starts_message(std::string_view text);

/// Bytes before the first segment that carry nothing: a UTF-8 byte order mark and blank lines.
std::size_t leading_noise(std::string_view payload);

}  // namespace aorta::hl7
