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
    {.name = "port_file",
     .type = Type::Path,
     .summary = "file that the bound port is written to once the listener is open",
     .example = "run/mllp.port"},
    {.name = "max_message",
     .type = Type::Size,
     .summary = "largest message; a larger one is skipped and answered AR",
     .default_value = "64MiB",
     .min = "1KiB",
     .max = "1GiB"},
    {.name = "max_connections",
     .type = Type::Int,
     .summary = "most senders at a time; more are turned away",
     .default_value = "1024",
     .min = "1",
     .max = "100000"},
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
    {.name = "tls",
     .type = Type::Map,
     .summary = "TLS, with certificates that are taken over when their files change",
     .example = "{certificate: tls/listener.pem, key: tls/listener.key, clients: {authorities: "
                "tls/hospital-ca.pem}}",
     .fields = net::kTlsServerOptions},
    {.name = "plaintext",
     .type = Type::Map,
     .summary = "permits senders off this machine without TLS",
     .example = "{from: [10.1.2.0/24], reason: \"isolated laboratory network\"}",
     .fields = kPlaintext},
    {.name = "max_connections_per_peer",
     .type = Type::Int,
     .summary = "most connections from one address at a time; 0 is no limit of its own",
     .default_value = "0",
     .min = "0",
     .max = "100000"},
    {.name = "max_connections_from",
     .type = Type::List,
     .summary = "most connections from whole networks at a time",
     .example = "[{network: 10.1.2.0/24, max: 10}]",
     .fields = kNetworkLimit},
    {.name = "keepalive",
     .type = Type::Duration,
     .summary = "probes a peer that was quiet for this time, and closes the connection when four "
                "probes, a third of it apart, were in vain; 0 never probes",
     .default_value = "30s",
     .max = "1h"},
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
        if (config.has_plaintext && !diagnostics.failed()) {
            diagnostics.warning(
                options["plaintext"],
                "takes messages without TLS on " + config.listen.to_string() +
                    " because: " + std::string{options["plaintext"]["reason"].text()});
        }
        if (config.tls && !diagnostics.failed()) {
            net::lint_tls(*config.tls, options["tls"], diagnostics);
            if (!config.tls->verifies_clients() && !config.listen.is_loopback()) {
                diagnostics.warning(
                    options["tls"]["clients"],
                    "takes messages of any sender that reaches " + config.listen.to_string());
            }
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
