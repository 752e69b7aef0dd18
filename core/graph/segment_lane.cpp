#include "graph/segment_lane.hpp"

namespace aorta::graph {

void SegmentLane::work(message::Batch& batch, Runner& runner) {
    const bool is_stopping = wants_stop_.load() && waiting() == 0;
    for (Stage* stage : stages_) {
        stage->run(batch, runner);
        stage->run_timer(batch, runner);
        if (is_stopping) {
            stage->stop(batch, runner);
        }
    }
    if (!batch.empty()) {
        router_.deliver(last_, 0, batch, runner);
    }
    if (is_stopping && wants_stop_.exchange(false)) {
        stopped_.set_value();
    }
}

std::future<void> SegmentLane::stop() {
    wants_stop_.store(true);
    wake();
    return stopped_.get_future();
}

}  // namespace aorta::graph
