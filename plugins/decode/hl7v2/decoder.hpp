// Turning the bytes of an HL7 v2 message into an index and the facts that the engine wants of it.
#pragma once

#include "common/hl7/message.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::decode_hl7v2 {

struct DecoderConfig {
    std::vector<hl7::Path> key;           ///< all that have a value make the key together
    std::optional<hl7::Path> event_time;  ///< absent: none is read
    int zone_minutes = 0;                 ///< of times without a zone, east of UTC
    hl7::IndexLimits limits;
};

/// Reads one message after the other, reusing its memory. One thread at a time.
class Decoder {
public:
    explicit Decoder(DecoderConfig config) : config_(std::move(config)), builder_(config_.limits) {}

    /// Indexes a message; what the other methods give is valid until the next call, as long as the
    /// payload is. Fails as hl7::IndexBuilder::build does.
    Result<void> decode(std::string_view payload);

    const hl7::IndexBuilder& index() const { return builder_; }

    /// The text of the key, unescaped; empty if none of its fields has a value.
    std::string_view key() const { return key_; }

    /// The event time since 1970 UTC; absent if it is missing, null, or no time.
    std::optional<std::int64_t> event_time_ns() const { return event_time_ns_; }

    /// Message code and event in the form ADT^A01, or one of them alone.
    std::string_view type() const { return type_; }

private:
    void read_key(const hl7::Message& message);
    void read_type(const hl7::Message& message);

    DecoderConfig config_;
    hl7::IndexBuilder builder_;
    std::string key_;
    std::string type_;
    std::optional<std::int64_t> event_time_ns_;
};

}  // namespace aorta::plugins::decode_hl7v2
