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

inline constexpr Option kValueOptions[] = {
    {.name = "path", .summary = "the field or component", .required = true, .example = "PID-3.1"},
    {.name = "matches", .summary = "RE2 pattern for the whole value", .example = "\"[0-9]{6,10}\""},
    {.name = "one_of",
     .type = Type::List,
     .summary = "the values that are allowed",
     .example = "[M, F, U]",
     .item = Type::Text},
    {.name = "max_length", .type = Type::Int, .summary = "most characters", .min = "1"},
};

inline constexpr Option kCountOptions[] = {
    {.name = "path",
     .summary = "a segment, or a field whose repetitions count",
     .required = true,
     .example = "PV2"},
    {.name = "at_least", .type = Type::Int, .summary = "least number", .min = "0"},
    {.name = "at_most", .type = Type::Int, .summary = "greatest number", .min = "0"},
};

inline constexpr Option kSiteFieldOptions[] = {
    {.name = "number", .type = Type::Int, .summary = "the field", .required = true, .min = "1"},
    {.name = "required",
     .type = Type::Bool,
     .summary = "must have a value where the segment stands",
     .default_value = "false"},
    {.name = "type",
     .summary = "form of the value",
     .default_value = "text",
     .one_of = "text|number|date|date_time"},
    {.name = "matches", .summary = "RE2 pattern for the whole value"},
    {.name = "one_of",
     .type = Type::List,
     .summary = "the values that are allowed",
     .item = Type::Text},
    {.name = "max_length", .type = Type::Int, .summary = "most characters", .min = "1"},
};

inline constexpr Option kSiteSegmentOptions[] = {
    {.name = "name", .summary = "of the segment", .required = true, .example = "ZPD"},
    {.name = "fields",
     .type = Type::List,
     .summary = "its fields; those left out are not checked",
     .fields = kSiteFieldOptions},
};

inline constexpr Option kProfileOptions[] = {
    {.name = "required",
     .type = Type::List,
     .summary = "paths that must have a value, in every segment of the name",
     .example = "[PID-18, OBR-3.1]",
     .item = Type::Text},
    {.name = "forbidden",
     .type = Type::List,
     .summary = "paths that must not have a value",
     .example = "[PID-19]",
     .item = Type::Text},
    {.name = "values",
     .type = Type::List,
     .summary = "what values must look like, where there are any",
     .example = "[ { path: PID-8, one_of: [M, F, U] } ]",
     .fields = kValueOptions},
    {.name = "counts",
     .type = Type::List,
     .summary = "how many segments, or repetitions of a field, there may be",
     .example = "[ { path: NK1, at_most: 2 } ]",
     .fields = kCountOptions},
    {.name = "segments",
     .type = Type::List,
     .summary = "segments of the site, which may stand anywhere",
     .example = "[ { name: ZPD, fields: [ { number: 2, required: true, type: date } ] } ]",
     .fields = kSiteSegmentOptions},
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
    {.name = "profile",
     .type = Type::Map,
     .summary = "all rules of a site, to be shared between nodes by an alias or a parameter",
     .fields = kProfileOptions},
    {.name = "observation_type",
     .summary = "data type of an OBX-5 whose OBX-2 is empty or unknown; without one, such an OBX-2 "
                "is a finding",
     .example = "ST"},
    {.name = "severity",
     .type = Type::Map,
     .summary = "error, warning or off, by the reason of a finding; an error rejects the record",
     .example = "{ hl7.table_value_not_found: warning }",
     .item = Type::Text},
};

/// What is wrong goes to `report`.
ValidatorConfig read_options(const Options& options, Diagnostics* report = nullptr);

}  // namespace aorta::plugins::validate_hl7v2
