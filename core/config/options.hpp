// Checks given options against their schema.
#pragma once

#include "config/descriptor.hpp"
#include "config/diagnostic.hpp"
#include "config/value.hpp"

#include <aorta/result.hpp>

#include <span>

namespace aorta::config {

/// Checks `given` (a map, or null for none) against the options and reports every problem with its
/// place: unknown keys, wrong types, bad units, values out of range, missing required ones. Returns
/// the given keys in file order, then the defaults (origin Default) of those not given, in the
/// schema's order. In it a duration is an Int in nanoseconds, a size an Int in bytes, a real a
/// Real; `text` keeps what was written. Values of origin Unset pass unchecked, an unresolved secret
/// as it is. A misspelt key has the name that it was meant to have, a value that does not fit is
/// Null with origin Unset: after an error use the result only to look for more errors.
Value apply_options(const Value& given, std::span<const Option> options, Diagnostics& diagnostics);

/// One value against one option. Null and a report when it does not fit.
Value apply_option(const Value& given, const Option& option, Diagnostics& diagnostics);

/// The default of an option as apply_options fills it in; Null when it has none. A map option
/// without a default whose fields have defaults has a map of these.
Value default_of(const Option& option);

}  // namespace aorta::config
