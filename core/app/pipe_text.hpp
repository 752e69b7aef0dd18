// The expression of `aorta pipe`, turned into the text of a pipeline file.
#pragma once

#include "config/descriptor.hpp"

#include <aorta/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aorta::app {

struct PipeText {
    std::string yaml;
    bool reads_input = false;  // the expression does not begin with a source of its own
};

struct PipeSettings {
    std::string format = "hl7v2";         // of the input
    std::vector<std::string> files = {};  // in place of standard input
    bool for_terminal = false;            // ends of lines that a terminal shows
};

/// `decode_hl7v2 | filter{keep_if: "PID-8 == 'F'"} | route{cases: {…}}.urgent`: plugins by their
/// ids, options as a YAML flow map, a port by its name. Without a source and a sink of its own it
/// reads standard input, or the files, and writes standard output. Refuses (InvalidConfig) what has
/// not this form, naming the stage; what the options mean is the loader's business.
Result<PipeText> pipe_text(std::string_view expression,
                           const config::Catalog& catalog,
                           const PipeSettings& settings);

}  // namespace aorta::app
