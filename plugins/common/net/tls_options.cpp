#include "common/net/tls_options.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace aorta::net {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kSoon = 30;  // days

/// A text or a list of texts.
std::vector<std::string> paths(Options at, const char* what, const Complain& complain) {
    std::vector<std::string> all;
    const bool is_list = at.exists() && at.abi()->type == AORTA_LIST;
    for (std::size_t i = 0; i < (is_list ? at.size() : 1); ++i) {
        const Options item = is_list ? at.item(i) : at;
        if (!item.text().empty()) {
            all.emplace_back(item.text());
        } else if (item.exists()) {
            complain(item, std::string{what} + " takes a path or a list of paths");
        }
    }
    return all;
}

void read_authorities(Options at, TlsConfig& config, const Complain& complain) {
    for (std::string& path : paths(at, "authorities", complain)) {
        if (path == "system") {
            config.trusts_system = true;
        } else {
            config.authorities.push_back(std::move(path));
        }
    }
}

void read_pair(const Options& tls, TlsConfig& config, const Complain& complain) {
    config.certificate = tls["certificate"].text();
    config.key = tls["key"].text();
    config.is_1_3_only = tls["min_version"].text() == "1.3";
    if (config.certificate.empty() != config.key.empty()) {
        complain(tls, "a certificate needs its key, and a key its certificate: give both");
    }
}

/// A problem of a file is an error if it will be the same wherever the pipeline runs.
void tell(const Error& error, Options at, Diagnostics& diagnostics) {
    switch (error.code) {
        case ErrorCode::NotFound:
            diagnostics.warning(at, error.message + "; it must be there when the pipeline starts");
            break;
        case ErrorCode::InvalidConfig:
            diagnostics.error(at, error.message);
            break;
        default:
            diagnostics.warning(at, error.message + "; the pipeline must be able to read it");
    }
}

std::int64_t now_s() {
    return std::chrono::floor<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void tell_times(const std::string& path,
                const std::vector<Certificate>& certificates,
                Options at,
                Diagnostics& diagnostics) {
    const std::int64_t now = now_s();
    for (const Certificate& certificate : certificates) {
        const CertificateFacts facts = facts_of(*certificate);
        const std::int64_t left = (facts.not_after - now) / kDay;
        if (facts.not_after <= now) {
            diagnostics.warning(at, path + ": the certificate has expired; renew it");
        } else if (facts.not_before > now) {
            diagnostics.warning(at, path + ": the certificate is not valid yet");
        } else if (left < kSoon) {
            diagnostics.warning(
                at, path + ": the certificate expires in " + std::to_string(left) + " days");
        }
    }
}

void tell_times(const std::string& path,
                const std::vector<RevocationList>& lists,
                Options at,
                Diagnostics& diagnostics) {
    for (const RevocationList& list : lists) {
        const std::int64_t next = facts_of(*list).next;
        if (next != 0 && next <= now_s()) {
            diagnostics.warning(
                at, path + ": the revocation list has run out, so every peer is refused; renew it");
        }
    }
}

/// The file's content, its problems told; nothing if it has any.
template <class T>
T told(const std::string& path, Result<T> content, Options at, Diagnostics& diagnostics) {
    if (!content.ok()) {
        // A list's items stand at the list.
        tell(content.error(), at, diagnostics);
        return {};
    }
    if constexpr (!std::is_same_v<T, PrivateKey>) {
        tell_times(path, *content, at, diagnostics);
    }
    return std::move(*content);
}

}  // namespace

TlsConfig read_tls_server(const Options& tls, const Complain& complain) {
    TlsConfig config;
    config.role = TlsRole::Server;
    read_pair(tls, config, complain);
    const Options clients = tls["clients"];
    read_authorities(clients["authorities"], config, complain);
    config.crls = paths(clients["crl"], "crl", complain);
    config.allow = clients["allow"].texts();
    config.needs_client = !clients["required"].exists() || clients["required"].flag();
    const bool asks = !config.allow.empty() || !config.crls.empty() || config.needs_client;
    if (clients.exists() && !config.verifies_clients() && asks) {
        complain(clients,
                 "clients names no authorities, so no certificate could be checked; add "
                 "authorities: ca.pem, or turn the check off with required: false alone");
    }
    return config;
}

TlsConfig read_tls_client(const Options& tls, const std::string& host, const Complain& complain) {
    TlsConfig config;
    config.role = TlsRole::Client;
    read_pair(tls, config, complain);
    read_authorities(tls["authorities"], config, complain);
    config.trusts_system = config.trusts_system || config.authorities.empty();
    config.crls = paths(tls["crl"], "crl", complain);
    const Options server_name = tls["server_name"];
    config.server_name = server_name.exists() ? std::string{server_name.text()} : host;
    if (config.server_name.empty()) {
        complain(server_name,
                 "an empty server_name would take the certificate of any host; leave it out to "
                 "expect the host of connect");
    }
    return config;
}

void lint_tls(const TlsConfig& config, const Options& tls, Diagnostics& diagnostics) {
    const Options trust = config.role == TlsRole::Server ? tls["clients"] : tls;
    if (!config.certificate.empty() && !config.key.empty()) {
        const auto chain = told(config.certificate,
                                read_certificates(config.certificate),
                                tls["certificate"],
                                diagnostics);
        const auto key = told(config.key, read_private_key(config.key), tls["key"], diagnostics);
        if (!chain.empty() && key && !matches(chain.front(), key)) {
            diagnostics.error(tls["key"],
                              "the key in " + config.key +
                                  " does not belong to the first certificate in " +
                                  config.certificate);
        }
    }
    for (const std::string& path : config.authorities) {
        told(path, net::read_authorities(path), trust["authorities"], diagnostics);
    }
    for (const std::string& path : config.crls) {
        told(path, read_revocation_lists(path), trust["crl"], diagnostics);
    }
}

}  // namespace aorta::net
