#include "delivery/source_delivery.hpp"

#include <aorta/crash_point.hpp>

#include <algorithm>
#include <vector>

namespace aorta::delivery {
namespace {

/// Numbers of records that never had a place in a stream.
constexpr std::uint64_t kRefused = std::uint64_t{1} << 63U;

}  // namespace

using message::Fate;
using message::FateKind;
using message::Receipt;

Fate outbox_fate(FateKind kind) {
    return {kind, ErrorCode::Ok, "another_branch", {}, 0};
}

void book(Ledger& ledger, const Roots& roots, const Receipt& receipt) {
    const Fate& fate = receipt.fate();
    const bool is_stored = receipt.is_journaled || receipt.is_parked.load();
    if (!is_stored) {
        ledger.settle(fate, receipt.sequence);
        return;
    }
    std::optional<FateKind> kind;
    if (receipt.has_fate()) {
        kind = fate.kind;
    }
    if (receipt.is_journaled && kind == FateKind::Failed) {
        ledger.set_aside();
        return;
    }
    const std::optional<spool::Over> over =
        roots.spool->close({roots.stream.id, receipt.sequence}, kind);
    crash_point("journal.closed");
    if (!over) {
        ledger.set_aside();
    } else {
        ledger.settle(kind == over->fate ? fate : outbox_fate(over->fate), receipt.sequence);
    }
}

SourceDelivery::~SourceDelivery() {
    for (const Waiting& one : waiting_) {
        one.receipt->drop_reference();
    }
}

Receipt* SourceDelivery::make(std::uint64_t cookie, std::uint64_t sequence) {
    ledger_.open();
    auto* receipt = new Receipt(*this, cookie, sequence);
    receipt->add_reference();
    if (policy_.level != AckLevel::None && policy_.timeout.count() > 0) {
        watch(*receipt);
    }
    return receipt;
}

Receipt* SourceDelivery::open(std::uint64_t cookie) {
    Receipt* receipt = make(cookie, sequence_.fetch_add(1, std::memory_order_relaxed));
    receipt->is_journaled = roots_.is_journal();
    count(*receipt);
    return receipt;
}

void SourceDelivery::count(const Receipt& receipt) {
    if (unsettled_) {
        unsettled_->opened(receipt.sequence);
    }
}

void SourceDelivery::uncount(const Receipt& receipt) {
    if (unsettled_ && receipt.sequence < kRefused) {
        const bool stays =
            receipt.is_journaled && receipt.has_fate() && receipt.fate().kind == FateKind::Failed;
        unsettled_->settled(receipt.sequence, stays);
    }
}

Receipt* SourceDelivery::open_refused(std::uint64_t cookie) {
    return roots_.spool == nullptr
               ? open(cookie)
               : make(cookie, kRefused | refused_.fetch_add(1, std::memory_order_relaxed));
}

Receipt* SourceDelivery::reopen(std::uint64_t sequence) {
    ledger_.take_up();
    auto* receipt = new Receipt(*this, 0, sequence);
    receipt->is_journaled = true;
    receipt->is_replayed = true;
    receipt->is_read_back = true;
    receipt->is_answered.store(true);
    count(*receipt);
    return receipt;
}

void SourceDelivery::lost(std::uint64_t sequence) {
    ledger_.settle_stored({FateKind::Failed, ErrorCode::Corrupt, "journal.damaged", {}, 0},
                          sequence);
}

void SourceDelivery::received(Receipt& receipt) {
    if (policy_.level == AckLevel::Durable && !receipt.is_journaled) {
        durable(receipt);
    }
    if (!policy_.waits_for_node) {
        on_after(receipt);
    }
}

void SourceDelivery::durable(Receipt& receipt) {
    open_gate(receipt, Receipt::kIsDurable);
}

void SourceDelivery::on_after(Receipt& receipt) {
    if (policy_.level == AckLevel::Received) {
        answer_once(receipt, Answer::Accept, {});
    } else if (policy_.level == AckLevel::Durable) {
        open_gate(receipt, Receipt::kMayAccept);
    }
}

void SourceDelivery::open_gate(Receipt& receipt, std::uint8_t gate) {
    constexpr std::uint8_t kBoth = Receipt::kIsDurable | Receipt::kMayAccept;
    if ((receipt.gates.fetch_or(gate) | gate) == kBoth) {
        answer_once(receipt, Answer::Accept, {});
    }
}

void SourceDelivery::on_required_settled(Receipt& receipt) {
    if (policy_.level == AckLevel::None) {
        return;
    }
    const Fate& fate = receipt.required_fate();
    Answer answer = Answer::Accept;
    if (receipt.is_invalid.load(std::memory_order_relaxed)) {
        answer = policy_.on_invalid;
    } else if (fate.kind == FateKind::Failed) {
        answer = Answer::Error;
    }
    if (policy_.level == AckLevel::Durable && receipt.is_journaled) {
        // Without `after` the promise is the journal's alone, whatever becomes of the record.
        if (answer == Answer::Accept || !policy_.waits_for_node) {
            open_gate(receipt, Receipt::kMayAccept);
            return;
        }
    }
    // A peer's "all is well" must not cover up what went wrong elsewhere.
    const bool may_reply =
        policy_.reply_from && (answer == Answer::Accept ||
                               (fate.kind == FateKind::Failed && fate.node == *policy_.reply_from));
    const message::BufferRef reply = may_reply ? receipt.take_reply() : message::BufferRef{};
    answer_once(
        receipt, answer, fate, reply ? message::bytes_of(*reply.get()) : std::string_view{});
}

void SourceDelivery::on_settled(Receipt& receipt) {
    const Fate parked = Fate::delivered(0);
    const Fate& fate = receipt.has_fate() ? receipt.fate() : parked;
    if (receipt.is_read_back) {
        on_read_back_();
    }
    if (!receipt.is_replayed) {
        // What lies in an outbox is out of the source's hands.
        peer_.settled(receipt.cookie, fate);
    }
    // Last, since the source may be destroyed once nothing is held.
    uncount(receipt);
    book(ledger_, roots_, receipt);
}

void SourceDelivery::answer_once(Receipt& receipt,
                                 Answer answer,
                                 const Fate& why,
                                 std::string_view reply) {
    if (!receipt.is_answered.exchange(true)) {
        peer_.answer(receipt.cookie, answer, why, reply);
    }
}

void SourceDelivery::watch(Receipt& receipt) {
    receipt.add_reference();
    const std::scoped_lock lock(mutex_);
    forget_answered();
    waiting_.push_back({clock_.steady() + policy_.timeout, &receipt});
}

void SourceDelivery::forget_answered() {
    while (!waiting_.empty() && waiting_.front().receipt->is_answered.load()) {
        waiting_.front().receipt->drop_reference();
        waiting_.pop_front();
    }
    if (waiting_.size() < sweep_at_) {
        return;
    }
    // One that waits long must not keep the many behind it in memory.
    const auto kept =
        std::stable_partition(waiting_.begin(), waiting_.end(), [](const Waiting& one) {
            return !one.receipt->is_answered.load();
        });
    for (auto answered = kept; answered != waiting_.end(); ++answered) {
        answered->receipt->drop_reference();
    }
    waiting_.erase(kept, waiting_.end());
    sweep_at_ = std::max(kSweep, 2 * waiting_.size());
}

base::Nanoseconds SourceDelivery::expire() {
    std::vector<Receipt*> late;
    base::Nanoseconds next = base::Nanoseconds::max();
    {
        const std::scoped_lock lock(mutex_);
        const base::Nanoseconds now = clock_.steady();
        // One time-out for all: the queue is in the order of its deadlines.
        while (!waiting_.empty() && waiting_.front().deadline <= now) {
            late.push_back(waiting_.front().receipt);
            waiting_.pop_front();
        }
        forget_answered();
        if (!waiting_.empty()) {
            next = waiting_.front().deadline;
        }
    }
    for (Receipt* receipt : late) {
        answer_once(
            *receipt, Answer::None, {FateKind::Failed, ErrorCode::Timeout, "ack.timeout", {}, 0});
        receipt->drop_reference();
    }
    return next;
}

}  // namespace aorta::delivery
