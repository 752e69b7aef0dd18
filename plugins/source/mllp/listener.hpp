// The MLLP listener: sockets in, records and acknowledgements out.
#pragma once

#include "common/net/tls_node.hpp"
#include "source/mllp/answer.hpp"
#include "source/mllp/config.hpp"
#include "source/mllp/connection.hpp"
#include "source/mllp/duplicates.hpp"
#include "source/mllp/sequences.hpp"

#include <aorta/ext/ack.h>
#include <aorta/sdk.hpp>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

namespace aorta::plugins::mllp {

/// Any thread may call on_ack, on_settled and on_credit; start, stop and destruction are the
/// owner's. All other state belongs to the one thread that start makes. Each turn of that thread
/// reads what is ready, pushes it as one batch, and writes the answers that have come meanwhile.
class Listener {
public:
    Listener(Host host, ListenerConfig config);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Sends the answers that have come, for at most a second, and closes all connections.
    ~Listener();

    Result<void> start();

    /// Stops accepting and reading; nothing is pushed after it returns. Answers still leave.
    void stop();

    void on_credit();
    void on_ack(std::uint64_t cookie, const Outcome& answer);
    void on_settled(std::uint64_t cookie, const Outcome& fate);

    /// The bound address, after start.
    const net::Address& address() const { return acceptor_address_; }

private:
    /// An outcome of on_ack or on_settled on its way to the thread.
    struct News {
        std::uint64_t cookie;
        bool is_fate;
        std::uint32_t kind;
        ErrorCode code;
        std::string reason;
        std::string where;
        std::string reply;
    };

    /// What is known of a message before the pipeline has room for it.
    struct Arrival {
        std::string_view message;
        std::string_view header;  // as much as an answer is made of
        const hl7::Header* maybe_header = nullptr;
        Screening screening = Screening::Ordinary;
        Duplicates::Fingerprint print = {};
        bool is_duplicate = false;  // that goes on all the same
        bool is_numbered = false;   // MSH-13 is the expected number
    };

    struct Counters {
        explicit Counters(const Host& host);

        Counter noise_bytes;
        Counter frames_unterminated;
        Counter frames_discarded;
        Counter frames_refused;
        Counter connections_refused;
        Counter answers_unsent;
        Counter answers_rejected;
        Counter replies_unusable;
        Counter duplicates;
        Counter control_ids_reused;
        Counter sequence_errors;
    };

    // listener.cpp: the thread, connections coming and going.
    void run(const std::stop_token& stop);
    void end_turn();
    void linger();
    void accept_waiting();
    void admit(net::Acceptor::Peer peer);
    const char* why_not(const net::Address& peer) const;
    void resume_accepting();
    void stop_intake();
    Connection* find(std::uint32_t id);

    bool has_answers() const { return ack_policy_.level != AORTA_LEVEL_NONE; }

    bool is_loop_thread() const { return loop_thread_.load() == std::this_thread::get_id(); }

    // outcomes.cpp: outcomes of the pipeline becoming answers.
    void hear(std::uint64_t cookie, const Outcome& outcome, bool is_fate);
    void take_inbox();
    void apply(std::uint64_t cookie, const Outcome& outcome, bool is_fate);
    void tell(std::uint64_t cookie, const Outcome& outcome, bool is_fate);
    void tell_duplicates(std::uint64_t cookie, const Outcome& outcome, bool is_fate);
    void replay(Connection& connection, std::string_view header, Duplicates::Known& known);
    void settle(Connection& connection, std::uint32_t ticket, FirstAnswer answer);
    void settle_here(Connection& connection, FirstAnswer answer);
    void count_unsent(const Connection& connection);
    void save_sequences();

    // intake.cpp: complete frames becoming records.
    bool offer(Connection& connection, std::string_view message);
    bool is_answered_here(Connection& connection, Arrival& arrival);
    bool is_answered_as_duplicate(Connection& connection, Arrival& arrival);
    bool is_answered_by_number(Connection& connection, Arrival& arrival);
    void refuse_frame(Connection& connection, std::string_view begin, std::string_view reason);
    std::uint64_t open_answer(Connection& connection, const Arrival& arrival);
    void hold(Connection& connection, std::string_view message);
    void feed_waiting();
    void push_drafts();

    // traffic.cpp: reading, writing, time limits.
    void on_event(const net::Poller::Event& event);
    void read(Connection& connection);
    bool is_welcome(Connection& connection, std::string_view bytes);
    void on_frame_event(Connection& connection, const hl7::FrameEvent& event);
    void note_end(Connection& connection);
    static bool awaits_silence(const Connection& connection);
    void settle_frame(Connection& connection);
    void note_progress(Connection& connection, std::size_t bytes, bool has_completed_frame);
    void end_input(Connection& connection);
    void discard(const Connection& connection,
                 const char* why,
                 std::uint64_t frames,
                 std::uint64_t bytes);
    void discard_held(Connection& connection, const char* why);
    void flush(Connection& connection);
    void flush_touched();
    void touch(Connection& connection);
    void close(Connection& connection);
    void set_paused(Connection& connection, Connection::Pause why, bool is_paused);
    void update_interest(Connection& connection);
    bool reserve_allows(Connection& connection);
    void charge_reserve(Connection& connection);
    void resume_reserve();
    void check_deadlines();
    std::optional<Nanoseconds> deadline(const Connection& connection) const;
    void expire(Connection& connection);

    Host host_;
    ListenerConfig config_;
    Counters counters_;
    std::optional<net::TlsNode> tls_;
    aorta_ack_policy ack_policy_;
    AnswerMaker answers_;
    std::uint32_t bytes_type_;
    std::uint32_t peer_attribute_;
    std::uint32_t duplicate_attribute_;

    std::optional<Duplicates> duplicates_;
    std::optional<Sequences> sequences_;

    net::Address acceptor_address_;
    net::Acceptor acceptor_;
    net::Poller poller_;
    bool is_accepting_ = true;

    std::unordered_map<std::uint32_t, std::unique_ptr<Connection>> connections_;
    std::uint32_t last_id_ = 0;
    std::deque<std::uint32_t> waiting_;   // for credit, in order
    std::vector<std::uint32_t> touched_;  // to flush at the end of the turn
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

}  // namespace aorta::plugins::mllp
