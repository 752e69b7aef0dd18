// A source's side of delivery: opens receipts, decides when and what to answer, books the fate.
#pragma once

#include "base/clock.hpp"
#include "delivery/ledger.hpp"
#include "delivery/unsettled.hpp"
#include "message/receipt.hpp"
#include "spool/spool.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace aorta::delivery {

enum class AckLevel { None, Received, Durable, Delivered };
enum class Answer { Accept, Error, Refuse, None };

/// When a sender is answered, and with what when its data is invalid (DESIGN: ack).
struct AckPolicy {
    AckLevel level = AckLevel::None;
    bool waits_for_node = false;  ///< `after`: not before that node's verdict
    Answer on_invalid = Answer::Error;
    base::Nanoseconds timeout{0};                  ///< 0: waits for ever
    std::optional<std::uint32_t> reply_from = {};  ///< node whose peer's answer the sender gets
};

/// The source, as delivery sees it. [any thread; must not block]
class SourcePeer {
public:
    SourcePeer() = default;
    SourcePeer(const SourcePeer&) = delete;
    SourcePeer& operator=(const SourcePeer&) = delete;
    virtual ~SourcePeer() = default;
    /// `reply`: what the peer of `reply_from` said, for the call only; may be empty.
    virtual void answer(std::uint64_t cookie,
                        Answer answer,
                        const message::Fate& why,
                        std::string_view reply) = 0;
    virtual void settled(std::uint64_t cookie, const message::Fate& fate) = 0;
};

/// The fate of a source record that an outbox or a branch beside it has decided: its reason was
/// told there.
message::Fate outbox_fate(message::FateKind kind);

/// Where a source's records are held beyond memory: in its journal, or (a passing stream) only as
/// far as outboxes took what came of them.
struct Roots {
    spool::Spool* spool = nullptr;  ///< null: nowhere
    spool::StreamState stream = {};

    bool is_journal() const {
        return spool != nullptr && stream.kind == spool::StreamKind::Journal;
    }
};

/// Books a receipt that is closed: settled, or held in the storage alone from now on. A journaled
/// record that failed stays there.
void book(Ledger& ledger, const Roots& roots, const message::Receipt& receipt);

/// One for each source node. Lives until all of its receipts are settled.
///
/// A journaled record whose receipt ends as failed (the pipeline stops, a plugin has lost it) stays
/// in the journal and comes again at the next start.
class SourceDelivery final : public message::Settler {
public:
    SourceDelivery(Ledger& ledger,
                   const AckPolicy& policy,
                   SourcePeer& peer,
                   const base::Clock& clock,
                   Roots roots = {})
        : ledger_(ledger),
          policy_(policy),
          peer_(peer),
          clock_(clock),
          roots_(std::move(roots)),
          sequence_(roots_.stream.next) {}

    ~SourceDelivery() override;

    /// Counts a source record in. The caller keeps a reference for `received` (drop it afterwards).
    message::Receipt* open(std::uint64_t cookie);
    /// The same for a record that ends at once, without a place in the journal.
    message::Receipt* open_refused(std::uint64_t cookie);
    /// A record that was read back from the journal. The caller owns the share only.
    message::Receipt* reopen(std::uint64_t sequence);

    /// Counts from now on which records are not settled. Before the first record.
    void count_unsettled() { unsettled_ = std::make_unique<Unsettled>(); }

    /// Null unless `count_unsettled` was called.
    Unsettled* unsettled() { return unsettled_.get(); }

    /// The number that the next record gets.
    std::uint64_t next() const { return sequence_.load(std::memory_order_relaxed); }

    /// The record is in the journal, synced: at level `durable` this is the promise.
    void durable(message::Receipt& receipt);

    /// A record of an earlier run that the journal cannot give back: it has failed.
    void lost(std::uint64_t sequence);

    /// Told of each record that was read back and whose receipt is closed. Set it before the first.
    void on_read_back(std::function<void()> told) { on_read_back_ = std::move(told); }

    const Roots& roots() const { return roots_; }

    /// The record is in the pipeline's memory: at level `received` this is the promise.
    void received(message::Receipt& receipt);
    /// Answers None to all that have waited too long. Returns the next deadline (steady clock), or
    /// Nanoseconds::max().
    base::Nanoseconds expire();

    const AckPolicy& policy() const { return policy_; }

    void on_after(message::Receipt& receipt) override;
    void on_required_settled(message::Receipt& receipt) override;
    void on_settled(message::Receipt& receipt) override;

    bool sender_keeps_failures() const override { return policy_.level == AckLevel::Delivered; }

    std::uint32_t stream() const override { return roots_.stream.id; }

    bool wants_reply(std::uint32_t node) const override { return policy_.reply_from == node; }

private:
    static constexpr std::size_t kSweep = 1024;

    struct Waiting {
        base::Nanoseconds deadline;
        message::Receipt* receipt;  // holds a reference
    };

    void answer_once(message::Receipt& receipt,
                     Answer answer,
                     const message::Fate& why,
                     std::string_view reply = {});
    message::Receipt* make(std::uint64_t cookie, std::uint64_t sequence);
    void watch(message::Receipt& receipt);
    void open_gate(message::Receipt& receipt, std::uint8_t gate);
    void forget_answered();
    void count(const message::Receipt& receipt);
    void uncount(const message::Receipt& receipt);

    Ledger& ledger_;
    const AckPolicy policy_;
    SourcePeer& peer_;
    const base::Clock& clock_;
    const Roots roots_;
    std::atomic<std::uint64_t> sequence_;
    std::atomic<std::uint64_t> refused_{0};
    std::function<void()> on_read_back_ = [] {};
    std::unique_ptr<Unsettled> unsettled_;
    std::mutex mutex_;  // guards waiting_
    std::deque<Waiting> waiting_;
    std::size_t sweep_at_ = kSweep;  // size of waiting_ at which the answered ones are swept out
};

}  // namespace aorta::delivery
