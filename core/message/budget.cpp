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
    std::int64_t least = refused_.load();
    while (wanted < least && !refused_.compare_exchange_weak(least, wanted)) {
    }
    // Whoever released in between may not have seen the refusal; then nobody else would tell the
    // source.
    give_credit(used_.load());
    return false;
}

void Budget::release(std::uint64_t bytes) {
    const auto back = static_cast<std::int64_t>(bytes);
    give_credit(used_.fetch_sub(back) - back);
}

void Budget::give_credit(std::int64_t used) {
    if (used > limit_ / 2 && used != 0) {
        return;
    }
    std::int64_t wanted = refused_.load();
    while (wanted != kNone && (used == 0 || wanted <= limit_ - used)) {
        if (refused_.compare_exchange_weak(wanted, kNone)) {
            if (on_credit_) {
                on_credit_();
            }
            return;
        }
    }
}

}  // namespace aorta::message
