#include "common/hl7/frame_options.hpp"
#include "common/net/tls_options.hpp"
#include "sink/mllp/client.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>

namespace aorta::plugins::mllp {
namespace {

constexpr Option kPlaintext[] = {
    {.name = "reason",
     .type = Type::Text,
     .summary = "why this is acceptable, for whoever audits the pipeline",
     .required = true,
     .example = "\"isolated laboratory network\""},
};

constexpr Option kOptions[] = {
    {.name = "connect",
     .type = Type::Text,
     .summary = "host and port of the peer",
     .required = true,
     .example = "\"ehr.example:2575\""},
    {.name = "on",
     .type = Type::Map,
     .summary = "what each outcome means: AA, AE, AR, CA, CE, CR, NAK, wrong_answer, timeout, "
                "connect: done, hold, dead_letter, stop or { retry: 3, then: dead_letter }",
     .example = "{ AE: { retry: 3, then: dead_letter }, AR: stop }"},
    {.name = "retry_pause",
     .type = Type::Duration,
     .summary = "at least this long before a message is sent again by `retry`",
     .default_value = "1s",
     .max = "1h"},
    {.name = "timeout",
     .type = Type::Duration,
     .summary = "for the answer to a message; then the connection is closed",
     .default_value = "30s",
     .min = "1ms",
     .max = "1h"},
    {.name = "connect_timeout",
     .type = Type::Duration,
     .summary = "for a connection attempt to each address of the host",
     .default_value = "10s",
     .min = "1ms",
     .max = "10m"},
    {.name = "wait_for",
     .type = Type::Text,
     .summary =
         "enhanced mode: the accept acknowledgement (CA) ends a message, or the application's "
         "that follows it",
     .default_value = "accept",
     .one_of = "accept|application"},
    {.name = "commit",
     .type = Type::Bool,
     .summary = "MLLP release 2: the peer sends a commit acknowledgement first",
     .default_value = "false"},
    {.name = "keep_open",
     .type = Type::Bool,
     .summary = "false makes a connection for each message",
     .default_value = "true"},
    {.name = "max_idle",
     .type = Type::Duration,
     .summary = "a connection that was quiet for longer is replaced before the next message; 0 "
                "never",
     .default_value = "0s"},
    {.name = "keepalive",
     .type = Type::Duration,
     .summary = "quiet time after which TCP asks whether the peer is there; 0 never",
     .default_value = "60s"},
    {.name = "frame",
     .type = Type::Map,
     .summary = "other bytes around a message, and around its answers, than those of MLLP",
     .example = "{start: 0x02, end: [0x03]}",
     .fields = hl7::kFrameOptions},
    {.name = "window",
     .type = Type::Int,
     .summary = "messages under way at a time; more than 1 gives up the order of messages across a "
                "retry",
     .default_value = "1",
     .min = "1",
     .max = "1024"},
    {.name = "tls",
     .type = Type::Map,
     .summary = "TLS, which a peer off this machine is spoken to with in any case, by the system's "
                "authorities",
     .example = "{authorities: tls/hospital-ca.pem, certificate: tls/aorta.pem, key: "
                "tls/aorta.key}",
     .fields = net::kTlsClientOptions},
    {.name = "plaintext",
     .type = Type::Map,
     .summary = "permits a peer off this machine without TLS",
     .example = "{reason: \"isolated laboratory network\"}",
     .fields = kPlaintext},
};

constexpr Reason tls(net::TlsFailure failure) {
    return {net::reason(failure), net::text(failure)};
}

constexpr Reason kReasons[] = {
    {"mllp.unreachable", "the peer cannot be resolved or connected to"},
    {kConnectionLost, "the connection ended before the answer"},
    {"mllp.no_answer", "no answer in time"},
    {"mllp.wrong_answer", "the answer is not one, or names another message in MSA-2"},
    {"mllp.aa", "the peer answered AA, which `on` does not take for done"},
    {"mllp.ae", "the peer answered AE"},
    {"mllp.ar", "the peer answered AR"},
    {"mllp.ca", "the peer answered CA, which `on` does not take for done"},
    {"mllp.ce", "the peer answered CE"},
    {"mllp.cr", "the peer answered CR"},
    {"mllp.nak", "the peer did not commit the message (MLLP release 2)"},
    {kStopped, "nothing is sent: `on` says stop to the outcome named; start the pipeline again"},
    {kHeldBack, "not sent: an earlier message has to be sent again first"},
    {kNoControlId, "MSH-10 is empty: no answer could be told to belong to it"},
    {kFramingByte, "the message contains a byte that begins or ends a frame"},
    tls(net::TlsFailure::Plaintext),
    tls(net::TlsFailure::ProtocolTooOld),
    tls(net::TlsFailure::Expired),
    tls(net::TlsFailure::NotYetValid),
    tls(net::TlsFailure::WrongHost),
    tls(net::TlsFailure::UnknownAuthority),
    tls(net::TlsFailure::WrongPurpose),
    tls(net::TlsFailure::Revoked),
    tls(net::TlsFailure::RevocationUnknown),
    tls(net::TlsFailure::BadCertificate),
    tls(net::TlsFailure::PeerRefused),
    tls(net::TlsFailure::EndedInHandshake),
    tls(net::TlsFailure::HandshakeTimeout),
    tls(net::TlsFailure::Broken),
};

constexpr Descriptor kDescriptor = {
    .id = "mllp",
    .kind = Kind::Sink,
    .summary = "Sends HL7 v2 messages over MLLP and waits for the peer's acknowledgement",
    .inputs = "hl7v2|bytes",
    .concurrency = Concurrency::Keyed,
    .may_block = true,
    .network = true,
    .completion = Completion::Durable,
    .replies = true,
    .reasons = kReasons,
    .options = kOptions,
};

/// Without a word on it, a peer off this machine gets TLS.
std::optional<net::TlsConfig> read_tls(const Options& options,
                                       const net::HostPort& connect,
                                       const net::Complain& complain) {
    const Options plaintext = options["plaintext"];
    const Options tls = options["tls"];
    if (plaintext.exists()) {
        if (tls.exists()) {
            complain(plaintext, "plaintext permits a peer without TLS, but tls is set: drop one");
        } else if (plaintext["reason"].text().empty()) {
            complain(plaintext,
                     "plaintext gives no reason; say why this peer may be spoken to without TLS");
        }
        return {};
    }
    if (!tls.exists() && net::is_loopback(connect)) {
        return {};
    }
    return net::read_tls_client(tls, connect.host, complain);
}

/// Usable if `complain` was not called.
ClientConfig read_config(const Options& options, const Complain& complain) {
    ClientConfig config;
    const auto connect = net::parse_host_port(options["connect"].text());
    if (connect.ok()) {
        config.link.connect = *connect;
        config.link.tls = read_tls(options, *connect, complain);
    } else {
        complain(options["connect"], connect.error().message);
    }
    config.link.connect_timeout = options["connect_timeout"].duration();
    config.link.keepalive = options["keepalive"].duration();
    if (const auto frame = hl7::read_frame_bytes(options["frame"]); frame.ok()) {
        config.link.frame = *frame;
    } else {
        complain(options["frame"], frame.error().message);
    }
    config.timeout = options["timeout"].duration();
    config.retry_pause = options["retry_pause"].duration();
    config.max_idle = options["max_idle"].duration();
    config.window = static_cast<std::size_t>(options["window"].bytes());
    config.waits_for_application = options["wait_for"].text() == "application";
    config.has_commit = options["commit"].flag();
    config.keeps_open = options["keep_open"].flag();
    config.policy = read_policy(options["on"], complain);
    if (config.window > 1 && (config.has_commit || !config.keeps_open)) {
        complain(options["window"],
                 "one message at a time goes with `commit: true` and with `keep_open: false`");
    }
    return config;
}

class MllpSink final : public Sink {
public:
    MllpSink(const Options& options, Host host) : client_(host, config_for(options, host)) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        const ClientConfig config = read_config(
            options,
            [&](Options at, const std::string& message) { diagnostics.error(at, message); });
        if (diagnostics.failed()) {
            return;
        }
        if (config.link.tls) {
            net::lint_tls(*config.link.tls, options["tls"], diagnostics);
        } else if (!net::is_loopback(config.link.connect)) {
            diagnostics.warning(options["plaintext"],
                                "sends messages without TLS because: " +
                                    std::string{options["plaintext"]["reason"].text()});
        }
    }

    Result<void> start() override {
        if (problem_) {
            return Error{ErrorCode::InvalidConfig, *problem_};
        }
        return client_.start();
    }

    void consume(std::span<const Delivery> deliveries) override { client_.deliver(deliveries); }

private:
    ClientConfig config_for(const Options& options, Host host) {
        ClientConfig config = read_config(options, [this](Options, const std::string& message) {
            problem_ = problem_.value_or(message);
        });
        // The sender waits for what the peer's application says: CA is not that.
        config.waits_for_application = config.waits_for_application || host.wants_reply();
        return config;
    }

    std::optional<std::string> problem_;  // before client_: reading its options may set it
    Client client_;
};

}  // namespace
}  // namespace aorta::plugins::mllp

AORTA_PLUGIN(aorta::plugins::mllp::MllpSink, aorta::plugins::mllp::kDescriptor);
