// A source's side of delivery: opens receipts, decides when and what to answer, books the fate.
#pragma once

#include "base/clock.hpp"
#include "delivery/ledger.hpp"
#include "message/receipt.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>

namespace aorta::delivery {

enum class AckLevel { None, Received, Delivered };
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

/// One for each source node. Lives until all of its receipts are settled.
class SourceDelivery final : public message::Settler {
public:
    SourceDelivery(Ledger& ledger,
                   const AckPolicy& policy,
                   SourcePeer& peer,
                   const base::Clock& clock)
        : ledger_(ledger), policy_(policy), peer_(peer), clock_(clock) {}

    ~SourceDelivery() override;

    /// Counts a source record in. The caller keeps a reference for `received` (drop it afterwards).
    message::Receipt* open(std::uint64_t cookie);
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
    void watch(message::Receipt& receipt);
    void forget_answered();

    Ledger& ledger_;
    const AckPolicy policy_;
    SourcePeer& peer_;
    const base::Clock& clock_;
    std::atomic<std::uint64_t> sequence_{0};
    std::mutex mutex_;  // guards waiting_
    std::deque<Waiting> waiting_;
    std::size_t sweep_at_ = kSweep;  // size of waiting_ at which the answered ones are swept out
};

}  // namespace aorta::delivery
