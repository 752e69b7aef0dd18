// Records from a stream that is already open.
#pragma once

#include "common/reading/feeder.hpp"
#include "common/reading/findings.hpp"
#include "common/reading/splitter.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <thread>

namespace aorta::plugins::stdin_source {

inline constexpr reading::Refusals kRefusals{.too_large = "stdin.record_too_large",
                                             .no_message = "stdin.no_message",
                                             .end_inside = "stdin.end_inside_frame",
                                             .cut_off = "stdin.cut_off"};

struct Settings {
    reading::Format format = reading::Format::Hl7v2;
    std::size_t max_record_bytes = std::size_t{16} << 20U;
};

/// Reads to the end of the stream on a thread of its own. What one read brought is sent on at once.
class StdinSource : public Source {
public:
    /// The descriptor is borrowed.
    StdinSource(Settings settings, int fd, Host host);

    ~StdinSource() override { stop(); }

    Result<void> start() override;
    void stop() override;

    void on_credit() override { feeder_.on_credit(); }

private:
    void run();
    bool read_some(reading::Splitter& splitter);
    void take(const reading::Piece& piece);

    Settings settings_;
    int fd_;
    Host host_;
    std::uint32_t content_type_;
    std::uint32_t batch_attribute_;
    reading::Findings findings_;
    reading::Feeder feeder_;
    std::jthread reader_;
};

}  // namespace aorta::plugins::stdin_source
