// What the listener says to a sender: which messages it takes, and the acknowledgements.
#pragma once

#include "common/hl7/ack.hpp"
#include "source/mllp/config.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aorta::plugins::mllp {

/// How a received message is to be treated, from its MSH alone.
enum class Screening {
    Ordinary,
    NoHeader,         // no usable MSH: goes to the pipeline for its ledger, is answered AR here
    Acknowledgement,  // is never acknowledged itself
    WrongVersion,     // the rest: AR, and nothing was taken
    WrongType,
    WrongProcessingId,
};

/// True for those that the pipeline does not get to see.
constexpr bool is_refused(Screening screening) {
    return screening >= Screening::WrongVersion;
}

Screening screen(std::string_view message, const AcceptRule& rule);

/// As much of a message as an answer to it is made of: its MSH, within bounds.
std::string_view header_of(std::string_view message);

/// Makes framed acknowledgements in original mode. One thread at a time.
class AnswerMaker {
public:
    /// `start` makes the control ids (MSH-10) of this run differ from those of the last.
    explicit AnswerMaker(Nanoseconds start);

    /// AA, AE or AR for an outcome of on_ack (not AORTA_ACK_NONE), with ERR when it is not AA.
    std::string of_outcome(std::string_view header, const Outcome& outcome, Nanoseconds now);

    /// AR for what `screen` found, or for a frame that was too large (empty header).
    std::string refusal(std::string_view header, Screening screening, Nanoseconds now);
    std::string too_large(Nanoseconds now);

private:
    struct Trouble {
        std::string_view reason;
        std::string_view where;  // a path, or anything else, which is left out
    };

    std::string make(std::string_view header,
                     hl7::AckCode code,
                     const Trouble& trouble,
                     Nanoseconds now);

    std::string control_id_prefix_;
    std::uint64_t made_ = 0;
};

}  // namespace aorta::plugins::mllp
