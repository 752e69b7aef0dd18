// Options that listening sources share: where, who may connect, and how many.
#pragma once

#include "common/net/address.hpp"
#include "common/net/tls_options.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aorta::net {

inline constexpr Option kPortFileOption = {
    .name = "port_file",
    .type = Type::Path,
    .summary = "file that the bound port is written to once the listener is open",
    .example = "run/listener.port"};

inline constexpr Option kMaxConnectionsOption = {
    .name = "max_connections",
    .type = Type::Int,
    .summary = "most senders at a time; more are turned away",
    .default_value = "1024",
    .min = "1",
    .max = "100000"};

inline constexpr Option kMaxConnectionsPerPeerOption = {
    .name = "max_connections_per_peer",
    .type = Type::Int,
    .summary = "most connections from one address at a time; 0 is no limit of its own",
    .default_value = "0",
    .min = "0",
    .max = "100000"};

inline constexpr Option kKeepaliveOption = {
    .name = "keepalive",
    .type = Type::Duration,
    .summary =
        "probes a peer that was quiet for this time, and closes the connection when four "
        "probes, a third of it apart, were in vain; 0 never probes",
    .default_value = "30s",
    .max = "1h"};

inline constexpr Option kListenPlaintextOptions[] = {
    {.name = "from",
     .type = Type::List,
     .summary = "networks whose peers may connect; all others are turned away",
     .required = true,
     .example = "[10.1.2.0/24]",
     .item = Type::Text},
    {.name = "reason",
     .type = Type::Text,
     .summary = "why this is acceptable, for whoever audits the pipeline",
     .required = true,
     .example = "\"isolated laboratory network\""},
};

inline constexpr Option kListenPlaintextOption = {
    .name = "plaintext",
    .type = Type::Map,
    .summary = "permits senders off this machine without TLS",
    .example = "{from: [10.1.2.0/24], reason: \"isolated laboratory network\"}",
    .fields = kListenPlaintextOptions};

inline constexpr Option kListenTlsOption = {
    .name = "tls",
    .type = Type::Map,
    .summary = "TLS, with certificates that are taken over when their files change",
    .example =
        "{certificate: tls/listener.pem, key: tls/listener.key, clients: {authorities: "
        "tls/hospital-ca.pem}}",
    .fields = kTlsServerOptions};

struct ListenConfig {
    Address address;
    std::string port_file;  // empty: none
    std::uint64_t max_connections = 1024;
    std::uint64_t max_connections_per_peer = 0;  // 0: no limit but max_connections
    Nanoseconds keepalive{0};                    // 0: the peer is not probed
    bool has_plaintext = false;                  // then only `plaintext_from` may connect
    std::vector<Network> plaintext_from;
    std::optional<TlsConfig> tls;

    /// Whether a peer may speak without TLS, as far as networks go.
    bool permits(const Address& peer) const;
};

/// Reads `listen`, `tls` and the options above. `has_auth`: senders prove who they are by other
/// means than certificates. Usable if `complain` was not called.
ListenConfig read_listen(const Options& options, bool has_auth, const Complain& complain);

/// Looks into the files of TLS, and warns of what is permitted.
void lint_listen(const ListenConfig& config,
                 const Options& options,
                 bool has_auth,
                 Diagnostics& diagnostics);

/// By a rename, so that whoever waits for the file never reads half of it. An empty path writes
/// nothing.
Result<void> write_port_file(const std::string& path, std::uint16_t port);

}  // namespace aorta::net
