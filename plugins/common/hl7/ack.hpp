// Acknowledgements: building them for a received message, reading those of a peer.
#pragma once

#include "common/hl7/header.hpp"
#include "common/hl7/path.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::hl7 {

/// Application accept, error, reject; and the same for the accept level of enhanced mode.
enum class AckCode : std::uint8_t { AA, AE, AR, CA, CE, CR };

std::string_view to_string(AckCode code);

/// What ERR says. Never put a value of the message here.
struct AckError {
    std::optional<Path> location;   // ERR-2, or ERR-1 before 2.5
    std::string_view code = "207";  // table 0357; 207 is "application internal error"
    std::string_view text = {};     // of the code
    char severity = 'E';            // E, W, I, F
};

struct AckSpec {
    AckCode code = AckCode::AA;
    std::string_view control_id;  // our own MSH-10
    std::int64_t time_s = 0;      // MSH-7: seconds since 1970, written as UTC
    std::string_view text = {};   // MSA-3: no patient data
    std::optional<AckError> error = {};
    /// MSA-4, the sequence number protocol: the number that the sender is to use next.
    std::optional<std::int64_t> expected_sequence = {};
    /// A message of its own that asks for no acknowledgement: MSH-15 and MSH-16 are NE.
    bool is_own_message = false;
};

/// The longest field of a header that is echoed. HL7 has control ids of at most 199 characters.
inline constexpr std::size_t kMaxEcho = 1000;

/// A field of a header as an answer repeats it: byte by byte and whole, or empty if it is longer
/// than kMaxEcho. Part of a control id would name another message.
std::string_view echo_of(const Header& received, std::size_t number);

/// The acknowledgement of a received message, segments ended by CR, not framed: the sender's
/// delimiters, MSH-3/4 and 5/6 swapped, MSH-9 ACK^event^ACK (ACK^event before 2.3.1), MSH-11/12 and
/// the control id echoed; MSH-18 is echoed if one of them is not ASCII. Without a usable MSH: code
/// AR (CR for the accept codes), default delimiters and an empty MSA-2.
std::string build_ack(std::string_view received, const AckSpec& spec);
/// The same for a header that has been read; null when there is no usable one.
std::string build_ack(const Header* maybe_header, const AckSpec& spec);

/// A control id to compare with others: escapes decoded, without blanks at its end, which mean
/// nothing in the data type ST. Those at its beginning do.
std::string id_text(std::string_view raw, const Delimiters& delimiters);

/// A peer's answer.
struct ParsedAck {
    AckCode code = AckCode::AA;
    std::string control_id;      // MSA-2, as id_text
    std::string error_location;  // as a path ("PID-3") if ERR gives one, else empty
    std::string error_code;      // table 0357, if ERR gives one that is letters and digits
};

/// Reads an acknowledgement (payload of a frame). Fails with hl7.no_msh, hl7.no_msa,
/// hl7.bad_ack_code and the reasons of the index.
Result<ParsedAck> parse_ack(std::string_view payload);

}  // namespace aorta::hl7
