// The receiving half of a link: records on their way into the pipeline, and what became of them.
#pragma once

#include "transport/coding.hpp"
#include "transport/frame.hpp"
#include "transport/numbered.hpp"
#include "transport/records.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aorta::transport {

struct IncomingLimits {
    std::uint64_t window = 4U << 20U;       ///< bytes of records that wait for the pipeline
    std::uint64_t max_record = 80U << 20U;  ///< bytes of one, as in a body
    std::uint64_t names = 4'096;            ///< different ones that the other side may use
    std::uint64_t remembered = 65'536;      ///< settled records of senders that restarted
};

/// Knows no socket, no clock and no thread. [one thread at a time]
///
/// A record that the pipeline has taken is known by a ticket until its settled outcome is
/// confirmed; also when the sender restarts meanwhile and sends it again.
class Incoming {
public:
    explicit Incoming(const IncomingLimits& limits) : limits_(limits) {}

    Incoming(const Incoming&) = delete;
    Incoming& operator=(const Incoming&) = delete;
    ~Incoming() = default;

    /// A session begins with this instance of the other side, which has taken so many outcomes.
    /// Corrupt when it says to have what it was never told.
    Result<void> begin(std::uint64_t other_instance, std::uint64_t outcomes_taken);

    /// The other side's instance, and its last record that came.
    std::uint64_t other_instance() const { return other_instance_; }

    std::uint64_t received() const { return received_; }

    /// Takes a decoded body. Corrupt when it breaks a rule; the session must end then.
    Result<void> take(std::uint64_t previous, OwnedBytes body);

    using Ticket = std::uint64_t;

    /// The next record for the pipeline, or null. Valid until `pop` or `begin`.
    const WireRecord* front();
    /// The pipeline has taken it: exactly one settled outcome must follow.
    Ticket pop();
    /// Its sequence is filled in here; its count is 1.
    void happened(Ticket ticket, Outcome outcome);

    /// The next outcomes to send in this session.
    std::optional<Outcomes> next_outcomes();
    /// The other side has taken all up to this number. Corrupt when it was never sent.
    Result<void> confirm(std::uint64_t number);

    /// Number of the last outcome sent, or confirmed, in this session.
    std::uint64_t told() const { return log_sent_; }

    /// Outcomes that were not sent in this session, nor confirmed.
    std::uint64_t untold() const { return log_end_ - 1 - log_sent_; }

    /// Bytes that the other side may send in this session, all in all.
    std::uint64_t limit() const { return arrived_bytes_ + room(); }

    /// What the limit of a new session would be.
    std::uint64_t room() const { return limits_.window - std::min(limits_.window, waiting_bytes_); }

    std::uint64_t waiting_bytes() const { return waiting_bytes_; }

    /// Records in the pipeline, or settled but not confirmed.
    std::uint64_t known() const { return known_.size(); }

    std::uint64_t duplicates() const { return duplicates_; }

private:
    /// What makes a record the same for a sender that has restarted.
    using Identity = std::array<std::uint64_t, 3>;  // id, edge

    struct Known {
        Identity identity = {};
        std::uint64_t sequence = 0;  ///< 0: the sender has restarted, and not sent it again
        bool is_settled = false;
        std::vector<Outcome> told = {};  ///< but for what stands in the log as settled
    };

    /// Of consecutive tickets, too.
    struct Logged {
        Ticket ticket = 0;
        Outcome outcome;
    };

    struct Arrived {
        OwnedBytes body;
        std::vector<WireRecord> records = {};
        std::size_t next = 0;
    };

    static Identity identity_of(const WireRecord& record);
    void forget_sender();
    void drop_front();
    bool take_known();
    void forget_oldest();
    void log(Ticket ticket, Outcome outcome);
    void know_names_of(const WireRecord& record);

    const IncomingLimits limits_;
    std::uint64_t other_instance_ = 0;
    std::uint64_t received_ = 0;  // sequence
    std::deque<Arrived> waiting_;
    std::uint64_t waiting_bytes_ = 0;
    std::set<std::string, std::less<>> names_;

    Numbered<Known> known_;  // by ticket
    Ticket last_ticket_ = 0;
    std::map<Identity, Ticket> orphans_;  // of senders that have restarted
    std::deque<Ticket> settled_orphans_;
    std::uint64_t duplicates_ = 0;

    std::deque<Logged> log_;       // not confirmed
    std::uint64_t log_first_ = 1;  // number of its first one
    std::uint64_t log_end_ = 1;    // of the next one
    // Of the session:
    std::uint64_t log_sent_ = 0;     // number
    std::size_t log_sent_runs_ = 0;  // of log_
    std::uint64_t arrived_bytes_ = 0;
};

}  // namespace aorta::transport
