// The options of encode_hl7v2.
#pragma once

#include "encode/hl7v2/encoder.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::encode_hl7v2 {

inline constexpr Option kOptions[] = {
    {.name = "line_ends",
     .summary = "what ends a segment; keep leaves the message as it is",
     .default_value = "keep",
     .one_of = "keep|cr|lf|crlf"},
    {.name = "mllp",
     .type = Type::Bool,
     .summary = "puts the message into an MLLP frame",
     .default_value = "false"},
    {.name = "trim",
     .type = Type::Bool,
     .summary = "leaves out separators behind the last value of a field or segment",
     .default_value = "false"},
};

inline EncoderConfig read_options(const Options& options) {
    EncoderConfig config{.trim = options["trim"].flag(), .mllp = options["mllp"].flag()};
    const std::string_view ends = options["line_ends"].text();
    if (ends != "keep") {
        config.line_ends = ends == "cr"   ? hl7::LineEnd::Cr
                           : ends == "lf" ? hl7::LineEnd::Lf
                                          : hl7::LineEnd::CrLf;
    }
    return config;
}

}  // namespace aorta::plugins::encode_hl7v2
