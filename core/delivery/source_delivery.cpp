#include "delivery/source_delivery.hpp"

#include <algorithm>
#include <vector>

namespace aorta::delivery {

using message::Fate;
using message::FateKind;
using message::Receipt;

SourceDelivery::~SourceDelivery() {
    for (const Waiting& one : waiting_) {
        one.receipt->drop_reference();
    }
}

Receipt* SourceDelivery::open(std::uint64_t cookie) {
    ledger_.open();
    auto* receipt = new Receipt(*this, cookie, sequence_.fetch_add(1, std::memory_order_relaxed));
    receipt->add_reference();
    if (policy_.level != AckLevel::None && policy_.timeout.count() > 0) {
        watch(*receipt);
    }
    return receipt;
}

void SourceDelivery::received(Receipt& receipt) {
    if (policy_.level == AckLevel::Received && !policy_.waits_for_node) {
        answer_once(receipt, Answer::Accept, {});
    }
}

void SourceDelivery::on_after(Receipt& receipt) {
    if (policy_.level == AckLevel::Received && policy_.waits_for_node) {
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
    // A peer's "all is well" must not cover up what went wrong elsewhere.
    const bool may_reply =
        policy_.reply_from && (answer == Answer::Accept ||
                               (fate.kind == FateKind::Failed && fate.node == *policy_.reply_from));
    const message::BufferRef reply = may_reply ? receipt.take_reply() : message::BufferRef{};
    answer_once(
        receipt, answer, fate, reply ? message::bytes_of(*reply.get()) : std::string_view{});
}

void SourceDelivery::on_settled(Receipt& receipt) {
    peer_.settled(receipt.cookie, receipt.fate());
    // Last, since the source may be destroyed once nothing is held.
    ledger_.settle(receipt.fate(), receipt.sequence);
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
