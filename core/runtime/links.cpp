#include "runtime/links.hpp"

#include "base/check.hpp"
#include "base/crypto.hpp"
#include "common/zmq/address.hpp"
#include "graph/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>
#include <thread>
#include <utility>

namespace aorta::runtime {
namespace {

using message::FateKind;
using pipeline::LinkSpec;
using pipeline::PipelineSpec;

transport::Compression compression_of(const LinkSpec& link) {
    switch (link.compression) {
        case pipeline::LinkCompression::On:
            return transport::Compression::On;
        case pipeline::LinkCompression::Off:
            return transport::Compression::Off;
        case pipeline::LinkCompression::Adaptive:
            break;
    }
    return transport::Compression::Adaptive;
}

/// An address of a socket that listens: one of this machine, never a name to be looked up.
std::string bind_address(const LinkSpec& link) {
    if (!link.listen.empty() || !link.address.starts_with("tcp://")) {
        return link.listen.empty() ? link.address : link.listen;
    }
    const std::size_t colon = link.address.rfind(':');
    const std::string host = link.address.substr(6, colon - 6);
    const std::string port = link.address.substr(colon);
    if (host == "localhost") {
        return "tcp://127.0.0.1" + port;
    }
    const bool is_number =
        host.starts_with("[") || host.find_first_not_of("0123456789.") == std::string::npos;
    return is_number ? link.address : "tcp://*" + port;
}

int digit(char c) {
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

}  // namespace

transport::Fingerprint fingerprint_of(const PipelineSpec& spec) {
    std::string text = "aorta plan 1\n" + spec.name + "\n";
    for (const pipeline::NodeSpec& node : spec.nodes) {
        fmt::format_to(std::back_inserter(text),
                       "node {} {} {} {}\n",
                       node.name,
                       static_cast<int>(node.kind),
                       node.descriptor.id,
                       node.worker);
        for (const pipeline::Edge& edge : node.from) {
            fmt::format_to(std::back_inserter(text), "from {} {}\n", edge.node, edge.port);
        }
    }
    if (!spec.key.empty()) {
        fmt::format_to(std::back_inserter(text),
                       "key {:016x}\n",
                       base::KeyedHash{spec.key.reveal()}("aorta key check"));
    }
    const std::string hex = base::sha256_hex(text);
    transport::Fingerprint fingerprint{};
    for (std::size_t i = 0; i < fingerprint.size(); ++i) {
        fingerprint[i] = static_cast<std::uint8_t>(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
    }
    return fingerprint;
}

std::vector<std::uint32_t> reply_nodes(const PipelineSpec& spec) {
    std::vector<std::uint32_t> nodes;
    for (const pipeline::NodeSpec& source : spec.nodes) {
        if (!source.ack.reply.empty()) {
            nodes.push_back(graph::index_of(spec, source.ack.reply));
        }
    }
    return nodes;
}

/// A socket, and the ends that talk over it.
struct Links::Way {
    transport::EndpointConfig config = {};
    std::vector<LinkEnd*> ends = {};
    std::unique_ptr<transport::Endpoint> endpoint = {};

    const LinkSpec& spec() const { return ends.front()->spec(); }
};

Links::Links(const PipelineSpec& spec, const Services& services)
    : spec_(spec), services_(services), zap_(context_) {
    const std::uint64_t instance = base::random_u64() | 1U;
    for (const LinkSpec& link : spec.links) {
        if (link.from != spec.part && link.to != spec.part) {
            continue;
        }
        transport::PeerConfig config;
        config.dials = link.dial == spec.part;
        config.self = spec.part;
        config.other = link.from == spec.part ? link.to : link.from;
        config.pipeline = spec.name;
        config.fingerprint = fingerprint_of(spec);
        config.instance = instance;
        config.heartbeat = link.heartbeat;
        config.compression = compression_of(link);
        config.reply_nodes = reply_nodes(spec);
        ends_.push_back(std::make_unique<LinkEnd>(
            link, std::move(config), services.names, services.budget, services.runner));
    }
}

Links::~Links() {
    stop();
}

LinkEnd& Links::end(const std::string& from, const std::string& to) {
    const auto found = std::ranges::find_if(
        ends_, [&](const auto& end) { return end->spec().from == from && end->spec().to == to; });
    AORTA_CHECK(found != ends_.end());
    return **found;
}

std::vector<const message::Settler*> Links::settlers() {
    std::vector<const message::Settler*> all;
    for (const auto& end : ends_) {
        const auto some = end->link().settlers(reply_nodes(spec_));
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

Result<transport::KeyRing> Links::keys_of(const Way& way) const {
    std::vector<std::string> others;
    for (const LinkEnd* end : way.ends) {
        others.push_back(end->link().config().other);
    }
    return transport::read_key_ring(spec_.file.parent_path() / way.spec().keys, spec_.part, others);
}

Result<void> Links::open(Way& way) {
    const LinkSpec& link = way.spec();
    if (!link.keys.empty()) {
        auto keys = keys_of(way);
        if (!keys.ok()) {
            return keys.error();
        }
        way.config.keys = std::move(*keys);
    }
    if (link.is_plaintext) {
        way.config.plaintext = zmq::Plaintext{.reason = link.plaintext_reason};
        for (const std::string& text : link.plaintext_from) {
            auto network = zmq::Network::parse(text);
            if (!network.ok()) {
                return network.error();
            }
            way.config.plaintext->from.push_back(*network);
        }
    }
    std::vector<transport::Link*> links;
    for (LinkEnd* end : way.ends) {
        links.push_back(&end->link());
    }
    way.endpoint = std::make_unique<transport::Endpoint>(
        way.config,
        std::move(links),
        transport::EndpointServices{context_, zap_, services_.clock, services_.log});
    return way.endpoint->start();
}

Result<void> Links::start(config::Diagnostics& diagnostics) {
    const std::scoped_lock lock(mutex_);
    for (const auto& end : ends_) {
        const bool listens = !end->link().config().dials;
        const std::string address = listens ? bind_address(end->spec()) : end->spec().address;
        // A listener serves all that dial it at one address, if they come with the same keys.
        const auto same = std::ranges::find_if(ways_, [&](const auto& way) {
            return listens && way->config.listens && way->config.address == address &&
                   way->spec().keys == end->spec().keys &&
                   way->spec().plaintext_from == end->spec().plaintext_from;
        });
        if (same != ways_.end()) {
            (*same)->ends.push_back(end.get());
            continue;
        }
        ways_.push_back(std::make_unique<Way>());
        ways_.back()->config.listens = listens;
        ways_.back()->config.address = address;
        ways_.back()->ends = {end.get()};
    }
    for (const auto& way : ways_) {
        if (Result<void> opened = open(*way); !opened.ok()) {
            const Error& error = opened.error();
            diagnostics.error(
                way->spec().at,
                error.where.empty() ? error.message : error.message + " (" + error.where + ")");
            return opened;
        }
        if (way->config.listens) {
            services_.log.info("link_listens",
                               {{"pipeline", spec_.name}, {"address", way->endpoint->address()}});
        }
    }
    return {};
}

void Links::reload_keys() {
    const std::scoped_lock lock(mutex_);
    for (const auto& way : ways_) {
        if (!way->endpoint || way->spec().keys.empty()) {
            continue;
        }
        auto keys = keys_of(*way);
        if (keys.ok()) {
            way->endpoint->reload(std::move(*keys));
            services_.log.info("link_keys_reloaded", {{"pipeline", spec_.name}});
        } else {
            services_.log.error("link_keys_refused",
                                {{"pipeline", spec_.name}, {"reason", keys.error().message}});
        }
    }
}

void Links::resume() {
    for (const auto& end : ends_) {
        end->link().resume();
    }
}

void Links::close() {
    for (const auto& end : ends_) {
        end->close();
    }
}

/// A link tells nobody that its last outcome has come or gone: each is looked at.
bool Links::wait_all(base::Nanoseconds timeout,
                     bool (*is_over)(const transport::LinkStatus&)) const {
    constexpr auto kLook = std::chrono::milliseconds{5};
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!std::ranges::all_of(ends_,
                                [&](const auto& one) { return is_over(one->link().status()); })) {
        if (std::chrono::steady_clock::now() >= end) {
            return false;
        }
        std::this_thread::sleep_for(kLook);
    }
    return true;
}

bool Links::wait_idle(base::Nanoseconds timeout) const {
    return wait_all(timeout, [](const transport::LinkStatus& status) {
        return status.under_way == 0 && (status.untold == 0 || !status.is_up);
    });
}

bool Links::wait_answered(base::Nanoseconds timeout) const {
    return wait_all(timeout, [](const transport::LinkStatus& status) {
        return status.held == 0 || !status.is_up;
    });
}

void Links::stop() {
    close();
    const std::scoped_lock lock(mutex_);
    if (std::exchange(is_over_, true)) {
        return;
    }
    for (const auto& way : ways_) {
        if (way->endpoint) {
            way->endpoint->stop();
        }
    }
    ways_.clear();
    for (const auto& end : ends_) {
        end->link().give_up({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 0});
    }
}

std::vector<LinkState> Links::states() const {
    std::vector<LinkState> all;
    for (const auto& end : ends_) {
        all.push_back(end->state());
    }
    return all;
}

}  // namespace aorta::runtime
