// The HTTP listener: requests in, records and responses out.
#pragma once

#include "common/net/tls_node.hpp"
#include "source/http/connection.hpp"

#include <aorta/ext/ack.h>
#include <aorta/sdk.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

namespace aorta::plugins::http_source {

/// Any thread may call on_ack and on_credit; start, stop and destruction are the owner's. All other
/// state belongs to the one thread that start makes. Each turn of that thread reads what is ready,
/// pushes it as one batch, and writes the answers that have come meanwhile.
class Listener {
public:
    Listener(Host host, SourceConfig config);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Sends the answers that have come, for at most a second, and closes all connections.
    ~Listener();

    Result<void> start();

    /// Stops accepting and reading; nothing is pushed after it returns. Answers still leave.
    void stop();

    void on_credit();
    void on_ack(std::uint64_t cookie, const Outcome& answer);

    /// The bound address, after start.
    const net::Address& address() const { return acceptor_address_; }

private:
    /// An outcome on its way to the thread.
    struct News {
        std::uint64_t cookie;
        std::uint32_t kind;
        ErrorCode code;
        std::string reason;
        std::string where;
        std::string reply;
    };

    struct Counters {
        explicit Counters(const Host& host);

        Counter requests_refused;
        Counter requests_unauthorized;
        Counter requests_discarded;
        Counter connections_refused;
        Counter answers_unsent;
    };

    /// Interned names of attributes.
    struct Names {
        Names(const Host& host, const SourceConfig& config);

        std::uint32_t peer;
        std::uint32_t path;
        std::uint32_t method;
        std::uint32_t media_type;
        std::uint32_t interaction;
        std::uint32_t resource_type;
        std::uint32_t resource_id;
        std::uint32_t criteria;
        std::uint32_t if_none_exist;
        std::uint32_t if_match;
        std::vector<std::uint32_t> query;
        std::vector<std::uint32_t> headers;
    };

    // listener.cpp: the thread, connections coming and going.
    void run(const std::stop_token& stop);
    void end_turn();
    void linger();
    void accept_waiting();
    void admit_peer(net::Acceptor::Peer peer);
    const char* why_not(const net::Address& peer) const;
    void resume_accepting();
    void stop_intake();
    Connection* find(std::uint32_t id);

    bool has_answers() const { return ack_policy_.level != AORTA_LEVEL_NONE; }

    bool is_loop_thread() const { return loop_thread_.load() == std::this_thread::get_id(); }

    // intake.cpp: requests becoming records, outcomes becoming answers.
    void work(Connection& connection);
    void take_requests(Connection& connection);
    void on_head(Connection& connection);
    void on_request(Connection& connection);
    void on_failure(Connection& connection);
    bool offer(Connection& connection);
    void describe(const Connection& connection, Draft& draft) const;
    void hold(Connection& connection);
    void feed_waiting();
    void push_drafts();
    void refuse(Connection& connection, const Asked& asked, const http::Response& response);
    void settle(Connection& connection, std::uint32_t ticket, const http::Response& response);
    void take_inbox();
    void apply(std::uint64_t cookie, const Outcome& outcome);

    // traffic.cpp: reading, writing, time limits.
    void on_event(const net::Poller::Event& event);
    void read(Connection& connection);
    bool is_welcome(Connection& connection, std::string_view bytes);
    void end_input(Connection& connection);
    void discard_partial(Connection& connection, const char* why);
    void flush(Connection& connection);
    void flush_touched();
    void touch(Connection& connection);
    void close(Connection& connection);
    void begin_lingering(Connection& connection);
    void set_paused(Connection& connection, Connection::Pause why, bool is_paused);
    void update_interest(Connection& connection);
    bool reserve_allows(Connection& connection);
    void charge_reserve(Connection& connection);
    void resume_reserve();
    void check_deadlines();
    std::optional<Nanoseconds> deadline(const Connection& connection) const;
    void expire(Connection& connection);

    Host host_;
    SourceConfig config_;
    Counters counters_;
    Names names_;
    std::optional<net::TlsNode> tls_;
    aorta_ack_policy ack_policy_;
    std::uint32_t bytes_type_;

    net::Address acceptor_address_;
    net::Acceptor acceptor_;
    net::Poller poller_;
    bool is_accepting_ = true;

    std::unordered_map<std::uint32_t, std::unique_ptr<Connection>> connections_;
    std::uint32_t last_id_ = 0;
    std::deque<std::uint32_t> waiting_;   // for credit, in order
    std::vector<std::uint32_t> touched_;  // to flush at the end of the turn
    std::vector<std::uint32_t> resumed_;  // may have requests that nobody has looked at
    std::vector<std::uint32_t> dead_;     // to delete at the end of the turn
    std::array<char, std::size_t{64} << 10U> scratch_;
    std::vector<Draft> drafts_;
    std::uint64_t position_ = 0;

    std::uint64_t reserve_used_ = 0;
    std::uint32_t reserve_owner_ = 0;  // the one connection that may overdraw the reserve
    bool has_reserve_waiters_ = false;

    Nanoseconds now_{0};
    Nanoseconds next_check_{0};

    std::mutex inbox_mutex_;
    std::vector<News> inbox_;  // guarded by inbox_mutex_
    std::vector<News> taken_;
    std::atomic<bool> has_credit_ = false;
    std::atomic<bool> is_stop_asked_ = false;
    bool is_stopped_ = false;
    std::promise<void> stopped_;
    std::shared_future<void> stopped_future_{stopped_.get_future()};
    std::atomic<std::thread::id> loop_thread_;
    std::jthread thread_;
};

}  // namespace aorta::plugins::http_source
