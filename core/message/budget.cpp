#include "message/budget.hpp"

namespace aorta::message {

bool Budget::try_charge(std::uint64_t bytes) {
    const auto wanted = static_cast<std::int64_t>(bytes);
    std::int64_t used = used_.load();
    while (used == 0 || used + wanted <= limit_) {
        if (used_.compare_exchange_weak(used, used + wanted)) {
            return true;
        }
    }
    waiting_.store(true);
    // Whoever released in between may not have seen the flag; then nobody else would tell the
    // source.
    if (has_room(used_.load()) && waiting_.exchange(false) && on_credit_) {
        on_credit_();
    }
    return false;
}

void Budget::release(std::uint64_t bytes) {
    const std::int64_t left =
        used_.fetch_sub(static_cast<std::int64_t>(bytes)) - static_cast<std::int64_t>(bytes);
    if (has_room(left) && waiting_.load() && waiting_.exchange(false) && on_credit_) {
        on_credit_();
    }
}

}  // namespace aorta::message
