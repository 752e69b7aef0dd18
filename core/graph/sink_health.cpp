#include "graph/sink_health.hpp"

namespace aorta::graph {

void SinkHealth::add(const SinkHealth& other) {
    if (other.is_down && !is_down) {
        is_down = true;
        reason = other.reason;
    }
    is_breaker_open = is_breaker_open || other.is_breaker_open;
    waiting += other.waiting;
    if (oldest.count() == 0 || (other.oldest.count() != 0 && other.oldest < oldest)) {
        oldest = other.oldest;
    }
}

void SinkHealth::add(const message::Record& first, std::size_t count) {
    add({.waiting = count, .oldest = base::Nanoseconds{first.ingest_time_ns}});
}

}  // namespace aorta::graph
