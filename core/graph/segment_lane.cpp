#include "graph/segment_lane.hpp"

namespace aorta::graph {

void SegmentLane::work(message::Batch& batch, Runner& runner) {
    for (Stage* stage : stages_) {
        stage->run(batch, runner);
        stage->run_timer(batch, runner);
    }
    if (!batch.empty()) {
        router_.deliver(last_, 0, batch, runner);
    }
}

void SegmentLane::stop(Runner& runner) {
    message::Batch batch;
    for (Stage* stage : stages_) {
        stage->run(batch, runner);
        stage->stop(batch, runner);
    }
    if (!batch.empty()) {
        router_.deliver(last_, 0, batch, runner);
    }
}

}  // namespace aorta::graph
