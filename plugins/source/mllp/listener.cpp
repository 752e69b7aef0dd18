#include "source/mllp/listener.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace aorta::plugins::mllp {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kAcceptorTag = 0;  // connections are numbered from 1
constexpr int kAcceptsPerTurn = 64;
constexpr int kLingerSteps = 10;
constexpr milliseconds kLingerStep{100};

}  // namespace

Listener::Counters::Counters(const Host& host)
    : noise_bytes(host.counter("noise_bytes")),
      frames_discarded(host.counter("frames_discarded")),
      frames_refused(host.counter("frames_refused")),
      connections_refused(host.counter("connections_refused")),
      answers_unsent(host.counter("answers_unsent")) {}

Listener::Listener(Host host, ListenerConfig config)
    : host_(host),
      config_(std::move(config)),
      counters_(host),
      answers_(host.now()),
      bytes_type_(host.intern("bytes")),
      peer_attribute_(host.intern("peer")) {
    if (config_.tls) {
        tls_.emplace(host, *config_.tls);
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
    Result<net::Acceptor> acceptor = net::Acceptor::open(config_.listen);
    if (!acceptor.ok()) {
        return acceptor.error();
    }
    poller_ = std::move(*poller);
    acceptor_ = std::move(*acceptor);
    acceptor_address_ = acceptor_.address();
    poller_.add(acceptor_.fd(), kAcceptorTag, {.read = true});
    if (Result<void> written = write_port_file(); !written.ok()) {
        return written;
    }
    host_.log(AORTA_LOG_INFO, "listening", {{"address", acceptor_address_.to_string()}});
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return {};
}

/// By a rename, so that whoever waits for the file never reads half of it.
Result<void> Listener::write_port_file() const {
    if (config_.port_file.empty()) {
        return {};
    }
    const std::string fresh = config_.port_file + ".new";
    std::error_code failed;
    std::filesystem::create_directories(std::filesystem::path{fresh}.parent_path(), failed);
    std::ofstream file(fresh, std::ios::trunc);
    file << acceptor_address_.port() << '\n';
    file.close();
    std::filesystem::rename(fresh, config_.port_file, failed);
    if (!file || failed) {
        return Error{ErrorCode::InvalidConfig, "cannot write the port file " + config_.port_file};
    }
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

void Listener::on_ack(std::uint64_t cookie, const Outcome& answer) {
    if (is_loop_thread()) {  // within push: the turn flushes anyway
        apply(cookie, answer);
        return;
    }
    bool is_first = false;
    {
        const std::lock_guard lock(inbox_mutex_);
        is_first = inbox_.empty();
        inbox_.push_back({cookie,
                          answer.kind,
                          answer.code,
                          std::string{answer.reason},
                          std::string{answer.where}});
    }
    if (is_first) {
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
    push_drafts();
    if (now_ >= next_check_) {
        check_deadlines();
    }
    if (is_stop_asked_ && !is_stopped_) {
        stop_intake();
    }
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

void Listener::admit(net::Acceptor::Peer peer) {
    const auto& allowed = config_.plaintext_from;
    const bool is_allowed =
        !config_.has_plaintext ||
        std::any_of(allowed.begin(), allowed.end(), [&](const net::Network& network) {
            return network.contains(peer.address);
        });
    if (!is_allowed || connections_.size() >= config_.max_connections) {
        counters_.connections_refused.add();
        host_.log(AORTA_LOG_WARN,
                  "connection_refused",
                  {{"peer", peer.address.to_string()},
                   {"why", is_allowed ? "max_connections" : "plaintext"}});
        return;
    }
    while (++last_id_ == 0 || connections_.contains(last_id_)) {
    }
    auto made = std::make_unique<Connection>(last_id_, std::move(peer), config_.max_message_bytes);
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
        // Never accepted and never answered: the sender still has them.
        discard("stopped", connection->held.size(), connection->held_bytes);
        connection->held.clear();
        connection->held_bytes = 0;
        end_input(*connection);
    }
    stopped_.set_value();
}

void Listener::take_inbox() {
    {
        const std::lock_guard lock(inbox_mutex_);
        taken_.swap(inbox_);
    }
    for (const Ack& ack : taken_) {
        apply(ack.cookie, {ack.kind, ack.code, ack.reason, ack.where});
    }
    taken_.clear();
}

/// A cookie is the connection's number and the ticket of its answer; 0 owes nothing.
void Listener::apply(std::uint64_t cookie, const Outcome& answer) {
    if (cookie == 0) {
        return;
    }
    const auto ticket = static_cast<std::uint32_t>(cookie);
    Connection* connection = find(static_cast<std::uint32_t>(cookie >> 32U));
    const std::string* header =
        connection != nullptr ? connection->answers.header(ticket) : nullptr;
    if (header == nullptr) {
        counters_.answers_unsent.add();
        return;
    }
    if (answer.kind == AORTA_ACK_NONE) {
        connection->answers.settle(ticket, {}, true);
    } else {
        connection->answers.settle(ticket, answers_.of_outcome(*header, answer, host_.now()));
    }
    touch(*connection);
}

Connection* Listener::find(std::uint32_t id) {
    const auto found = connections_.find(id);
    return found == connections_.end() || found->second->is_dead ? nullptr : found->second.get();
}

}  // namespace aorta::plugins::mllp
