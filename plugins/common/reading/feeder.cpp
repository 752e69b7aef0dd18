#include "common/reading/feeder.hpp"

#include <aorta/ext/refuse.h>

#include <sys/eventfd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace aorta::reading {

Feeder::Feeder(Host host) : host_(host), stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

bool Feeder::add(std::string_view payload, Draft draft) {
    // Not 0: an empty buffer must differ from no buffer.
    const std::size_t capacity = std::max<std::size_t>(payload.size(), 1);
    while (!draft.payload) {
        {
            // Before asking: credit that comes between the refusal and the wait must not be missed.
            const std::lock_guard lock{mutex_};
            if (is_stopping_) {
                return false;
            }
            has_credit_ = false;
        }
        draft.payload = host_.try_buffer(capacity);
        if (!draft.payload) {
            // What is gathered holds budget.
            flush();
            if (!wait_for_credit()) {
                return false;
            }
        }
    }
    draft.payload.append(payload);
    batch_.push_back(std::move(draft));
    batch_bytes_ += payload.size();
    if (batch_.size() >= kBatchRecords || batch_bytes_ >= kBatchBytes) {
        flush();
    }
    return true;
}

void Feeder::refuse(const Draft& draft, const Piece& piece, const Refusals& reasons) const {
    ErrorCode code = ErrorCode::InvalidData;
    std::string_view reason;
    switch (piece.kind) {
        case Piece::Kind::TooLarge:
            code = ErrorCode::ResourceExhausted;
            reason = reasons.too_large;
            break;
        case Piece::Kind::NoMessage:
            reason = reasons.no_message;
            break;
        case Piece::Kind::EndInside:
            reason = reasons.end_inside;
            break;
        case Piece::Kind::Truncated:
            reason = reasons.cut_off;
            break;
        case Piece::Kind::Record:
        case Piece::Kind::Noise:
        case Piece::Kind::NoTrailer:
        case Piece::Kind::BatchMismatch:
            return;
    }
    const auto* refuse = host_.extension<aorta_refuse>(AORTA_EXT_REFUSE);
    if (refuse == nullptr) {
        return;  // a host before this extension: the finding is logged and counted only
    }
    const std::string where = "byte " + std::to_string(draft.position);
    const aorta_draft abi{.size = sizeof(aorta_draft),
                          .content_type = draft.content_type,
                          .position = draft.position,
                          .connection = draft.connection,
                          .cookie = draft.cookie};
    refuse->refuse(
        host_.abi(), &abi, static_cast<std::uint32_t>(code), to_abi(reason), to_abi(where));
}

void Feeder::flush() {
    if (!batch_.empty()) {
        host_.push(batch_);
        batch_.clear();
        batch_bytes_ = 0;
    }
}

bool Feeder::wait_for_credit() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return has_credit_ || is_stopping_; });
    return !is_stopping_;
}

bool Feeder::wait(Nanoseconds at_most) {
    std::unique_lock lock{mutex_};
    return !changed_.wait_for(lock, at_most, [&] { return is_stopping_; });
}

void Feeder::on_credit() {
    const std::lock_guard lock{mutex_};
    has_credit_ = true;
    changed_.notify_all();
}

void Feeder::stop() {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
    changed_.notify_all();
    ::eventfd_write(stop_fd_.get(), 1);
}

bool Feeder::is_stopping() const {
    const std::lock_guard lock{mutex_};
    return is_stopping_;
}

}  // namespace aorta::reading
