// Writing an HL7 v2 message the way that its receiver wants it.
#pragma once

#include "common/hl7/message.hpp"
#include "common/hl7/recode.hpp"

#include <aorta/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::plugins::encode_hl7v2 {

/// The character set in which messages leave.
struct CharsetConfig {
    bool as_received = false;  ///< that of the record's attribute `charset`
    std::string msh18;         ///< otherwise this one, repetitions separated by ~; empty: as it is
    bool replaces = false;     ///< a ? for what the set does not have; false: hl7.bad_character
};

struct EncoderConfig {
    std::optional<hl7::LineEnd> line_ends;  ///< absent: as they are
    bool trim = false;                      ///< no separators behind the last value of their level
    bool mllp = false;                      ///< in an MLLP frame
    CharsetConfig charset;

    /// True if encoding is the identity.
    bool keeps_bytes() const {
        return !line_ends && !trim && !mllp && !charset.as_received && charset.msh18.empty();
    }
};

/// hl7.frame_byte: the message holds a byte that frames end or begin with.
inline constexpr std::string_view kFrameByte = "hl7.frame_byte";

/// Writes one message after the other, reusing its memory. One thread at a time.
class Encoder {
public:
    explicit Encoder(EncoderConfig config)
        : config_(std::move(config)),
          from_(hl7::Invalid::Reject),
          to_(config_.charset.replaces ? hl7::Invalid::Replace : hl7::Invalid::Reject) {}

    const EncoderConfig& config() const { return config_; }

    /// Puts the bytes into `out`. Without `line_ends` and `trim` the message is written as it is;
    /// otherwise a byte order mark and blank lines go, and every segment gets a line end.
    /// `received` is the set that the message came in, as decode_hl7v2 notes it, or empty. Fails
    /// with hl7.frame_byte, hl7.not_encodable when a line feed inside a segment would become a line
    /// end, and hl7.bad_character.
    Result<void> encode(const hl7::Message& message, std::string_view received, std::string& out);

private:
    Result<void> convert(const hl7::Message& message, std::string_view received, std::string& out);

    EncoderConfig config_;
    hl7::Recoder from_;
    hl7::Recoder to_;
    std::string scratch_;
};

}  // namespace aorta::plugins::encode_hl7v2
