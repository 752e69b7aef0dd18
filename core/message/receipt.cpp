#include "message/receipt.hpp"

namespace aorta::message {

std::string_view to_string(FateKind kind) {
    constexpr std::string_view kNames[] = {"filtered", "delivered", "dead_lettered", "failed"};
    return kNames[static_cast<std::size_t>(kind)];
}

void Receipt::merge(const Fate& fate) {
    const std::scoped_lock lock(mutex_);
    if (!has_fate_ || fate.kind > fate_.kind) {
        fate_ = fate;
        has_fate_ = true;
    }
}

void Receipt::close_share() {
    if (shares_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return;
    }
    if (!has_fate_) {
        fate_ = {FateKind::Failed, ErrorCode::Internal, "engine.lost", {}, 0};
    }
    settler_.on_settled(*this);
    drop_reference();
}

Share::~Share() {
    if (receipt_ != nullptr) {
        settle({FateKind::Failed, ErrorCode::Internal, "engine.lost", {}, 0});
    }
}

Share Share::split() const {
    if (receipt_ != nullptr) {
        receipt_->shares_.fetch_add(1, std::memory_order_relaxed);
    }
    return Share{receipt_};
}

void Share::settle(const Fate& fate) {
    if (Receipt* receipt = std::exchange(receipt_, nullptr)) {
        receipt->merge(fate);
        receipt->close_share();
    }
}

void Share::dissolve() {
    if (Receipt* receipt = std::exchange(receipt_, nullptr)) {
        receipt->close_share();
    }
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

}  // namespace aorta::message
