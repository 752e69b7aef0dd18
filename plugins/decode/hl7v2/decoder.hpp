// Turning the bytes of an HL7 v2 message into an index and the facts that the engine wants of it.
#pragma once

#include "common/hl7/message.hpp"
#include "common/hl7/recode.hpp"
#include "common/hl7_tables/zone.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::decode_hl7v2 {

struct CharsetConfig {
    bool always_utf8 = false;       ///< false: only what could not be split otherwise
    hl7::CharsetChoice assumed;     ///< of messages that do not say; None: it is guessed
    hl7::CharsetChoice overriding;  ///< whatever MSH-18 says; None: MSH-18 is believed
    hl7::Invalid invalid = hl7::Invalid::Reject;
};

struct DecoderConfig {
    std::vector<hl7::Path> key;           ///< all that have a value make the key together
    std::optional<hl7::Path> event_time;  ///< absent: none is read
    hl7_tables::ZoneRule zone;            ///< of times without a zone, if MSH-7 has none either
    CharsetConfig charset;
    hl7::IndexLimits limits;
};

/// What was found about the character set of a message.
struct CharsetFindings {
    bool is_guessed = false;  ///< nobody said what the bytes beyond ASCII are
    bool is_unknown = false;  ///< MSH-18 has a name that we do not know
    std::size_t invalid = 0;  ///< characters replaced, or bytes kept
};

/// Reads one message after the other, reusing its memory. One thread at a time.
class Decoder {
public:
    explicit Decoder(DecoderConfig config)
        : config_(std::move(config)), builder_(config_.limits), recoder_(config_.charset.invalid) {}

    /// Indexes a message, in UTF-8 if it has to be; what the other methods give is valid until the
    /// next call, as long as the payload is. Fails as hl7::IndexBuilder::build does, and with
    /// hl7.bad_character, hl7.unknown_charset, hl7.charset_not_allowed, hl7.charset_unavailable.
    Result<void> decode(std::string_view payload);

    /// The message: the payload, or its form in UTF-8.
    std::string_view payload() const { return payload_; }

    bool is_recoded() const { return is_recoded_; }

    /// MSH-18 as it came, raw, if it is neither ASCII nor UTF-8, or the name of the set that the
    /// message was taken to have. Empty otherwise.
    std::string_view charset() const { return charset_; }

    const CharsetFindings& findings() const { return findings_; }

    const hl7::IndexBuilder& index() const { return builder_; }

    /// The text of the key, unescaped; empty if none of its fields has a value.
    std::string_view key() const { return key_; }

    /// The event time since 1970 UTC; absent if it is missing, null, no time, or a date without an
    /// hour: midnight is not invented.
    std::optional<std::int64_t> event_time_ns() const { return event_time_ns_; }

    /// Message code and event in the form ADT^A01, or one of them alone.
    std::string_view type() const { return type_; }

private:
    Result<void> read_charset();
    Result<void> recode(const hl7::CharsetChoice& from);
    void read_event_time(const hl7::Message& message);
    void read_key(const hl7::Message& message);
    void read_type(const hl7::Message& message);

    DecoderConfig config_;
    hl7::IndexBuilder builder_;
    hl7::Recoder recoder_;
    std::string_view payload_;
    std::string recoded_;
    bool is_recoded_ = false;
    std::string charset_;
    CharsetFindings findings_;
    std::string key_;
    std::string type_;
    std::optional<std::int64_t> event_time_ns_;
};

}  // namespace aorta::plugins::decode_hl7v2
