// The patients of an HL7 v2 message.
#pragma once

#include "common/hl7/message.hpp"
#include "flow/consent/fhir_data.hpp"

#include <string_view>

namespace aorta::plugins::consent {

/// The message as one unit, with a patient for each PID segment: by PID-2, PID-3 and PID-4, and by
/// MRG-1 of a merge that follows. Of each repetition the CX.1; with the system of CX-4.2 when that
/// is an OID or a URI (urn:oid:…), and of `system` where CX.4 says nothing.
Unit unit_of(const hl7::Message& message, std::string_view system);

}  // namespace aorta::plugins::consent
