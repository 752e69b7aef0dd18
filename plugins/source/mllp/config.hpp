// What the pipeline says of an MLLP listener.
#pragma once

#include "common/hl7/frame.hpp"
#include "common/net/listen_options.hpp"
#include "source/mllp/duplicates.hpp"
#include "source/mllp/screening.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aorta::plugins::mllp {

/// How many connections may come from a network at a time.
struct NetworkLimit {
    net::Network network;
    std::uint64_t max = 0;
};

struct ListenerConfig {
    net::ListenConfig listen;
    std::uint64_t max_message_bytes = 0;
    std::uint64_t partial_frames_bytes = 0;
    Nanoseconds idle_timeout{0};  // 0: none
    Nanoseconds frame_timeout{0};
    Nanoseconds end_silence{0};  // 0: what a read ends with is over
    AcceptRule accept;
    hl7::FrameBytes frame;
    bool has_commit = false;  // MLLP release 2
    std::vector<NetworkLimit> network_limits;
    std::optional<DuplicateRule> duplicates;
    std::string sequence_file;  // empty: MSH-13 is not looked at
};

using net::Complain;

/// Reads the options; the result is usable if `complain` was not called.
ListenerConfig read_config(const Options& options, const Complain& complain);

}  // namespace aorta::plugins::mllp
