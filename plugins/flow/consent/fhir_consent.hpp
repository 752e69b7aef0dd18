// FHIR R4 Consent resources as rules.
#pragma once

#include "common/fhir/tree.hpp"
#include "flow/consent/rules.hpp"

#include <aorta/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace aorta::plugins::consent {

/// What a Consent resource says.
struct Statement {
    bool is_active = false;  ///< else what was said before is withdrawn
    Consent consent;
};

/// Reads a resource of type Consent. Fails (InvalidData, the path as `where`) when it does not say
/// which consent it is, of which patient, or whether it is in force. Everything else that cannot be
/// understood only ever denies.
Result<Statement> read_consent(fhir::Element resource);

/// "Patient/1" of a relative or absolute reference, with or without a version; else the reference
/// as it stands.
std::string reference_name(std::string_view reference);

/// "system|value" of an Identifier, or its value alone; empty without a value.
std::string identifier_name(fhir::Element identifier);

/// The time that a date, dateTime or instant begins with (or the one behind its end): all of 2024,
/// or a second. UTC where it names no zone.
std::optional<Instant> begin_of(std::string_view time);
std::optional<Instant> end_of(std::string_view time);

}  // namespace aorta::plugins::consent
