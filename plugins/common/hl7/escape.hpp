// HL7 v2 escape sequences. Split by the delimiters first, then decode each piece.
#pragma once

#include "common/hl7/delimiters.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aorta::hl7 {

enum class TextKind {
    Plain,      // \F\ \S\ \T\ \R\ \E\ \P\ \Xhh..\ only
    Formatted,  // FT, TX, CF: also \.br\ \.sp n\ \.sk n\ \.ce\ (line breaks, spaces),
                // \H\ \N\ dropped
};

/// Appends the text of a raw piece to `out`. Sequences that are unknown, local (\Z..\), malformed
/// or not terminated are kept as they stand, as are those of a delimiter that the message does not
/// have. Returns how many were kept.
std::size_t decode(std::string_view raw,
                   const Delimiters& delimiters,
                   TextKind kind,
                   std::string& out);
std::string decode(std::string_view raw,
                   const Delimiters& delimiters,
                   TextKind kind = TextKind::Plain);

/// True if decoding could change the piece.
inline bool has_escapes(std::string_view raw, const Delimiters& delimiters) {
    return delimiters.escape != 0 && raw.find(delimiters.escape) != std::string_view::npos;
}

/// Appends the raw form of any bytes: delimiters, control characters but TAB, and a last truncation
/// character are escaped. decode(encode(x)) is x. Fails with hl7.not_encodable when something needs
/// an escape and the message has no escape character; `out` is then as before.
Result<void> encode(std::string_view text, const Delimiters& delimiters, std::string& out);

}  // namespace aorta::hl7
