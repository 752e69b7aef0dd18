#include "common/net/listen_options.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace aorta::net {
namespace {

void read_plaintext(const Options& options, ListenConfig& config, const Complain& complain) {
    config.has_plaintext = options.exists();
    if (!config.has_plaintext) {
        return;
    }
    const Options from = options["from"];
    for (std::size_t i = 0; i < from.size(); ++i) {
        const Result<Network> network = Network::parse(from.item(i).text());
        if (network.ok()) {
            config.plaintext_from.push_back(*network);
        } else {
            complain(from.item(i), network.error().message);
        }
    }
    if (from.size() == 0) {
        complain(options,
                 "plaintext names no networks: nobody could connect; add from: [10.1.2.0/24]");
    }
    if (options["reason"].text().empty()) {
        complain(options, "plaintext gives no reason; say why these peers may send without TLS");
    }
}

void read_tls(const Options& options,
              bool has_auth,
              ListenConfig& config,
              const Complain& complain) {
    const Options tls = options["tls"];
    if (!tls.exists()) {
        return;
    }
    config.tls = read_tls_server(tls, complain);
    if (config.has_plaintext) {
        complain(options["plaintext"],
                 "plaintext permits senders without TLS, but with tls there are none: drop one of "
                 "the two, or use two sources");
    }
    if (!config.address.is_loopback() && !tls["clients"].exists() && !has_auth) {
        complain(tls,
                 "any program that reaches the port could send; say who may, by certificate: "
                 "clients: {authorities: ca.pem, allow: [analyser-1.lab.example]}, or that all "
                 "may: clients: {required: false}");
    }
}

}  // namespace

bool ListenConfig::permits(const Address& peer) const {
    return !has_plaintext ||
           std::any_of(plaintext_from.begin(), plaintext_from.end(), [&](const Network& network) {
               return network.contains(peer);
           });
}

ListenConfig read_listen(const Options& options, bool has_auth, const Complain& complain) {
    ListenConfig config;
    const Options listen = options["listen"];
    const Result<Address> address = Address::parse(listen.text());
    if (address.ok()) {
        config.address = *address;
    } else {
        complain(listen, address.error().message);
    }
    config.port_file = options["port_file"].text();
    config.max_connections = options["max_connections"].bytes();
    config.max_connections_per_peer = options["max_connections_per_peer"].bytes();
    config.keepalive = options["keepalive"].duration();
    read_plaintext(options["plaintext"], config, complain);
    read_tls(options, has_auth, config, complain);
    if (address.ok() && !config.address.is_loopback() && !config.has_plaintext && !config.tls) {
        complain(listen,
                 "the listener would take patient data off this machine without TLS; add tls: "
                 "{certificate: listener.pem, key: listener.key, clients: {authorities: ca.pem}}, "
                 "listen on 127.0.0.1, or name the peers that may: plaintext: {from: "
                 "[10.1.2.0/24], reason: \"…\"}");
    }
    return config;
}

void lint_listen(const ListenConfig& config,
                 const Options& options,
                 bool has_auth,
                 Diagnostics& diagnostics) {
    if (config.has_plaintext) {
        diagnostics.warning(options["plaintext"],
                            "takes messages without TLS on " + config.address.to_string() +
                                " because: " + std::string{options["plaintext"]["reason"].text()});
    }
    if (!config.tls) {
        return;
    }
    lint_tls(*config.tls, options["tls"], diagnostics);
    if (!config.tls->verifies_clients() && !has_auth && !config.address.is_loopback()) {
        diagnostics.warning(
            options["tls"]["clients"],
            "takes messages of any sender that reaches " + config.address.to_string());
    }
}

Result<void> write_port_file(const std::string& path, std::uint16_t port) {
    if (path.empty()) {
        return {};
    }
    const std::string fresh = path + ".new";
    std::error_code failed;
    std::filesystem::create_directories(std::filesystem::path{fresh}.parent_path(), failed);
    std::ofstream file(fresh, std::ios::trunc);
    file << port << '\n';
    file.close();
    std::filesystem::rename(fresh, path, failed);
    if (!file || failed) {
        return Error{ErrorCode::InvalidConfig, "cannot write the port file " + path};
    }
    return {};
}

}  // namespace aorta::net
