// What operations do to one text.
#pragma once

#include "common/hl7/delimiters.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aorta::plugins::edit {

/// A raw value as text to work on: escapes of delimiters and bytes are decoded. Those that format
/// (\.br\, \H\) or are unknown stand in it as they are, and `has_sequences` says so: such a text
/// goes back by encode with `keep_sequences`.
struct Decoded {
    std::string text;
    bool has_sequences = false;
};

Decoded decode(std::string_view raw, const hl7::Delimiters& delimiters);

/// Appends the raw form of a text. With `keep_sequences`, what looks like a formatting escape stays
/// one. False if something needs an escape that the message does not have.
bool encode(std::string_view text,
            const hl7::Delimiters& delimiters,
            bool keep_sequences,
            std::string& raw);

/// Raw text that was written with the usual delimiters (^ ~ \ &), in those of the message. False if
/// the message lacks one.
bool translate(std::string_view raw, const hl7::Delimiters& delimiters, std::string& out);

enum class Case { Upper, Lower, Title };

/// Letters of ASCII, Latin-1 and Latin Extended-A in UTF-8; all other bytes stay as they are. In
/// titles, a letter behind something that is no letter is large. With `escape`, escape sequences
/// are left alone.
void change_case(std::string& text, Case to, char escape);

enum class Side { Left, Right };

/// Fills up to `width` characters (code points); longer texts stay as they are.
void pad(std::string& text, std::size_t width, std::string_view fill, Side side);

/// Takes the characters of `what` off both ends.
void trim(std::string& text, std::string_view what);

}  // namespace aorta::plugins::edit
