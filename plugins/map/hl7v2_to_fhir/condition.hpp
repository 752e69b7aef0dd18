// The guide's computable conditions.
#pragma once

#include "map/hl7v2_to_fhir/guide/guide.hpp"
#include "map/hl7v2_to_fhir/message_view.hpp"
#include "map/hl7v2_to_fhir/source.hpp"

#include <span>
#include <string_view>

namespace aorta::plugins::map_hl7v2_to_fhir {

/// Where a condition is asked for.
struct Situation {
    std::size_t segment = 0;
    std::size_t field = 0;  ///< the one being mapped; its repetition counts for conditions on it
    std::size_t repetition = 1;
    std::string_view own = {};  ///< that repetition; without data: of a field that is not there
    Source value = {};          ///< in the map of a data type: the value
};

/// No operations hold. Codes that decide something are noted as having been read.
bool holds(std::span<const guide::Op> condition,
           const MessageView& view,
           const Situation& at,
           Account& account);

}  // namespace aorta::plugins::map_hl7v2_to_fhir
