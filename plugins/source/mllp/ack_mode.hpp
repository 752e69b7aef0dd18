// Which acknowledgements a sender asks for, and what they say: original and enhanced mode.
#pragma once

#include "common/hl7/ack.hpp"
#include "common/hl7/header.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace aorta::plugins::mllp {

/// MSH-15 and MSH-16 as views of the header. Both empty: original mode, one answer (AA, AE, AR)
/// when the pipeline has judged. Otherwise enhanced mode: an accept acknowledgement (CA, CE, CR)
/// when the pipeline has judged, and an application acknowledgement, a message of its own, when the
/// fate of the message is known; each only if its field asks for it.
struct AckMode {
    bool is_enhanced = false;
    std::string_view accept;
    std::string_view application;

    /// A null header is original mode.
    static AckMode of(const hl7::Header* maybe_header);

    /// Whether an application acknowledgement could follow once a message was accepted.
    bool has_second_answer() const;
};

/// What leaves when the pipeline has judged. `answer` is AORTA_ACK_ACCEPT, _ERROR or _REFUSE. A
/// refusal that nobody wants at the accept level is told at the application level, so that a sender
/// that asked for one answer gets one.
std::optional<hl7::AckCode> first_code(const AckMode& mode, std::uint32_t answer);

/// What leaves in enhanced mode when the fate of an accepted message is known.
std::optional<hl7::AckCode> second_code(const AckMode& mode, std::uint32_t answer);

}  // namespace aorta::plugins::mllp
