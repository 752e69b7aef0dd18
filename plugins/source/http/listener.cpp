#include "source/http/listener.hpp"

#include "common/net/keepalive.hpp"

#include <algorithm>

namespace aorta::plugins::http_source {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kAcceptorTag = 0;  // connections are numbered from 1
constexpr int kAcceptsPerTurn = 64;
constexpr int kLingerSteps = 10;
constexpr milliseconds kLingerStep{100};

aorta_ack_policy policy_of(const Host& host) {
    const auto* ack = host.extension<aorta_ack>(AORTA_EXT_ACK);
    return ack != nullptr
               ? ack->policy(host.abi())
               : aorta_ack_policy{
                     sizeof(aorta_ack_policy), AORTA_LEVEL_DELIVERED, 0, AORTA_ACK_ERROR, 0};
}

std::vector<std::uint32_t> interned(const Host& host, const std::vector<Picked>& all) {
    std::vector<std::uint32_t> names;
    names.reserve(all.size());
    for (const Picked& picked : all) {
        names.push_back(host.intern(picked.attribute));
    }
    return names;
}

}  // namespace

Listener::Counters::Counters(const Host& host)
    : requests_refused(host.counter("requests_refused")),
      requests_unauthorized(host.counter("requests_unauthorized")),
      requests_discarded(host.counter("requests_discarded")),
      connections_refused(host.counter("connections_refused")),
      answers_unsent(host.counter("answers_unsent")) {}

Listener::Names::Names(const Host& host, const SourceConfig& config)
    : peer(host.intern("peer")),
      path(host.intern("path")),
      method(host.intern("method")),
      media_type(host.intern("media_type")),
      interaction(host.intern("interaction")),
      resource_type(host.intern("resource_type")),
      resource_id(host.intern("resource_id")),
      criteria(host.intern("criteria")),
      if_none_exist(host.intern("if_none_exist")),
      if_match(host.intern("if_match")),
      query(interned(host, config.query)),
      headers(interned(host, config.headers)) {}

Listener::Listener(Host host, SourceConfig config)
    : host_(host),
      config_(std::move(config)),
      counters_(host),
      names_(host, config_),
      ack_policy_(policy_of(host)),
      bytes_type_(host.intern("bytes")) {
    if (config_.listen.tls) {
        tls_.emplace(host, *config_.listen.tls);
    }
}

Listener::~Listener() {
    if (thread_.joinable()) {
        thread_.request_stop();
        poller_.wake();
        thread_.join();
    }
}

Result<void> Listener::start() {
    Result<net::Poller> poller = net::Poller::create();
    if (!poller.ok()) {
        return poller.error();
    }
    if (Result<void> ready = tls_ ? tls_->start() : Result<void>{}; !ready.ok()) {
        return ready;
    }
    Result<net::Acceptor> acceptor = net::Acceptor::open(config_.listen.address);
    if (!acceptor.ok()) {
        return acceptor.error();
    }
    poller_ = std::move(*poller);
    acceptor_ = std::move(*acceptor);
    acceptor_address_ = acceptor_.address();
    poller_.add(acceptor_.fd(), kAcceptorTag, {.read = true});
    if (Result<void> written =
            net::write_port_file(config_.listen.port_file, acceptor_address_.port());
        !written.ok()) {
        return written;
    }
    host_.log(AORTA_LOG_INFO, "listening", {{"address", acceptor_address_.to_string()}});
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return {};
}

void Listener::stop() {
    if (thread_.joinable()) {
        is_stop_asked_ = true;
        poller_.wake();
        stopped_future_.wait();
    }
}

void Listener::on_credit() {
    if (!has_credit_.exchange(true) && !is_loop_thread()) {
        poller_.wake();
    }
}

void Listener::run(const std::stop_token& stop) {
    loop_thread_ = std::this_thread::get_id();
    now_ = host_.steady();
    while (!stop.stop_requested()) {
        const bool is_urgent = has_credit_ && !waiting_.empty();
        const auto events = poller_.wait(is_urgent ? Nanoseconds{0} : next_check_ - now_);
        now_ = host_.steady();
        for (const net::Poller::Event& event : events) {
            if (event.tag == kAcceptorTag) {
                accept_waiting();
            } else {
                on_event(event);
            }
        }
        end_turn();
    }
    linger();
}

void Listener::end_turn() {
    take_inbox();
    if (has_credit_.exchange(false)) {
        feed_waiting();
    }
    if (now_ >= next_check_) {
        check_deadlines();
    }
    push_drafts();
    if (is_stop_asked_ && !is_stopped_) {
        stop_intake();
    }
    flush_touched();
    while (!resumed_.empty()) {  // each round uses up bytes that have come already
        for (const std::uint32_t id : std::exchange(resumed_, {})) {
            if (Connection* connection = find(id); connection != nullptr) {
                work(*connection);
                charge_reserve(*connection);
            }
        }
        push_drafts();
        flush_touched();
    }
    if (!dead_.empty()) {
        for (const std::uint32_t id : dead_) {
            connections_.erase(id);
        }
        dead_.clear();
        resume_accepting();
    }
    if (has_reserve_waiters_) {
        resume_reserve();
    }
}

void Listener::linger() {
    take_inbox();
    flush_touched();
    const auto has_output = [](const auto& entry) {
        return !entry.second->is_dead && entry.second->has_output();
    };
    for (int step = 0; step < kLingerSteps; ++step) {
        if (std::none_of(connections_.begin(), connections_.end(), has_output)) {
            return;
        }
        for (const net::Poller::Event& event : poller_.wait(kLingerStep)) {
            Connection* connection = find(static_cast<std::uint32_t>(event.tag));
            if (connection != nullptr) {
                flush(*connection);
            }
        }
    }
}

void Listener::accept_waiting() {
    if (tls_) {
        tls_->refresh();
    }
    for (int i = 0; i < kAcceptsPerTurn && !is_stopped_; ++i) {
        net::Acceptor::Peer peer;
        switch (acceptor_.accept(peer)) {
            case net::Acceptor::Status::Accepted:
                admit_peer(std::move(peer));
                break;
            case net::Acceptor::Status::None:
                return;
            case net::Acceptor::Status::Exhausted:
                // Level-triggered readiness would spin; the next close or check tries again.
                host_.log(AORTA_LOG_ERROR, "accept_exhausted");
                is_accepting_ = false;
                poller_.change(acceptor_.fd(), kAcceptorTag, {});
                return;
        }
    }
}

void Listener::resume_accepting() {
    if (!is_accepting_ && !is_stopped_) {
        is_accepting_ = true;
        poller_.change(acceptor_.fd(), kAcceptorTag, {.read = true});
    }
}

/// Why a peer may not connect; null if it may.
const char* Listener::why_not(const net::Address& peer) const {
    if (!config_.listen.permits(peer)) {
        return "plaintext";
    }
    if (connections_.size() >= config_.listen.max_connections) {
        return "max_connections";
    }
    const std::uint64_t per_peer = config_.listen.max_connections_per_peer;
    const auto is_of_peer = [&](const auto& entry) {
        return !entry.second->is_dead && entry.second->address.bytes() == peer.bytes();
    };
    if (per_peer != 0 && static_cast<std::uint64_t>(std::count_if(
                             connections_.begin(), connections_.end(), is_of_peer)) >= per_peer) {
        return "max_connections_per_peer";
    }
    return nullptr;
}

void Listener::admit_peer(net::Acceptor::Peer peer) {
    if (const char* why = why_not(peer.address); why != nullptr) {
        counters_.connections_refused.add();
        host_.log(AORTA_LOG_WARN,
                  "connection_refused",
                  {{"peer", peer.address.to_string()}, {"why", why}});
        return;
    }
    net::watch_peer(peer.stream, config_.listen.keepalive);
    while (++last_id_ == 0 || connections_.contains(last_id_)) {
    }
    auto made = std::make_unique<Connection>(last_id_, std::move(peer), config_.limits);
    made->quiet_since = now_;
    if (tls_) {
        tls_->secure(made->stream);
    }
    if (poller_.add(made->stream.fd(), made->id, made->interest)) {
        connections_.emplace(made->id, std::move(made));
    }
}

/// What waited for room was never accepted: its client has it, and is told so.
void Listener::stop_intake() {
    is_stopped_ = true;
    poller_.remove(acceptor_.fd());
    acceptor_ = {};
    waiting_.clear();
    for (const auto& [id, connection] : connections_) {
        if (connection->is_dead || connection->is_lingering) {
            continue;
        }
        if (connection->has_held()) {
            const Asked& asked = connection->admission.asked;
            refuse(*connection, asked, come_again(asked.is_fhir, "stopping", config_.retry_after));
            set_paused(*connection, Connection::kCredit, false);
        } else {
            discard_partial(*connection, "stopped");
        }
        end_input(*connection);
    }
    stopped_.set_value();
}

Connection* Listener::find(std::uint32_t id) {
    const auto found = connections_.find(id);
    return found == connections_.end() || found->second->is_dead ? nullptr : found->second.get();
}

}  // namespace aorta::plugins::http_source
