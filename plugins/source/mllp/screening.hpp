// What becomes of a received message, by its MSH alone.
#pragma once

#include "common/hl7/header.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::mllp {

/// What the listener takes; an empty list takes everything. A `*` at the end of a part stands for
/// anything: "2.5*", "ADT^A0*", "*^A08".
struct AcceptRule {
    std::vector<std::string> versions;        // MSH-12.1
    std::vector<std::string> types;           // "ORU", "ORU^R01", "ORU^R01^ORU_R01": MSH-9
    std::vector<std::string> processing_ids;  // MSH-11.1
};

/// How a received message is to be treated.
enum class Screening : std::uint8_t {
    Ordinary,
    NoHeader,         // no usable MSH: goes to the pipeline for its ledger, is answered AR here
    Acknowledgement,  // is never acknowledged itself
    WrongVersion,     // the rest: refused, and nothing was taken
    WrongType,
    WrongProcessingId,
    HeaderTooLarge,  // an answer could not name the message
};

/// True for those that the pipeline does not get to see.
constexpr bool is_refused(Screening screening) {
    return screening >= Screening::WrongVersion;
}

/// A null header is a message without a usable one.
Screening screen(const hl7::Header* maybe_header, const AcceptRule& rule);

/// From the MSH of the first message on: a batch (FHS, BHS) is answered as a whole, by that one.
std::string_view behind_envelope(std::string_view frame);

/// As much of a message as an answer to it is made of: the fields of its MSH that lie whole in its
/// first 8 KiB.
std::string_view header_of(std::string_view message);

}  // namespace aorta::plugins::mllp
