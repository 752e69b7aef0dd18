#include "common/hl7/frame_options.hpp"
#include "source/mllp/config.hpp"
#include "source/mllp/listener.hpp"
#include "source/mllp/options.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>

namespace aorta::plugins::mllp {
namespace {

constexpr Option kOptions[] = {
    {.name = "listen",
     .type = Type::Text,
     .summary = "address and port to listen on; port 0 takes a free one",
     .default_value = "127.0.0.1:2575",
     .example = "\"127.0.0.1:2575\""},
    net::kPortFileOption,
    {.name = "max_message",
     .type = Type::Size,
     .summary = "largest message; a larger one is skipped and answered AR",
     .default_value = "64MiB",
     .min = "1KiB",
     .max = "1GiB"},
    net::kMaxConnectionsOption,
    {.name = "partial_frames",
     .type = Type::Size,
     .summary = "memory for messages that have not arrived completely, over all connections; "
                "one connection may exceed it by one message",
     .default_value = "64MiB",
     .min = "64KiB"},
    {.name = "frame_timeout",
     .type = Type::Duration,
     .summary = "a message that has begun must end, or grow by 64 KiB, within this time; so must "
                "the sender take its answers",
     .default_value = "30s",
     .min = "10ms"},
    {.name = "end_silence",
     .type = Type::Duration,
     .summary = "an end byte (0x1C) without a last byte (0x0D) ends a message when nothing has "
                "followed for this time; 0 takes whatever a read ends with",
     .default_value = "300ms",
     .max = "10s"},
    {.name = "idle_timeout",
     .type = Type::Duration,
     .summary = "closes a connection that was quiet for this time; 0 never does",
     .default_value = "0s"},
    {.name = "accept",
     .type = Type::Map,
     .summary = "what to take; a list left out takes everything",
     .fields = kAccept},
    net::kListenTlsOption,
    net::kListenPlaintextOption,
    net::kMaxConnectionsPerPeerOption,
    {.name = "max_connections_from",
     .type = Type::List,
     .summary = "most connections from whole networks at a time",
     .example = "[{network: 10.1.2.0/24, max: 10}]",
     .fields = kNetworkLimit},
    net::kKeepaliveOption,
    {.name = "frame",
     .type = Type::Map,
     .summary = "other bytes around a message than those of MLLP",
     .example = "{start: 0x02, end: [0x03]}",
     .fields = hl7::kFrameOptions},
    {.name = "commit",
     .type = Type::Bool,
     .summary = "MLLP release 2: a commit block (0x06, or 0x15 for what could not be taken) before "
                "the answer; the sender's commit blocks are not messages",
     .default_value = "false"},
    {.name = "duplicates",
     .type = Type::Map,
     .summary =
         "finds messages that come again: same sender, control id and content, but for MSH-7",
     .example = "{window: 10m, action: replay}",
     .fields = kDuplicates},
    {.name = "sequence",
     .type = Type::Map,
     .summary = "checks sequence numbers (MSH-13) for each sender (MSH-3, MSH-4)",
     .example = "{file: state/intake.sequence}",
     .fields = kSequence},
};

constexpr Port kPorts[] = {
    {.name = "out", .content_type = "bytes", .summary = "one record for each frame"}};

constexpr Descriptor kDescriptor = {
    .id = "mllp",
    .kind = Kind::Source,
    .summary = "Receives HL7 v2 messages over MLLP and acknowledges them",
    .inputs = {},
    .outputs = kPorts,
    .concurrency = Concurrency::Serial,
    .network = true,
    .options = kOptions,
};

class MllpSource final : public Source {
public:
    MllpSource(const Options& options, Host host)
        : listener_(host, read_config(options, [this](Options, const std::string& message) {
                        problem_ = problem_.value_or(message);
                    })) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        const ListenerConfig config = read_config(
            options,
            [&](Options at, const std::string& message) { diagnostics.error(at, message); });
        if (!diagnostics.failed()) {
            net::lint_listen(config.listen, options, false, diagnostics);
        }
    }

    Result<void> start() override {
        if (problem_) {
            return Error{ErrorCode::InvalidConfig, *problem_};
        }
        return listener_.start();
    }

    void stop() override { listener_.stop(); }

    void on_credit() override { listener_.on_credit(); }

    void on_ack(std::uint64_t cookie, const Outcome& answer) override {
        listener_.on_ack(cookie, answer);
    }

    void on_settled(std::uint64_t cookie, const Outcome& fate) override {
        listener_.on_settled(cookie, fate);
    }

private:
    std::optional<std::string> problem_;  // before listener_: reading its options may set it
    Listener listener_;
};

}  // namespace
}  // namespace aorta::plugins::mllp

AORTA_PLUGIN(aorta::plugins::mllp::MllpSource, aorta::plugins::mllp::kDescriptor);
