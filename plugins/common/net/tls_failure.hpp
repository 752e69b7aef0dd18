// Why a TLS connection did not come about, or ended: stable names for logs, counters and reasons.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aorta::net {

enum class TlsFailure : std::uint8_t {
    None,
    Plaintext,
    ProtocolTooOld,
    NoCertificate,
    Expired,
    NotYetValid,
    WrongHost,
    UnknownAuthority,
    WrongPurpose,
    Revoked,
    RevocationUnknown,
    NameNotAllowed,
    BadCertificate,
    PeerRefused,
    EndedInHandshake,
    HandshakeTimeout,
    Truncated,
    Broken,
};

struct TlsFailureWords {
    std::string_view reason;  ///< a sink's: "tls.expired"
    std::string_view text;    ///< what is the matter, and what to look at
};

/// In the order of TlsFailure.
inline constexpr std::array<TlsFailureWords, 18> kTlsFailures = {{
    {"tls.none", "no failure"},
    {"tls.plaintext", "the peer speaks without TLS on a TLS port"},
    {"tls.protocol_too_old", "no TLS version or cipher in common that is still safe"},
    {"tls.no_certificate", "the peer sent no certificate, and one is required"},
    {"tls.expired", "the peer's certificate, or one above it, has expired"},
    {"tls.not_yet_valid", "the peer's certificate is not valid yet: compare the clocks"},
    {"tls.wrong_host", "the peer's certificate is for another host: see server_name"},
    {"tls.unknown_authority", "no authority that is trusted here issued the peer's certificate"},
    {"tls.wrong_purpose", "the peer's certificate is not meant for this end of a connection"},
    {"tls.revoked", "the peer's certificate has been revoked"},
    {"tls.revocation_unknown", "no revocation list of the issuer that is valid now"},
    {"tls.name_not_allowed", "the client's certificate is good, but its name is not in allow"},
    {"tls.bad_certificate", "the peer's certificate cannot be accepted"},
    {"tls.peer_refused", "the peer ended the handshake with an alert: see its log"},
    {"tls.ended_in_handshake", "the peer hung up in the handshake: it may not speak TLS"},
    {"tls.handshake_timeout", "no handshake in time: the peer may not speak TLS"},
    {"tls.truncated", "the peer ended the connection without saying so"},
    {"tls.broken", "the connection broke, or what came is no TLS"},
}};

constexpr std::string_view reason(TlsFailure failure) {
    return kTlsFailures[static_cast<std::size_t>(failure)].reason;
}

constexpr std::string_view text(TlsFailure failure) {
    return kTlsFailures[static_cast<std::size_t>(failure)].text;
}

/// The reason without "tls.", for counters and logs.
constexpr std::string_view name(TlsFailure failure) {
    return reason(failure).substr(4);
}

/// The failure that a verification result of OpenSSL (X509_V_ERR_…) stands for.
TlsFailure failure_of_verification(long result);

}  // namespace aorta::net
