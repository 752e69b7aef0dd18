// What the zmq source and the zmq sink have in common: where to, with whom, how safely.
#pragma once

#include "common/zmq/address.hpp"
#include "common/zmq/zap.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace aorta::zmq {

inline constexpr Option kCurveOptions[] = {
    {.name = "key",
     .type = Type::Path,
     .summary = "file with the own pair of keys, readable by its owner only: of aorta keygen, or a "
                "secret certificate of zmq.auth",
     .required = true,
     .example = "keys/intake.key"},
    {.name = "peers",
     .type = Type::List,
     .summary = "files with the public keys of peers. With listen: who may connect; with connect: "
                "the one who listens there",
     .required = true,
     .example = "[keys/monitor.pub]",
     .item = Type::Path},
};

inline constexpr Option kPlaintextOptions[] = {
    {.name = "from",
     .type = Type::List,
     .summary = "with listen: networks whose peers may connect; all others are turned away",
     .example = "[10.1.2.0/24]",
     .item = Type::Text},
    {.name = "reason",
     .type = Type::Text,
     .summary = "why this is acceptable, for whoever audits the pipeline",
     .required = true,
     .example = "\"isolated laboratory network\""},
};

inline constexpr Option kListenOption = {
    .name = "listen",
    .type = Type::Text,
    .summary = "address to bind: tcp://ADDRESS:PORT (port * takes a free one) or ipc:///PATH",
    .example = "\"tcp://127.0.0.1:5555\""};

inline constexpr Option kConnectOption = {.name = "connect",
                                          .type = Type::Text,
                                          .summary = "address to connect to, instead of listen",
                                          .example = "\"tcp://127.0.0.1:5555\""};

inline constexpr Option kAddressFileOption = {
    .name = "address_file",
    .type = Type::Path,
    .summary = "file that the address is written to once the socket is bound",
    .example = "run/zmq.address"};

inline constexpr Option kHighWaterOption = {
    .name = "high_water",
    .type = Type::Int,
    .summary = "most messages that libzmq holds for one peer",
    .default_value = "100",
    .min = "1",
    .max = "1000000"};

inline constexpr Option kCurveOption = {
    .name = "curve",
    .type = Type::Map,
    .summary = "CURVE: encrypted, and both sides know each other by their keys",
    .example = "{key: keys/intake.key, peers: [keys/monitor.pub]}",
    .fields = kCurveOptions};

inline constexpr Option kPlaintextOption = {
    .name = "plaintext",
    .type = Type::Map,
    .summary = "permits peers off this machine without CURVE",
    .example = "{from: [10.1.2.0/24], reason: \"isolated laboratory network\"}",
    .fields = kPlaintextOptions};

struct NodeConfig {
    bool listens = false;
    std::string address = {};
    std::string address_file = {};
    int high_water = 0;
    bool has_curve = false;
    std::string key_file = {};
    std::vector<std::string> peer_files = {};
    std::optional<Plaintext> plaintext = {};
};

using Complain = std::function<void(Options at, const std::string& message)>;

/// Usable if `complain` was not called.
NodeConfig read_node(const Options& options, const Complain& complain);
/// What an auditor should see of a good one.
void warn_of_plaintext(const NodeConfig& config, const Options& options, Diagnostics& diagnostics);

/// Makes the sockets of a node. [one thread, but for `refused`]
class Node {
public:
    explicit Node(NodeConfig config);

    /// Reads the keys. Denied when others may read the own one.
    Result<void> start();

    /// A socket that is bound or connected, once `prepare` has set what is its own.
    Result<Socket> open(Socket::Kind kind, const std::function<void(Socket&)>& prepare);

    /// Peers that were turned away.
    std::uint64_t refused() const { return zap_.refused(); }

private:
    Result<void> write_address(const std::string& address) const;

    const NodeConfig config_;
    std::string public_key_;
    std::string secret_key_;
    std::vector<std::string> peer_keys_;
    AllowList allowed_;
    SocketContext context_;
    Zap zap_{context_};
};

}  // namespace aorta::zmq
