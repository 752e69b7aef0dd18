#include "runtime/link_end.hpp"

namespace aorta::runtime {

using message::FateKind;

LinkEnd::LinkEnd(const pipeline::LinkSpec& spec,
                 transport::PeerConfig config,
                 message::Interner& names,
                 message::Budget& budget,
                 graph::Runner& runner)
    : spec_(spec),
      sends_(config.self == spec.from),
      budget_(budget),
      runner_(runner),
      link_(std::move(config), names, budget, *this) {}

void LinkEnd::close() {
    link_.end_taking();
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
}

bool LinkEnd::has_room(std::uint64_t bytes) {
    // Not kept: the record charges for itself. Asking is what makes the budget call back.
    if (!budget_.try_charge(bytes)) {
        return false;
    }
    budget_.release(bytes);
    return true;
}

void LinkEnd::arrived(std::uint32_t edge, message::RecordPtr record) {
    const auto target = targets_.find(edge);
    const std::scoped_lock lock(mutex_);
    if (is_closed_) {
        record->settle({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 0});
    } else if (target == targets_.end()) {
        // The fingerprints are the same, so only a peer that breaks the rules comes here.
        record->settle({FateKind::Failed, ErrorCode::InvalidData, "link.no_such_edge", {}, 0});
    } else {
        message::Batch one;
        one.push_back(std::move(record));
        graph::Router::send(target->second, one, runner_);
    }
}

void LinkEnd::may_offer() {
    for (LinkLane* lane : lanes_) {
        lane->wake();
    }
}

LinkState LinkEnd::state() const {
    const transport::LinkStatus status = link_.status();
    LinkState state{.from = spec_.from, .to = spec_.to, .sends = sends_};
    state.is_up = status.is_up;
    state.trouble = status.trouble;
    state.backlog = status.held;
    state.backlog_bytes = status.held_bytes;
    state.oldest = base::Nanoseconds{status.oldest_ns};
    for (const LinkLane* lane : lanes_) {
        state.backlog += lane->backlog();
        const base::Nanoseconds oldest = lane->oldest();
        if (oldest.count() != 0 && (state.oldest.count() == 0 || oldest < state.oldest)) {
            state.oldest = oldest;
        }
    }
    state.under_way = status.under_way;
    state.resent = status.resent;
    state.duplicates = status.duplicates;
    state.lost = status.counts.lost;
    state.refused = status.counts.refused;
    return state;
}

}  // namespace aorta::runtime
