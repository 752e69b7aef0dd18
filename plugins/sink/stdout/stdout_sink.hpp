// Records written to a stream that is already open.
#pragma once

#include "common/files/text.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace aorta::plugins::stdout_sink {

/// Writes each batch with as few calls as the stream takes. Records that got through whole before
/// an error are done; the others fail as Cancelled, which ends the pipeline. SIGPIPE does not reach
/// the process.
class StdoutSink : public Sink {
public:
    struct Settings {
        std::string separator = "\n";
        files::LineEnds line_ends = files::LineEnds::Keep;
    };

    /// The descriptor is borrowed.
    StdoutSink(Settings settings, int fd) : settings_(std::move(settings)), fd_(fd) {}

    void consume(std::span<const Delivery> deliveries) override;

private:
    Settings settings_;
    int fd_;
    std::string bytes_;
    std::vector<std::size_t> ends_;
};

inline constexpr std::string_view kClosed = "stdout.closed";
inline constexpr std::string_view kIoError = "stdout.io_error";

}  // namespace aorta::plugins::stdout_sink
