// The one plugin that writes to standard output.
#include "sink/stdout/stdout_sink.hpp"

#include <unistd.h>

namespace aorta::plugins::stdout_sink {
namespace {

constexpr Option kOptions[] = {
    {.name = "separator",
     .type = Type::Text,
     .summary = "Comes after a record that does not end with it.",
     .default_value = "\n",
     .example = "\"\\n\\n\""},
    {.name = "line_ends",
     .type = Type::Text,
     .summary =
         "keep leaves the payload as it is; lf turns CR and CRLF into LF, to be read by eye.",
     .default_value = "keep",
     .one_of = "keep|lf"},
};

constexpr Reason kReasons[] = {
    {kClosed, "The reader of standard output is gone."},
    {kIoError, "Writing to standard output failed."},
};

constexpr Descriptor kDescriptor{
    .id = "stdout",
    .kind = Kind::Sink,
    .summary = "Writes payloads to standard output",
    .status = Status::Stable,
    .concurrency = Concurrency::Serial,
    .may_block = true,
    .completion = Completion::HandedOver,
    .reasons = kReasons,
    .options = kOptions,
};

class Plugin : public StdoutSink {
public:
    Plugin(const Options& options, const Host& /*host*/)
        : StdoutSink({.separator = std::string{options["separator"].text()},
                      .line_ends = options["line_ends"].text() == "lf" ? files::LineEnds::Lf
                                                                       : files::LineEnds::Keep},
                     STDOUT_FILENO) {}
};

}  // namespace
}  // namespace aorta::plugins::stdout_sink

AORTA_PLUGIN(aorta::plugins::stdout_sink::Plugin, aorta::plugins::stdout_sink::kDescriptor);
