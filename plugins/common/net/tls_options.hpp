// `tls:` in the options of a source or a sink: what may stand there, read and checked.
#pragma once

#include "common/net/tls_context.hpp"

#include <aorta/sdk.hpp>

#include <functional>
#include <string>

namespace aorta::net {

inline constexpr Option kTlsClientsOptions[] = {
    {.name = "authorities",
     .type = Type::Any,
     .summary =
         "who may have issued a sender's certificate: a PEM file, a folder, a list of these, "
         "or system",
     .example = "tls/hospital-ca.pem"},
    {.name = "allow",
     .type = Type::List,
     .summary = "names that a sender's certificate may have (DNS, URI, e-mail or IP; the common "
                "name if it has none), *.lab.example for any one label; left out: any",
     .example = "[analyser-1.lab.example]",
     .item = Type::Text},
    {.name = "crl",
     .type = Type::Any,
     .summary = "revocation lists: a PEM file or a list of files; then every issuer needs one that "
                "is valid",
     .example = "tls/hospital-ca.crl"},
    {.name = "required",
     .type = Type::Bool,
     .summary = "turn senders without a certificate away; true if left out",
     .example = "true"},
};

inline constexpr Option kTlsServerOptions[] = {
    {.name = "certificate",
     .type = Type::Path,
     .summary = "PEM file with the certificate of this listener, and those between it and its "
                "authority",
     .required = true,
     .example = "tls/listener.pem"},
    {.name = "key",
     .type = Type::Path,
     .summary = "PEM file with its private key, readable by its owner only",
     .required = true,
     .example = "tls/listener.key"},
    {.name = "clients",
     .type = Type::Map,
     .summary = "which senders may connect, by their certificates",
     .fields = kTlsClientsOptions},
    {.name = "min_version",
     .type = Type::Text,
     .summary = "least TLS version; 1.2 if left out",
     .one_of = "1.2|1.3",
     .example = "\"1.3\""},
};

inline constexpr Option kTlsClientOptions[] = {
    {.name = "authorities",
     .type = Type::Any,
     .summary =
         "who may have issued the peer's certificate: a PEM file, a folder, a list of these, "
         "or system; system if left out",
     .example = "tls/hospital-ca.pem"},
    {.name = "certificate",
     .type = Type::Path,
     .summary = "PEM file with a certificate to show to the peer (mutual TLS)",
     .example = "tls/aorta.pem"},
    {.name = "key",
     .type = Type::Path,
     .summary = "PEM file with its private key, readable by its owner only",
     .example = "tls/aorta.key"},
    {.name = "server_name",
     .type = Type::Text,
     .summary = "name or address that the peer's certificate must be for; the host of connect if "
                "left out",
     .example = "ehr.example"},
    {.name = "crl",
     .type = Type::Any,
     .summary = "revocation lists: a PEM file or a list of files; then every issuer needs one that "
                "is valid",
     .example = "tls/hospital-ca.crl"},
    {.name = "min_version",
     .type = Type::Text,
     .summary = "least TLS version; 1.2 if left out",
     .one_of = "1.2|1.3",
     .example = "\"1.3\""},
};

/// Told of each problem; `at` is the option that has it.
using Complain = std::function<void(Options at, const std::string& message)>;

/// The options are usable if `complain` was not called. Files are not looked at.
TlsConfig read_tls_server(const Options& tls, const Complain& complain);

/// `host` is the one to connect to. `tls` may be absent: then all is as if left out.
TlsConfig read_tls_client(const Options& tls, const std::string& host, const Complain& complain);

/// Looks into the files: errors for what can never work, warnings for what may be different where
/// the pipeline runs (a file that is not there) or will be soon (the end of a certificate).
void lint_tls(const TlsConfig& config, const Options& tls, Diagnostics& diagnostics);

}  // namespace aorta::net
