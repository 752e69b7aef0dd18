// The writer's troubles, and what it says of itself.
#include "spool/writer.hpp"

#include <cstring>
#include <utility>

namespace aorta::spool {
namespace {

constexpr std::chrono::milliseconds kRetryAfter{250};

std::string_view errno_name(int error) {
    const char* const name = ::strerrorname_np(error);
    return name != nullptr ? name : "?";
}

}  // namespace

// Says what keeps the log from being written and waits a little; at the first failure it does not.
// False when the spool is being closed.
bool Writer::trouble(std::string id, int error, bool or_outbox_entries) {
    const bool is_full = error == 0;
    if (is_full) {
        services_.log.warn("spool_full", {{"bytes", books_.bytes()}});
    } else {
        services_.log.error("spool_write_failed", {{"errno", errno_name(error)}});
    }
    {
        const std::scoped_lock lock{health_mutex_};
        trouble_ = std::move(id);
    }
    const bool waits = is_full || ++failures_ > 1;
    return books_.wait_for_room(waits ? kRetryAfter : base::Nanoseconds{0}, or_outbox_entries);
}

void Writer::recover() {
    failures_ = 0;
    const std::scoped_lock lock{health_mutex_};
    if (!trouble_.empty()) {
        trouble_.clear();
        services_.log.info("spool_recovered", {{"bytes", books_.bytes()}});
    }
}

SpoolHealth Writer::health() const {
    SpoolHealth health;
    health.bytes = books_.bytes();
    health.waiting = books_.waiting();
    health.syncs = syncs_.load(std::memory_order_relaxed);
    health.failed_syncs = failed_syncs_.load(std::memory_order_relaxed);
    const std::scoped_lock lock{health_mutex_};
    health.trouble = trouble_;
    return health;
}

}  // namespace aorta::spool
