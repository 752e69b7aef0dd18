// A whole message into another character set: its text, its \X..\ escapes and its MSH-18.
#pragma once

#include "common/hl7/transcode.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aorta::hl7 {

/// Recodes messages, one after the other. One thread at a time.
class Recoder {
public:
    explicit Recoder(Invalid policy) : text_(policy), strict_(Invalid::Reject) {}

    /// Puts the message in UTF-8 into `out`; MSH-18 becomes UNICODE UTF-8. `from` must be Known.
    /// Bytes written as \X..\ are text of the message's set too: they stay hexadecimal, in UTF-8;
    /// those that are no text stay as they are. A byte order mark and blank lines in front, which
    /// are text of no set, are left out. Returns how much was replaced or kept. Fails with
    /// hl7.bad_character and the reasons of parse_delimiters.
    Result<std::size_t> to_utf8(std::string_view message,
                                const CharsetChoice& from,
                                std::string& out);

    /// The inverse, for a message in UTF-8. `msh18` is the new MSH-18, raw.
    Result<std::size_t> from_utf8(std::string_view message,
                                  const CharsetChoice& to,
                                  std::string_view msh18,
                                  std::string& out);

private:
    Transcoder text_;
    Transcoder strict_;  // of \X..\, which stays when it is no text
    std::string scratch_;
};

/// The first segment of a message, without its line end; behind a byte order mark and blank lines.
std::string_view first_segment(std::string_view message);

/// Puts the message with another raw MSH-18 into `out`; separators that lack are added.
void set_msh18(std::string_view message,
               const Delimiters& delimiters,
               std::string_view msh18,
               std::string& out);

}  // namespace aorta::hl7
