#include "source/mllp/config.hpp"

#include "common/hl7/frame_options.hpp"

namespace aorta::plugins::mllp {
namespace {

void read_plaintext(const Options& options, ListenerConfig& config, const Complain& complain) {
    config.has_plaintext = options.exists();
    if (!config.has_plaintext) {
        return;
    }
    const Options from = options["from"];
    for (std::size_t i = 0; i < from.size(); ++i) {
        const Result<net::Network> network = net::Network::parse(from.item(i).text());
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

void read_tls(const Options& options, ListenerConfig& config, const Complain& complain) {
    const Options tls = options["tls"];
    if (!tls.exists()) {
        return;
    }
    config.tls = net::read_tls_server(tls, complain);
    if (config.has_plaintext) {
        complain(options["plaintext"],
                 "plaintext permits senders without TLS, but with tls there are none: drop one of "
                 "the two, or use two sources");
    }
    if (!config.listen.is_loopback() && !tls["clients"].exists()) {
        complain(tls,
                 "any program that reaches the port could send; say who may, by certificate: "
                 "clients: {authorities: ca.pem, allow: [analyser-1.lab.example]}, or that all "
                 "may: clients: {required: false}");
    }
}

void read_frame(const Options& options, ListenerConfig& config, const Complain& complain) {
    const Result<hl7::FrameBytes> frame = hl7::read_frame_bytes(options);
    if (frame.ok()) {
        config.frame = *frame;
    } else {
        complain(options, frame.error().message);
    }
}

void read_network_limits(const Options& options, ListenerConfig& config, const Complain& complain) {
    for (std::size_t i = 0; i < options.size(); ++i) {
        const Options limit = options.item(i);
        const Result<net::Network> network = net::Network::parse(limit["network"].text());
        if (network.ok()) {
            config.network_limits.push_back({*network, limit["max"].bytes()});
        } else {
            complain(limit["network"], network.error().message);
        }
    }
}

void read_duplicates(const Options& options, ListenerConfig& config) {
    if (!options.exists()) {
        return;
    }
    const std::string_view action = options["action"].text();
    config.duplicates = {.window = options["window"].duration(),
                         .max = options["max"].bytes(),
                         .action = action == "reject" ? OnDuplicate::Reject
                                   : action == "pass" ? OnDuplicate::Pass
                                                      : OnDuplicate::Replay};
}

}  // namespace

ListenerConfig read_config(const Options& options, const Complain& complain) {
    ListenerConfig config;
    const Options listen = options["listen"];
    const Result<net::Address> address = net::Address::parse(listen.text());
    if (address.ok()) {
        config.listen = *address;
    } else {
        complain(listen, address.error().message);
    }
    config.port_file = options["port_file"].text();
    config.max_message_bytes = options["max_message"].bytes();
    config.max_connections = options["max_connections"].bytes();
    config.partial_frames_bytes = options["partial_frames"].bytes();
    config.idle_timeout = options["idle_timeout"].duration();
    config.frame_timeout = options["frame_timeout"].duration();
    config.end_silence = options["end_silence"].duration();
    const Options accept = options["accept"];
    config.accept = {
        accept["versions"].texts(), accept["types"].texts(), accept["processing_ids"].texts()};
    read_plaintext(options["plaintext"], config, complain);
    read_tls(options, config, complain);
    read_frame(options["frame"], config, complain);
    config.has_commit = options["commit"].flag();
    config.max_connections_per_peer = options["max_connections_per_peer"].bytes();
    read_network_limits(options["max_connections_from"], config, complain);
    config.keepalive = options["keepalive"].duration();
    read_duplicates(options["duplicates"], config);
    config.sequence_file = options["sequence"]["file"].text();
    if (address.ok() && !config.listen.is_loopback() && !config.has_plaintext && !config.tls) {
        complain(listen,
                 "the listener would take patient data off this machine without TLS; add tls: "
                 "{certificate: listener.pem, key: listener.key, clients: {authorities: ca.pem}}, "
                 "listen on 127.0.0.1, or name the peers that may: plaintext: {from: "
                 "[10.1.2.0/24], reason: \"…\"}");
    }
    return config;
}

}  // namespace aorta::plugins::mllp
