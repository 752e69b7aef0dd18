// The options of decode_hl7v2, read and checked.
#pragma once

#include "decode/hl7v2/decoder.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::decode_hl7v2 {

inline constexpr Option kCharsetOptions[] = {
    {.name = "to_utf8",
     .summary = "needed: only sets that cannot be split as they are; always: every message",
     .default_value = "needed",
     .one_of = "needed|always"},
    {.name = "assume",
     .summary = "set of messages whose MSH-18 is empty; guess looks at the bytes",
     .default_value = "guess",
     .example = "8859/1"},
    {.name = "override",
     .summary = "set of all messages, whatever MSH-18 says",
     .example = "windows-1252"},
    {.name = "invalid",
     .summary = "what becomes of bytes that are no character, when a message becomes UTF-8",
     .default_value = "reject",
     .one_of = "reject|replace|keep"},
};

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
     .summary = "zone of times that give none, nor does MSH-7: UTC, an offset or a name",
     .default_value = "UTC",
     .example = "Europe/Berlin"},
    {.name = "fold",
     .summary = "which instant a time means that the clock shows twice when summer time ends",
     .default_value = "earliest",
     .one_of = "earliest|latest"},
    {.name = "charset",
     .type = Type::Map,
     .summary = "the character set of messages, and when they become UTF-8",
     .fields = kCharsetOptions},
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
