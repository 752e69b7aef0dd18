// Reads standard input.
#include "source/stdin/stdin_source.hpp"

#include <unistd.h>

namespace aorta::plugins::stdin_source {
namespace {

constexpr Option kOptions[] = {reading::kFormatOption, reading::kMaxRecordOption};

constexpr Port kOutputs[] = {
    {"out", "*", "bytes for hl7v2 and whole, text for lines, json for ndjson"}};

constexpr Reason kReasons[] = {
    {kRefusals.too_large, "a record is larger than max_record"},
    {kRefusals.no_message,
     "bytes that are no message: one begins with MSH and its field separator at the beginning of a "
     "line"},
    {kRefusals.end_inside, "an MLLP frame has an end byte (0x1C) inside"},
    {kRefusals.cut_off, "the input ends inside an MLLP frame"},
};

constexpr Descriptor kDescriptor{
    .id = "stdin",
    .kind = Kind::Source,
    .summary = "Reads HL7 v2 messages, lines or JSON lines from standard input",
    .status = Status::Stable,
    .outputs = kOutputs,
    .concurrency = Concurrency::Serial,
    .reasons = kReasons,
    .options = kOptions,
};

class Plugin : public StdinSource {
public:
    Plugin(const Options& options, Host host)
        : StdinSource({.format = reading::format_of(options["format"].text()),
                       .max_record_bytes = options["max_record"].bytes()},
                      STDIN_FILENO,
                      host) {}
};

}  // namespace
}  // namespace aorta::plugins::stdin_source

AORTA_PLUGIN(aorta::plugins::stdin_source::Plugin, aorta::plugins::stdin_source::kDescriptor);
