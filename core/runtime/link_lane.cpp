#include "runtime/link_lane.hpp"

#include <iterator>
#include <utility>

namespace aorta::runtime {

using message::FateKind;
using message::RecordPtr;

void LinkLane::work(message::Batch& batch, graph::Runner&) {
    std::move(batch.begin(), batch.end(), std::back_inserter(pending_));
    batch.clear();
    if (wants_stop_.load()) {
        for (const RecordPtr& record : pending_) {
            record->settle({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, node_});
        }
        pending_.clear();
    }
    while (!pending_.empty() && offer_first()) {
        pending_.pop_front();
    }
    pending_count_.store(pending_.size());
    pending_since_ns_.store(pending_.empty() ? 0 : pending_.front()->ingest_time_ns);
    if (wants_stop_.load() && !std::exchange(is_stopped_, true)) {
        stopped_.set_value();
    }
}

/// False when the link takes no more for now: it wakes the lane.
bool LinkLane::offer_first() {
    RecordPtr& first = pending_.front();
    if (const Result<void> fits = link_.check(*first); !fits.ok()) {
        router_.fail(std::move(first),
                     pipeline::OnError::Default,
                     {FateKind::Failed, fits.error().code, "link.unfit", {}, node_});
        return true;
    }
    return link_.offer(edge_, first);
}

std::future<void> LinkLane::stop() {
    wants_stop_.store(true);
    wake();
    return stopped_.get_future();
}

base::Nanoseconds LinkLane::oldest() const {
    const base::Nanoseconds pending{pending_since_ns_.load()};
    return pending.count() != 0 ? pending : oldest_waiting();
}

}  // namespace aorta::runtime
