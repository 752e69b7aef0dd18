// Writing an HL7 v2 message the way that its receiver wants it.
#pragma once

#include "common/hl7/message.hpp"

#include <aorta/result.hpp>

#include <optional>
#include <string>

namespace aorta::plugins::encode_hl7v2 {

struct EncoderConfig {
    std::optional<hl7::LineEnd> line_ends;  ///< absent: as they are
    bool trim = false;                      ///< no separators behind the last value of their level
    bool mllp = false;                      ///< in an MLLP frame

    /// True if encoding is the identity.
    bool keeps_bytes() const { return !line_ends && !trim && !mllp; }
};

/// hl7.frame_byte: the message holds a byte that frames end or begin with.
inline constexpr std::string_view kFrameByte = "hl7.frame_byte";

/// Puts the bytes into `out`, whose memory is reused. Without `line_ends` and `trim` the message is
/// written as it is; otherwise a byte order mark and blank lines go, and every segment gets a line
/// end. Fails with hl7.frame_byte, or hl7.not_encodable when a line feed inside a segment would
/// become a line end.
Result<void> encode(const hl7::Message& message, const EncoderConfig& config, std::string& out);

}  // namespace aorta::plugins::encode_hl7v2
