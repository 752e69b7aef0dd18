#include "source/mllp/listener.hpp"

#include "common/net/keepalive.hpp"

#include <algorithm>

namespace aorta::plugins::mllp {
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

}  // namespace

Listener::Counters::Counters(const Host& host)
    : noise_bytes(host.counter("noise_bytes")),
      frames_unterminated(host.counter("frames_unterminated")),
      frames_discarded(host.counter("frames_discarded")),
      frames_refused(host.counter("frames_refused")),
      connections_refused(host.counter("connections_refused")),
      answers_unsent(host.counter("answers_unsent")),
      answers_rejected(host.counter("answers_rejected")),
      replies_unusable(host.counter("replies_unusable")),
      duplicates(host.counter("duplicates")),
      control_ids_reused(host.counter("control_ids_reused")),
      sequence_errors(host.counter("sequence_errors")) {}

Listener::Listener(Host host, ListenerConfig config)
    : host_(host),
      config_(std::move(config)),
      counters_(host),
      ack_policy_(policy_of(host)),
      answers_(host.now(), {config_.frame, config_.has_commit, ack_policy_.on_invalid}),
      bytes_type_(host.intern("bytes")),
      peer_attribute_(host.intern("peer")),
      duplicate_attribute_(host.intern("duplicate")) {
    if (config_.listen.tls) {
        tls_.emplace(host, *config_.listen.tls);
    }
    if (config_.duplicates) {
        duplicates_.emplace(*config_.duplicates);
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
    if (!config_.sequence_file.empty() && !has_answers()) {
        return Error{ErrorCode::InvalidConfig,
                     "`sequence` tells senders by its answers which number it expects, and this "
                     "source gives none: choose another ack level than none"};
    }
    if (!config_.sequence_file.empty()) {
        Result<Sequences> sequences = Sequences::open(config_.sequence_file);
        if (!sequences.ok()) {
            return sequences.error();
        }
        sequences_ = std::move(*sequences);
        if (const Result<void> saved = sequences_->save(); !saved.ok()) {
            return saved.error();  // better now than when a number depends on it
        }
    }
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
    save_sequences();
    flush_touched();
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
    save_sequences();
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
                admit(std::move(peer));
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
    const auto count = [&](const auto& counts) {
        return static_cast<std::uint64_t>(
            std::count_if(connections_.begin(), connections_.end(), [&](const auto& entry) {
                return !entry.second->is_dead && counts(entry.second->address);
            }));
    };
    const std::uint64_t per_peer = config_.listen.max_connections_per_peer;
    if (per_peer != 0 && count([&](const net::Address& other) {
                             return other.bytes() == peer.bytes();
                         }) >= per_peer) {
        return "max_connections_per_peer";
    }
    for (const NetworkLimit& limit : config_.network_limits) {
        if (limit.network.contains(peer) && count([&](const net::Address& other) {
                                                return limit.network.contains(other);
                                            }) >= limit.max) {
            return "max_connections_from";
        }
    }
    return nullptr;
}

void Listener::admit(net::Acceptor::Peer peer) {
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
    auto made = std::make_unique<Connection>(
        last_id_, std::move(peer), config_.max_message_bytes, config_.frame);
    made->quiet_since = now_;
    if (tls_) {
        tls_->secure(made->stream);
    }
    if (poller_.add(made->stream.fd(), made->id, made->interest)) {
        connections_.emplace(made->id, std::move(made));
    }
}

void Listener::stop_intake() {
    is_stopped_ = true;
    poller_.remove(acceptor_.fd());
    acceptor_ = {};
    waiting_.clear();
    for (const auto& [id, connection] : connections_) {
        if (connection->is_dead) {
            continue;
        }
        discard_held(*connection, "stopped");
        end_input(*connection);
    }
    stopped_.set_value();
}

Connection* Listener::find(std::uint32_t id) {
    const auto found = connections_.find(id);
    return found == connections_.end() || found->second->is_dead ? nullptr : found->second.get();
}

}  // namespace aorta::plugins::mllp
