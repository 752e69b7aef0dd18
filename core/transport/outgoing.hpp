// The sending half of a link: records that the other side has not settled, in order.
#pragma once

#include "transport/frame.hpp"
#include "transport/numbered.hpp"
#include "transport/records.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace aorta::transport {

struct OutgoingLimits {
    std::uint64_t window = 8U << 20U;       ///< bytes of records held; one may exceed it
    std::uint64_t records = 65'536;         ///< held at most
    std::uint64_t max_record = 80U << 20U;  ///< bytes of one, as in a body
    std::uint64_t body = 64U << 10U;        ///< bytes to aim at in a data body
};

/// Knows no socket, no clock and no thread. [one thread at a time]
///
/// A record is held until its fate has come from the other side, whatever happens to connections
/// and to the other process. Destroyed with the object, its share is failed(lost), as everywhere.
class Outgoing {
public:
    /// `names` and `budget` outlive it. `reply_nodes`: nodes of the other side whose peers' answers
    /// a source may want.
    Outgoing(const message::Interner& names,
             message::Budget& budget,
             const OutgoingLimits& limits,
             std::vector<std::uint32_t> reply_nodes = {})
        : names_(names), budget_(budget), limits_(limits), reply_nodes_(std::move(reply_nodes)) {}

    Outgoing(const Outgoing&) = delete;
    Outgoing& operator=(const Outgoing&) = delete;
    ~Outgoing() = default;

    /// Whether a record can travel at all; else its caller lets it fail.
    Result<void> check(const message::Record& record) const;

    bool is_full() const {
        return held_bytes_ >= limits_.window || held_.size() >= limits_.records;
    }

    /// What a record counts for in the window.
    static std::uint64_t size_of(const message::Record& record);

    /// Takes a record that passes `check`, while not full.
    void offer(std::uint32_t edge, message::RecordPtr record);

    /// A session begins: all that the other side has not received is sent (again). Corrupt when it
    /// says to have what was never sent.
    Result<void> begin(std::uint64_t own_instance,
                       std::uint64_t other_instance,
                       const Resume& others,
                       std::uint64_t credit);

    /// The session is over.
    void end() { is_up_ = false; }

    /// Whether there are records to send, and credit for them.
    bool has_next() const { return is_up_ && sent_bytes_ < limit_ && held_.has_behind(sent_); }

    /// The next records that have one, as a body behind `head`; they follow on `sent`.
    std::string next(std::string head);

    void credit(std::uint64_t limit) { limit_ = std::max(limit_, limit); }

    /// What the other side says of records. Corrupt when it speaks of what is not there.
    Result<void> take(const Outcomes& outcomes);

    /// Number of the last outcome taken, of the other side's present instance.
    std::uint64_t taken() const { return taken_; }

    /// Sequence of the last record sent, or known to the other side, in this session.
    std::uint64_t sent() const { return sent_; }

    std::uint64_t held() const { return held_.size(); }

    std::uint64_t held_bytes() const { return held_bytes_; }

    std::uint64_t resent() const { return resent_; }

    /// Ingest time of the first record held; 0 when there is none.
    std::int64_t oldest_ns() const {
        return held_.size() == 0 ? 0 : held_.front().record->ingest_time_ns;
    }

    /// Ends all that is held with this fate here, whatever the other side makes of it.
    void give_up(const message::Fate& fate);

private:
    struct Held {
        message::RecordPtr record;
        std::uint32_t edge = 0;
        std::uint64_t bytes = 0;
    };

    Lineage lineage_of(const message::Record& record) const;
    Result<void> apply(const Outcome& outcome, std::uint64_t sequence);

    const message::Interner& names_;
    message::Budget& budget_;
    const OutgoingLimits limits_;
    const std::vector<std::uint32_t> reply_nodes_;
    Numbered<Held> held_;  // by sequence
    std::uint64_t held_bytes_ = 0;
    std::uint64_t last_ = 0;      // sequence given out
    std::uint64_t farthest_ = 0;  // sequence ever sent
    std::uint64_t resent_ = 0;
    std::uint64_t other_instance_ = 0;
    std::uint64_t taken_ = 0;
    // Of the session:
    bool is_up_ = false;
    std::uint64_t sent_ = 0;  // sequence
    std::uint64_t sent_bytes_ = 0;
    std::uint64_t limit_ = 0;
};

}  // namespace aorta::transport
