// What HL7 v2.5.1 says may repeat, and what a path therefore has to say; where FHIR paths may
// stand. Internal to the library.
#pragma once

#include "common/expression/fields.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <string_view>

namespace aorta::expression {

/// The innermost quantifier around a place in an expression.
struct Scope {
    enum class Kind : std::uint8_t { Message, Segment, Repetition, Component, Fhir };
    Kind kind = Kind::Message;
    char segment[3] = {};  // Segment: its name
};

/// True if a message may have several segments of this name; names that HL7 does not define may.
bool segment_may_repeat(std::string_view segment);

/// True if the field may repeat. OBX-5 is left out on purpose: in practice it is one value, and
/// any(OBX, .5 > 130) is what everybody means.
bool field_may_repeat(std::string_view segment, std::uint32_t field);

/// Checks a path as written where one value is meant and gives it the meaning of its scope. The
/// error's message says how to write it.
Result<Path> resolve_value(Path written, const Scope& scope);

/// The same where a set is meant: segments (OBX), or repetitions (PID-3[*], .8[*]).
Result<Path> resolve_set(Path written, const Scope& scope);

/// The scope inside a quantifier over a resolved set.
Scope scope_of(const Path& set);

}  // namespace aorta::expression
