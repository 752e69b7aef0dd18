// The options of validate_hl7v2, read and checked.
#pragma once

#include "validate/hl7v2/validator.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::validate_hl7v2 {

inline constexpr Option kPatternOptions[] = {
    {.name = "path", .summary = "the field", .required = true, .example = "PID-3.1"},
    {.name = "matches",
     .summary = "RE2 pattern that the whole value must match",
     .required = true,
     .example = "\"[0-9]{6,10}\""},
};

inline constexpr Option kOptions[] = {
    {.name = "versions",
     .type = Type::List,
     .summary = "versions (MSH-12) to take; none means all from 2.1 to 2.8.2",
     .default_value = "[]",
     .example = "[\"2.3.1\", \"2.5.1\"]",
     .item = Type::Text},
    {.name = "required",
     .type = Type::List,
     .summary = "paths that must have a value, in every segment of the name",
     .default_value = "[]",
     .example = "[PID-18, OBR-3.1]",
     .item = Type::Text},
    {.name = "forbidden",
     .type = Type::List,
     .summary = "paths that must not have a value",
     .default_value = "[]",
     .example = "[PID-19]",
     .item = Type::Text},
    {.name = "patterns",
     .type = Type::List,
     .summary = "what values must look like, where there are any",
     .default_value = "[]",
     .fields = kPatternOptions},
    {.name = "severity",
     .type = Type::Map,
     .summary = "error, warning or off, by the reason of a finding; an error rejects the record",
     .example = "{ hl7.table_value_not_found: warning }",
     .item = Type::Text},
};

/// What is wrong goes to `report`.
ValidatorConfig read_options(const Options& options, Diagnostics* report = nullptr);

}  // namespace aorta::plugins::validate_hl7v2
