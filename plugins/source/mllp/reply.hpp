// Handing the answer of a sink's peer to the sender: queries, order responses.
#pragma once

#include "common/hl7/header.hpp"

#include <aorta/result.hpp>

#include <string>
#include <string_view>

namespace aorta::plugins::mllp {

/// The peer's message as the answer to the sender's: MSA-2 becomes the sender's MSH-10, MSH-5 and
/// MSH-6 its MSH-3 and MSH-4, written with the reply's own delimiters, and an accept code in MSA-1
/// the application code it stands for. All else stays as it came. Fails for what is no HL7 message
/// (reasons of the index), has no MSA (hl7.no_msa), or cannot hold the sender's values
/// (hl7.not_encodable).
Result<std::string> relay(std::string_view reply, const hl7::Header& sender);

}  // namespace aorta::plugins::mllp
