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
    {.name = "charset",
     .summary = "character set of what leaves: keep, as_received, or a name as in MSH-18",
     .default_value = "keep",
     .example = "8859/1"},
    {.name = "unencodable",
     .summary = "what becomes of characters that the set does not have; replace writes a ?",
     .default_value = "reject",
     .one_of = "reject|replace"},
};

inline CharsetConfig read_charset_options(const Options& options, Diagnostics* report) {
    CharsetConfig config;
    config.replaces = options["unencodable"].text() == "replace";
    const std::string_view charset = options["charset"].text();
    config.as_received = charset == "as_received";
    if (charset != "keep" && !config.as_received) {
        config.msh18 = charset;
        const bool is_known =
            hl7::read_charset(charset, '~').kind == hl7::CharsetChoice::Kind::Known;
        if (!is_known && report != nullptr) {
            report->error(options["charset"],
                          "not keep, as_received or a known character set, such as 8859/1");
        }
    }
    return config;
}

/// What is wrong goes to `report`.
inline EncoderConfig read_options(const Options& options, Diagnostics* report = nullptr) {
    EncoderConfig config{.trim = options["trim"].flag(),
                         .mllp = options["mllp"].flag(),
                         .charset = read_charset_options(options, report)};
    const std::string_view ends = options["line_ends"].text();
    if (ends != "keep") {
        config.line_ends = ends == "cr"   ? hl7::LineEnd::Cr
                           : ends == "lf" ? hl7::LineEnd::Lf
                                          : hl7::LineEnd::CrLf;
    }
    return config;
}

}  // namespace aorta::plugins::encode_hl7v2
