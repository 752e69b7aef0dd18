// A link as the engine sees it: records go in, records come out, fates travel with the receipts.
#pragma once

#include "common/zmq/socket.hpp"
#include "transport/peer.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace aorta::transport {

/// The pipeline behind a link. [the endpoint's thread; must not block]
class LinkOwner {
public:
    LinkOwner() = default;
    LinkOwner(const LinkOwner&) = delete;
    LinkOwner& operator=(const LinkOwner&) = delete;
    virtual ~LinkOwner() = default;

    /// Whether a record of about this size may come now. After a no, call Link::resume when it may.
    virtual bool has_room(std::uint64_t bytes) = 0;
    /// A record has come over this edge. Its share is the other side's.
    virtual void arrived(std::uint32_t edge, message::RecordPtr record) = 0;
    /// `offer` has said no, and may say yes now.
    virtual void may_offer() = 0;
};

struct LinkStatus {
    bool is_up = false;
    std::string trouble = {};
    std::uint64_t held = 0;  ///< records that the other side has not settled
    std::uint64_t held_bytes = 0;
    std::int64_t oldest_ns = 0;       ///< ingest time of the first record held; 0: none
    std::uint64_t waiting_bytes = 0;  ///< that have come and wait for the pipeline
    std::uint64_t under_way = 0;      ///< records that the pipeline has and has not settled
    std::uint64_t untold = 0;         ///< outcomes that were not sent
    std::uint64_t resent = 0;
    std::uint64_t duplicates = 0;
    PeerCounts counts = {};
};

/// [any thread, one mutex, but for what says otherwise] Lives until every record that it gave to
/// its owner is settled.
class Link {
public:
    /// `names`, `budget` and `owner` outlive it.
    Link(PeerConfig config, message::Interner& names, message::Budget& budget, LinkOwner& owner);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link();

    /// Whether a record can travel at all; else its caller lets it fail.
    Result<void> check(const message::Record& record) const {
        return peer_.outgoing().check(record);
    }

    /// Takes a record that passes `check`, or leaves it where it is when the window is full:
    /// `may_offer` is called later.
    bool offer(std::uint32_t edge, message::RecordPtr& record) {
        return offer(edge, {&record, 1}) == 1;
    }

    /// The same for a batch: takes as many from its front as there is room for, and says how many.
    std::size_t offer(std::uint32_t edge, std::span<message::RecordPtr> records);
    /// The owner has room again.
    void resume();

    /// The pipeline ends: it gets no more, and the other side is told of no failures any more, but
    /// gives those records to this worker's successor.
    void end_taking() { is_ending_ = true; }

    /// Who settles records that come over this link. `reply_nodes`: whose peers' answers its
    /// senders may want. [before the endpoint starts]
    std::vector<const message::Settler*> settlers(const std::vector<std::uint32_t>& reply_nodes);

    /// Ends what the other side has not settled with this fate. [after the endpoint's end]
    void give_up(const message::Fate& fate);

    LinkStatus status() const;

    const PeerConfig& config() const { return peer_.config(); }

    // For its endpoint. [before the endpoint starts]
    void set_waker(std::shared_ptr<const zmq::Waker> waker) { waker_ = std::move(waker); }

    // [the endpoint's thread]
    Peer& peer() { return peer_; }

    /// Takes over what other threads brought, hands on what has come. True when anything moved.
    bool work();

private:
    class Lineages;

    struct Offered {
        std::uint32_t edge;
        message::RecordPtr record;
    };

    /// To consecutive tickets.
    struct Happened {
        Incoming::Ticket ticket = 0;
        Outcome outcome;
    };

    void happened(Incoming::Ticket ticket, Outcome outcome);
    static bool is_contained(const Happened& last, Incoming::Ticket ticket, const Outcome& outcome);
    static bool is_next(const Happened& last, Incoming::Ticket ticket, const Outcome& outcome);
    bool is_full() const;
    void wake(std::unique_lock<std::mutex> lock);
    bool hand_on();
    void publish();

    message::Interner& names_;
    message::Budget& budget_;
    LinkOwner& owner_;
    // Shared: what is settled late still calls it when the endpoint is gone.
    std::shared_ptr<const zmq::Waker> waker_;
    Peer peer_;
    std::unique_ptr<Lineages> lineages_;

    std::atomic<bool> is_ending_{false};
    std::atomic<std::uint64_t> under_way_{0};

    mutable std::mutex mutex_;  // guards what follows
    std::vector<Offered> offered_;
    std::uint64_t offered_bytes_ = 0;
    std::uint64_t taken_bytes_ = 0;  // of these, that `work` has taken over
    std::vector<Happened> happened_;
    bool is_woken_ = false;
    bool wants_to_offer_ = false;
    LinkStatus status_;
};

}  // namespace aorta::transport
