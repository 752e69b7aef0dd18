#include "message/receipt.hpp"

namespace aorta::message {
namespace {

const Fate kLost{FateKind::Failed, ErrorCode::Internal, "engine.lost", {}, 0};

}  // namespace

std::string_view to_string(FateKind kind) {
    constexpr std::string_view kNames[] = {"filtered", "delivered", "dead_lettered", "failed"};
    return kNames[static_cast<std::size_t>(kind)];
}

void Receipt::merge(const Fate& fate, bool is_required) {
    std::unique_lock lock(mutex_, std::defer_lock);
    // The last share has no rival, and whoever closed another has published its fate by that.
    if (shares_.load(std::memory_order_acquire) != 1) {
        lock.lock();
    }
    if (!has_fate_ || fate.kind > fate_.kind) {
        fate_ = fate;
        has_fate_ = true;
    }
    if (is_required && (!has_required_fate_ || fate.kind > required_fate_.kind)) {
        required_fate_ = fate;
        has_required_fate_ = true;
    }
}

void Receipt::keep_reply(std::uint32_t node, const BufferRef& answer) {
    if (settler_.wants_reply(node)) {
        const std::scoped_lock lock(mutex_);
        reply_ = answer;
    }
}

BufferRef Receipt::take_reply() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(reply_, {});
}

void Receipt::close_required() {
    if (required_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        if (!has_required_fate_) {
            // Only sinks that nobody waits for were reached: as good as delivered.
            required_fate_.kind = FateKind::Delivered;
        }
        settler_.on_required_settled(*this);
    }
}

void Receipt::close_share() {
    if (shares_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return;
    }
    if (!has_fate_ && !is_parked.load(std::memory_order_relaxed)) {
        fate_ = kLost;
        has_fate_ = true;
    }
    settler_.on_settled(*this);
    drop_reference();
}

Share::~Share() {
    settle(kLost);
}

Share Share::split() const {
    Share part{receipt_};
    part.is_required_ = is_required_;
    if (receipt_ != nullptr) {
        receipt_->shares_.fetch_add(1, std::memory_order_relaxed);
        if (is_required_) {
            receipt_->required_.fetch_add(1, std::memory_order_relaxed);
        }
    }
    return part;
}

void Share::close(const Fate* fate) {
    Receipt* receipt = std::exchange(receipt_, nullptr);
    if (receipt == nullptr) {
        return;
    }
    if (fate != nullptr) {
        receipt->merge(*fate, is_required_);
    }
    if (is_required_) {
        receipt->close_required();
    }
    receipt->close_share();
}

void Share::settle(const Fate& fate) {
    close(&fate);
}

void Share::dissolve() {
    close(nullptr);
}

void Share::park() {
    if (receipt_ != nullptr) {
        receipt_->is_parked.store(true, std::memory_order_relaxed);
    }
    close(nullptr);
}

void Share::passed_after() const {
    if (receipt_ != nullptr) {
        receipt_->settler_.on_after(*receipt_);
    }
}

void Share::mark_invalid() const {
    if (receipt_ != nullptr) {
        receipt_->is_invalid.store(true, std::memory_order_relaxed);
    }
}

const Settler* Share::settler() const {
    return receipt_ == nullptr ? nullptr : &receipt_->settler_;
}

void Share::make_optional() {
    if (receipt_ != nullptr && is_required_) {
        is_required_ = false;
        receipt_->close_required();
    }
}

}  // namespace aorta::message
