// The options of decode_hl7v2, read and checked.
#pragma once

#include "decode/hl7v2/decoder.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::decode_hl7v2 {

inline constexpr Option kOptions[] = {
    {.name = "key",
     .type = Type::List,
     .summary = "fields that identify the patient or device; together they make the record's key",
     .default_value = "[\"PID-3.1\"]",
     .example = "[PID-3.1, PID-3.4.1]",
     .item = Type::Text},
    {.name = "event_time",
     .summary = "field that holds the time of the event; empty reads none",
     .default_value = "MSH-7",
     .example = "EVN-2"},
    {.name = "zone",
     .summary = "zone of times that give none: UTC or an offset",
     .default_value = "UTC",
     .example = "\"+01:00\""},
    {.name = "max_message",
     .type = Type::Size,
     .summary = "largest message",
     .default_value = "16MiB",
     .min = "1KiB",
     .max = "1GiB"},
    {.name = "max_segments",
     .type = Type::Int,
     .summary = "most segments, blank lines included",
     .default_value = "65536",
     .min = "1",
     .max = "16777216"},
};

/// What is wrong goes to `report`; the config then has defaults in its place.
DecoderConfig read_options(const Options& options, Diagnostics* report = nullptr);

}  // namespace aorta::plugins::decode_hl7v2
