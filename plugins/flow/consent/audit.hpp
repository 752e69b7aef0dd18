// Decisions as FHIR AuditEvents.
#pragma once

#include "flow/consent/fhir_data.hpp"
#include "flow/consent/rules.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace aorta::plugins::consent {

/// What was decided for one patient of a record.
struct Decided {
    Patient patient;
    std::set<std::string> consents;  ///< ids of those that spoke
    std::uint64_t permitted = 0;     ///< resources, or messages
    std::uint64_t denied = 0;
};

/// The decision as an AuditEvent: IHE BALP, Consent Authorization Decision (type DCM 110113,
/// subtype AuthZ-Consent). `record` is the id of the record that it was made for.
std::string audit_event(const Decided& decided, const Use& use, const std::string& record);

}  // namespace aorta::plugins::consent
