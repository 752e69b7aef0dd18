// `frame:` in the options of a source or a sink: the bytes around a message.
#pragma once

#include "common/hl7/frame.hpp"

#include <aorta/sdk.hpp>

namespace aorta::hl7 {

inline constexpr Option kFrameOptions[] = {
    {.name = "start",
     .type = Type::Int,
     .summary = "the byte before a message, a control character (11 is 0x0B)",
     .default_value = "11",
     .min = "0",
     .max = "31"},
    {.name = "end",
     .type = Type::List,
     .summary = "the byte after a message, and the one that follows it, if any",
     .default_value = "[28, 13]",
     .example = "[0x03]",
     .item = Type::Int},
};

/// Those of MLLP for what is left out. Fails as FrameBytes::make does.
Result<FrameBytes> read_frame_bytes(const Options& frame);

}  // namespace aorta::hl7
