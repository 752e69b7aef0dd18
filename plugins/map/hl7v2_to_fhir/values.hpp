// HL7 v2 texts in the form of FHIR's primitive types.
#pragma once

#include "common/hl7_tables/zone.hpp"
#include "map/hl7v2_to_fhir/guide/data.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::plugins::map_hl7v2_to_fhir {

/// The zones of times that do not name theirs.
struct Zones {
    std::optional<int> message_minutes;  ///< that of MSH-7
    hl7_tables::ZoneRule rule;
};

/// A decoded text as a primitive of FHIR; no value if it is none of that kind. Precision and zone
/// of times stay as they were written; FHIR has no hours without minutes, so these get zeros.
std::optional<std::string> to_primitive(guide::Kind kind,
                                        std::string_view text,
                                        const Zones& zones);

/// Base64 of bytes that are given as they are, in hexadecimal digits or in Base64, as ED-4 says.
std::optional<std::string> to_base64(std::string_view encoding, std::string_view text);

/// The media type for a type of data and its subtype, or a subtype alone (HL7 tables 0834, 0191,
/// 0291).
std::optional<std::string> to_mime(std::string_view type, std::string_view subtype);

}  // namespace aorta::plugins::map_hl7v2_to_fhir
