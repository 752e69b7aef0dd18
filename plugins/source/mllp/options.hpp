// Options of the listener that have parts of their own.
#pragma once

#include <aorta/descriptor.hpp>

namespace aorta::plugins::mllp {

inline constexpr Option kAccept[] = {
    {.name = "versions",
     .type = Type::List,
     .summary = "versions (MSH-12) to take; all others are refused. A * at the end stands for "
                "anything, here and in the other lists",
     .example = "[2.3, \"2.5*\"]",
     .item = Type::Text},
    {.name = "types",
     .type = Type::List,
     .summary = "message types (MSH-9) to take: type, type^event or type^event^structure",
     .example = "[ADT, ORU^R01, \"*^A08\"]",
     .item = Type::Text},
    {.name = "processing_ids",
     .type = Type::List,
     .summary = "processing ids (MSH-11) to take",
     .example = "[P]",
     .item = Type::Text},
};

inline constexpr Option kNetworkLimit[] = {
    {.name = "network",
     .type = Type::Text,
     .summary = "a network, or a single address",
     .required = true,
     .example = "10.1.2.0/24"},
    {.name = "max",
     .type = Type::Int,
     .summary = "most connections from it at a time",
     .required = true,
     .min = "0",
     .max = "100000"},
};

inline constexpr Option kDuplicates[] = {
    {.name = "window",
     .type = Type::Duration,
     .summary = "how long a message is remembered",
     .default_value = "10m",
     .min = "1s",
     .max = "7d"},
    {.name = "max",
     .type = Type::Int,
     .summary = "most messages remembered, at about 250 bytes each; the oldest are forgotten first",
     .default_value = "100000",
     .min = "1",
     .max = "10000000"},
    {.name = "action",
     .type = Type::Text,
     .summary = "replay: answer as the first time, and keep it from the pipeline; reject: refuse "
                "it; pass: let it through, with the attribute `duplicate`",
     .default_value = "replay",
     .one_of = "replay|reject|pass"},
};

inline constexpr Option kSequence[] = {
    {.name = "file",
     .type = Type::Path,
     .summary = "file that keeps the expected numbers across restarts",
     .required = true,
     .example = "state/intake.sequence"},
};

}  // namespace aorta::plugins::mllp
