#include "sink/http/client.hpp"
#include "sink/http/config.hpp"
#include "sink/http/options.hpp"
#include "sink/http/reasons.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>

namespace aorta::plugins::http_sink {
namespace {

constexpr Reason tls(net::TlsFailure failure) {
    return {net::reason(failure), net::text(failure)};
}

constexpr Reason kReasons[] = {
    {kUnreachable, "the peer, or the proxy, cannot be resolved or connected to"},
    {kConnectionLost, "the connection ended before the response"},
    {kNoAnswer, "no connection or no response in time"},
    {kNoHttp, "what came is no response of HTTP"},
    {kBadUrl, "the URL with the record's attributes is none"},
    {kNoAttribute, "the record lacks an attribute that the URL is made with"},
    {kNoToken, "the token server gave no access token"},
    {kNoResource, "the record is no FHIR resource in JSON, or its id is none"},
    {kEntryRefused, "the server refused an entry of a batch; others may have been taken"},
    {kEntryFailed, "the server could not work on an entry of a batch"},
    {kNoBundle, "the answer to a batch does not tell what became of its entries"},
    {kHeldBack, "not sent: an earlier record has to be sent again first"},
    {"http.status_2xx", "a success that `on` does not take for done"},
    {"http.status_3xx", "a redirect, which is not followed: see url"},
    {"http.status_400", "the peer finds the request wrong"},
    {"http.status_401", "the peer does not take our credentials"},
    {"http.status_403", "the peer does not permit it"},
    {"http.status_404", "the peer has no such place"},
    {"http.status_405", "the peer does not take this method there"},
    {"http.status_409", "a conflict with what the peer has"},
    {"http.status_410", "what is written to was deleted"},
    {"http.status_412", "a condition does not hold: another version, or several matches"},
    {"http.status_413", "the record is too large for the peer"},
    {"http.status_415", "the peer does not take this media type"},
    {"http.status_422", "the peer finds the resource wrong"},
    {"http.status_429", "the peer wants fewer requests"},
    {"http.status_4xx", "another refusal"},
    {"http.status_503", "the peer is not available"},
    {"http.status_5xx", "the peer is in trouble"},
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
    tls(net::TlsFailure::Broken),
};

constexpr Descriptor kDescriptor = {
    .id = "http",
    .kind = Kind::Sink,
    .summary = "Sends records over HTTP: to webhooks, or to a FHIR server",
    .concurrency = Concurrency::Keyed,
    .may_block = true,
    .network = true,
    .completion = Completion::Durable,
    .replies = true,
    .reasons = kReasons,
    .options = kOptions,
};

class HttpSink final : public Sink {
public:
    HttpSink(const Options& options, Host host)
        : client_(host, read_config(options, [this](Options, const std::string& message) {
                      problem_ = problem_.value_or(message);
                  })) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        const SinkConfig config = read_config(options, [&](Options at, const std::string& message) {
            diagnostics.error(at, message);
        });
        if (diagnostics.failed()) {
            return;
        }
        if (config.transfer.tls) {
            net::lint_tls(*config.transfer.tls, options["tls"], diagnostics);
        } else if (options["plaintext"].exists()) {
            diagnostics.warning(options["plaintext"],
                                "sends records without TLS because: " +
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
    std::optional<std::string> problem_;  // before client_: reading its options may set it
    Client client_;
};

}  // namespace
}  // namespace aorta::plugins::http_sink

AORTA_PLUGIN(aorta::plugins::http_sink::HttpSink, aorta::plugins::http_sink::kDescriptor);
