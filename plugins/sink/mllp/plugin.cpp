#include "common/net/tls_options.hpp"
#include "sink/mllp/client.hpp"

#include <aorta/sdk.hpp>

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
    {.name = "window",
     .type = Type::Int,
     .summary = "messages under way at a time; more than 1 gives up the order of messages across a "
                "retry",
     .default_value = "1",
     .min = "1",
     .max = "1024"},
    {.name = "on_ae",
     .type = Type::Text,
     .summary = "what an AE (or CE) of the peer means: the data is wrong, or try again",
     .default_value = "fail",
     .one_of = "fail|retry"},
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
    {kUnreachable, "the peer cannot be resolved or connected to"},
    {kConnectionLost, "the connection ended before the answer"},
    {kNoAnswer, "no answer in time"},
    {kWrongAnswer, "the answer is not one, or names another message in MSA-2"},
    {kAe, "the peer answered AE"},
    {kAr, "the peer answered AR"},
    {kHeldBack, "not sent: an earlier message has to be sent again first"},
    {kNoControlId, "MSH-10 is empty: no answer could be told to belong to it"},
    {kFramingByte, "the message contains a byte that MLLP uses for framing"},
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
    .summary = "sends HL7 v2 messages over MLLP and waits for the peer's acknowledgement",
    .inputs = "hl7v2|bytes",
    .concurrency = Concurrency::Serial,
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

class MllpSink final : public Sink {
public:
    MllpSink(const Options& options, Host host)
        : connect_(net::parse_host_port(options["connect"].text())),
          client_(host,
                  {.connect = connect_.ok() ? *connect_ : net::HostPort{},
                   .timeout = options["timeout"].duration(),
                   .connect_timeout = options["connect_timeout"].duration(),
                   .window = static_cast<std::size_t>(options["window"].bytes()),
                   .is_ae_retried = options["on_ae"].text() == "retry",
                   .tls = connect_.ok() ? read_tls(options, *connect_, note_) : std::nullopt}) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        const auto connect = net::parse_host_port(options["connect"].text());
        if (!connect.ok()) {
            diagnostics.error(options["connect"], connect.error().message);
            return;
        }
        const auto config =
            read_tls(options, *connect, [&](Options at, const std::string& message) {
                diagnostics.error(at, message);
            });
        if (config && !diagnostics.failed()) {
            net::lint_tls(*config, options["tls"], diagnostics);
        }
        if (!config && !net::is_loopback(*connect) && !diagnostics.failed()) {
            diagnostics.warning(options["plaintext"],
                                "sends messages without TLS because: " +
                                    std::string{options["plaintext"]["reason"].text()});
        }
    }

    Result<void> start() override {
        if (!connect_.ok()) {
            return connect_.error();
        }
        if (problem_) {
            return Error{ErrorCode::InvalidConfig, *problem_};
        }
        return client_.start();
    }

    void consume(std::span<const Delivery> deliveries) override { client_.deliver(deliveries); }

private:
    Result<net::HostPort> connect_;
    std::optional<std::string> problem_;
    net::Complain note_ = [this](Options, const std::string& message) {
        problem_ = problem_.value_or(message);
    };
    Client client_;
};

}  // namespace
}  // namespace aorta::plugins::mllp

AORTA_PLUGIN(aorta::plugins::mllp::MllpSink, aorta::plugins::mllp::kDescriptor);
