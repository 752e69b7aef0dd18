// The outbox in front of a sink with `buffer: disk`: records go to the storage, and from there, in
// order, to the sink.
#pragma once

#include "delivery/dead_letters.hpp"
#include "delivery/ledger.hpp"
#include "delivery/record_codec.hpp"
#include "graph/lane.hpp"
#include "graph/router.hpp"
#include "graph/stored_attempts.hpp"
#include "host/node_host.hpp"
#include "spool/spool.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace aorta::graph {

/// As a lane it takes what the sink is to get and holds it in memory until it is durable; the
/// senders' receipts are then closed as parked. A thread of its own reads back and feeds the sink,
/// a bounded window at a time, so that a sink that is down holds up nothing and costs no memory. As
/// a settler it hears what became of each and books it.
///
/// A record with several parents answers for the first of them; the others are delivered once it is
/// durable here.
class Outbox final : public Lane, public message::Settler {
public:
    struct Services {
        spool::Spool& spool;
        const delivery::RecordCodec& codec;
        delivery::Ledger& ledger;
        delivery::DeadLetters& dead_letters;
        host::NodeContext& context;
        std::uint64_t window_bytes = 8ULL << 20U;  ///< what the sink may have in its hands
    };

    /// `sink`: the lanes of the node.
    Outbox(std::uint32_t node,
           std::string name,
           spool::StreamState stream,
           Target sink,
           Runner& home,
           base::BusyCount& active,
           Services services);
    ~Outbox() override;

    /// [the spool's writer]
    void on_durable(std::uint64_t end);
    /// Begins to feed the sink; the spool is loaded. Records below a sequence that are given up
    /// become dead letters (`storage.given_up`) instead.
    void begin(bool was_closed, std::uint64_t given_up_below = 0);
    /// Ends the feeding. What the sink has goes on; what it fails by its own end stays in the
    /// outbox.
    void stop();

    spool::StreamId stream_id() const { return stream_.id; }

    /// For the sink's lanes.
    StoredAttempts& attempts() { return attempts_; }

    /// Records that the sink has not finished.
    std::uint64_t held() const;
    /// True when all that can be read has been with the sink, and is over or given back.
    bool is_done() const;

    void on_after(message::Receipt&) override {}

    void on_required_settled(message::Receipt&) override {}

    void on_settled(message::Receipt& receipt) override;

    bool sender_keeps_failures() const override { return false; }

protected:
    void work(message::Batch& batch, Runner& runner) override;

private:
    struct Awaiting {
        message::Share share;
        std::vector<message::Share> more_shares;
    };

    void feed(const std::stop_token& stop, bool was_closed, std::uint64_t given_up_below);
    bool fits(bool is_alone) const;  // under mutex_
    bool has_window(bool is_alone) const;
    bool wait_window(const std::stop_token& stop, bool is_alone);
    void rest(const std::stop_token& stop, std::uint64_t seen, bool is_at_end);
    void note_tried(const std::vector<std::uint64_t>& sequences) const;
    std::uint64_t durable() const;
    message::RecordPtr restore(const spool::StoredEntry& entry);
    void bury(const spool::StoredEntry& entry, ErrorCode code, std::string reason);
    void book(std::uint64_t sequence, const message::Fate& fate);
    void count(const message::Fate& fate, const std::optional<spool::Over>& over);

    const std::uint32_t node_;
    const spool::StreamState stream_;
    const Target sink_;
    const Services services_;
    StoredAttempts attempts_;
    std::uint64_t next_;  // of the running thread

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable_any changed_;
    std::deque<Awaiting> awaiting_;  // from durable_ on
    std::uint64_t durable_;
    std::uint64_t held_;
    std::uint64_t in_flight_ = 0;
    std::uint64_t in_flight_bytes_ = 0;
    bool is_at_end_ = false;  // all that is durable has been read
    std::jthread feeder_;
};

}  // namespace aorta::graph
