// How values and options are named in messages. Internal to config.
#pragma once

#include "config/descriptor.hpp"
#include "config/value.hpp"

#include <string>
#include <string_view>

namespace aorta::config {

/// A value as a message may show it. What came from a variable may be a secret in disguise, so only
/// the variable is named.
std::string shown(const Value& value);

/// "a whole number", "a duration" …
std::string_view wanted(OptionType type);

/// What to do about a value of the wrong type; may be empty.
std::string mismatch_hint(const Value& given, const Option& option);

}  // namespace aorta::config
