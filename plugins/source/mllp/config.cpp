#include "source/mllp/config.hpp"

#include "common/hl7/frame_options.hpp"

namespace aorta::plugins::mllp {
namespace {

void read_frame(const Options& options, ListenerConfig& config, const Complain& complain) {
    const Result<hl7::FrameBytes> frame = hl7::read_frame_bytes(options);
    if (frame.ok()) {
        config.frame = *frame;
    } else {
        complain(options, frame.error().message);
    }
}

void read_network_limits(const Options& options, ListenerConfig& config, const Complain& complain) {
    for (std::size_t i = 0; i < options.size(); ++i) {
        const Options limit = options.item(i);
        const Result<net::Network> network = net::Network::parse(limit["network"].text());
        if (network.ok()) {
            config.network_limits.push_back({*network, limit["max"].bytes()});
        } else {
            complain(limit["network"], network.error().message);
        }
    }
}

void read_duplicates(const Options& options, ListenerConfig& config) {
    if (!options.exists()) {
        return;
    }
    const std::string_view action = options["action"].text();
    config.duplicates = {.window = options["window"].duration(),
                         .max = options["max"].bytes(),
                         .action = action == "reject" ? OnDuplicate::Reject
                                   : action == "pass" ? OnDuplicate::Pass
                                                      : OnDuplicate::Replay};
}

}  // namespace

ListenerConfig read_config(const Options& options, const Complain& complain) {
    ListenerConfig config;
    config.listen = net::read_listen(options, false, complain);
    config.max_message_bytes = options["max_message"].bytes();
    config.partial_frames_bytes = options["partial_frames"].bytes();
    config.idle_timeout = options["idle_timeout"].duration();
    config.frame_timeout = options["frame_timeout"].duration();
    config.end_silence = options["end_silence"].duration();
    const Options accept = options["accept"];
    config.accept = {
        accept["versions"].texts(), accept["types"].texts(), accept["processing_ids"].texts()};
    read_frame(options["frame"], config, complain);
    config.has_commit = options["commit"].flag();
    read_network_limits(options["max_connections_from"], config, complain);
    read_duplicates(options["duplicates"], config);
    config.sequence_file = options["sequence"]["file"].text();
    return config;
}

}  // namespace aorta::plugins::mllp
