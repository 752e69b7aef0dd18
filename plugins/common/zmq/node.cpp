#include "common/zmq/node.hpp"

#include <sys/stat.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

namespace aorta::zmq {
namespace {

constexpr const char* kDomain = "aorta.node";
constexpr std::size_t kKeyChars = 40;
constexpr std::size_t kMostBytes = 4'096;
constexpr int kHeartbeatMs = 5'000;
constexpr int kHandshakeMs = 10'000;

bool is_key(const std::string& text) {
    std::array<std::uint8_t, 32> bytes{};
    return text.size() == kKeyChars && zmq_z85_decode(bytes.data(), text.c_str()) != nullptr;
}

/// The key behind a word that begins with `label`, as our files ("secret KEY") and those of
/// zmq.auth (secret-key = "KEY") have it. Without a label: the first line that is a key.
std::string find_key(const std::string& content, std::string_view label) {
    std::size_t begin = 0;
    while (begin < content.size()) {
        const std::size_t end = std::min(content.find('\n', begin), content.size());
        std::string line = content.substr(begin, end - begin);
        begin = end + 1;
        const std::size_t text = line.find_first_not_of(" \t");
        line.erase(0, text == std::string::npos ? line.size() : text);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '"')) {
            line.pop_back();
        }
        const bool fits = label.empty() ? line.size() == kKeyChars
                                        : line.starts_with(label) && line.size() > kKeyChars;
        if (fits && is_key(line.substr(line.size() - kKeyChars))) {
            return line.substr(line.size() - kKeyChars);
        }
    }
    return {};
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string content(kMostBytes, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
    if (content.empty()) {
        return Error{ErrorCode::NotFound, "cannot read the key file, or it is empty", path};
    }
    return content;
}

Result<void> check_mode(const std::string& path) {
    struct stat status {};

    if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077U) != 0) {
        return Error{ErrorCode::Denied,
                     "others may read this secret key: chmod 600 (in Kubernetes: defaultMode 0400)",
                     path};
    }
    return {};
}

void read_plaintext(const Options& options, NodeConfig& config, const Complain& complain) {
    if (!options.exists()) {
        return;
    }
    config.plaintext = Plaintext{.reason = std::string{options["reason"].text()}};
    const Options from = options["from"];
    for (std::size_t i = 0; i < from.size(); ++i) {
        const auto network = Network::parse(from.item(i).text());
        if (network.ok()) {
            config.plaintext->from.push_back(*network);
        } else {
            complain(from.item(i), network.error().message);
        }
    }
    if (config.has_curve) {
        complain(options, "plaintext permits peers without CURVE, but curve is set: drop one");
    } else if (config.plaintext->reason.empty()) {
        complain(options, "plaintext gives no reason; say why these peers need no CURVE");
    } else if (config.listens && from.size() == 0) {
        complain(options,
                 "plaintext names no networks: nobody could connect; add from: [10.1.2.0/24]");
    }
}

}  // namespace

NodeConfig read_node(const Options& options, const Complain& complain) {
    NodeConfig config;
    const Options listen = options["listen"];
    const Options connect = options["connect"];
    config.listens = listen.exists();
    if (listen.exists() == connect.exists()) {
        complain(options, "say either where to listen or where to connect to");
        return config;
    }
    const Options at = config.listens ? listen : connect;
    config.address = at.text();
    config.address_file = options["address_file"].text();
    config.high_water = static_cast<int>(options["high_water"].integer());
    const Options curve = options["curve"];
    config.has_curve = curve.exists();
    config.key_file = curve["key"].text();
    config.peer_files = curve["peers"].texts();
    if (config.has_curve &&
        (config.peer_files.empty() || (!config.listens && config.peer_files.size() > 1))) {
        complain(curve,
                 config.listens ? "curve names no peers: nobody could connect"
                                : "name the one peer that listens there");
    }
    read_plaintext(options["plaintext"], config, complain);
    const auto reach = reach_of(config.address);
    if (!reach.ok()) {
        complain(at, reach.error().message);
    } else if (*reach == Reach::Network && !config.has_curve && !config.plaintext) {
        complain(at,
                 "patient data would go off this machine unencrypted; add curve: {key: "
                 "keys/intake.key, peers: [keys/monitor.pub]}, stay on tcp://127.0.0.1 or ipc, or "
                 "say who may do without: plaintext: {from: [10.1.2.0/24], reason: \"…\"}");
    }
    return config;
}

void warn_of_plaintext(const NodeConfig& config, const Options& options, Diagnostics& diagnostics) {
    if (config.plaintext && !diagnostics.failed()) {
        diagnostics.warning(
            options["plaintext"],
            "talks without CURVE on " + config.address + " because: " + config.plaintext->reason);
    }
}

Node::Node(NodeConfig config) : config_(std::move(config)) {
    if (config_.has_curve) {
        zap_.admit_keys(kDomain, allowed_);
    } else {
        zap_.admit_addresses(kDomain, [this](std::string_view address) {
            return is_loopback_ip(address) ||
                   (config_.plaintext &&
                    std::ranges::any_of(config_.plaintext->from, [&](const Network& network) {
                        return network.contains(address);
                    }));
        });
    }
}

Result<void> Node::start() {
    if (!config_.has_curve) {
        return {};
    }
    if (Result<void> checked = check_mode(config_.key_file); !checked.ok()) {
        return checked;
    }
    const auto own = read_file(config_.key_file);
    if (!own.ok()) {
        return own.error();
    }
    public_key_ = find_key(*own, "public");
    secret_key_ = find_key(*own, "secret");
    if (public_key_.empty() || secret_key_.empty()) {
        return Error{
            ErrorCode::InvalidConfig, "not a file with a pair of CURVE keys", config_.key_file};
    }
    for (const std::string& file : config_.peer_files) {
        const auto content = read_file(file);
        if (!content.ok()) {
            return content.error();
        }
        std::string key = find_key(*content, "public");
        key = key.empty() ? find_key(*content, {}) : key;
        if (key.empty()) {
            return Error{ErrorCode::InvalidConfig, "there is no public key", file};
        }
        peer_keys_.push_back(std::move(key));
    }
    allowed_.set({{"peer", peer_keys_}});
    return {};
}

Result<Socket> Node::open(Socket::Kind kind, const std::function<void(Socket&)>& prepare) {
    Socket socket{context_, kind};
    socket.set(ZMQ_LINGER, 0);
    socket.set(ZMQ_IPV6, 1);
    socket.set(ZMQ_SNDHWM, config_.high_water);
    socket.set(ZMQ_RCVHWM, config_.high_water);
    socket.set(ZMQ_HEARTBEAT_IVL, kHeartbeatMs);
    socket.set(ZMQ_HEARTBEAT_TIMEOUT, 3 * kHeartbeatMs);
    socket.set(ZMQ_HANDSHAKE_IVL, kHandshakeMs);
    if (config_.has_curve) {
        socket.set(ZMQ_CURVE_SECRETKEY, secret_key_);
        if (config_.listens) {
            socket.set(ZMQ_CURVE_SERVER, 1);
        } else {
            socket.set(ZMQ_CURVE_PUBLICKEY, public_key_);
            socket.set(ZMQ_CURVE_SERVERKEY, peer_keys_.front());
        }
    }
    if (config_.listens && !config_.address.starts_with("ipc:")) {
        socket.set(ZMQ_ZAP_DOMAIN, kDomain);
    }
    prepare(socket);
    Result<void> done =
        config_.listens ? socket.bind(config_.address) : socket.connect(config_.address);
    if (done.ok() && config_.listens) {
        done = write_address(socket.bound_to());
    }
    if (!done.ok()) {
        return done.error();
    }
    return socket;
}

Result<void> Node::write_address(const std::string& address) const {
    if (config_.address.starts_with("ipc://")) {
        ::chmod(config_.address.c_str() + std::string_view{"ipc://"}.size(), 0600);
    }
    if (!config_.address_file.empty()) {
        // Whole or not at all: who waits for it reads it at once.
        const std::string fresh = config_.address_file + ".new";
        std::ofstream out(fresh);
        out << address << '\n';
        out.close();
        if (!out || std::rename(fresh.c_str(), config_.address_file.c_str()) != 0) {
            return Error{
                ErrorCode::Unavailable, "cannot write the address file", config_.address_file};
        }
    }
    return {};
}

}  // namespace aorta::zmq
