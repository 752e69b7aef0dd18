#include "graph/segment_lane.hpp"

namespace aorta::graph {

void SegmentLane::enter(std::size_t stage, message::RecordPtr record) {
    {
        const std::scoped_lock lock(entered_mutex_);
        entered_.emplace_back(stage, std::move(record));
        has_entered_.store(true);
    }
    wake();
}

void SegmentLane::work_entered(Runner& runner) {
    std::vector<std::pair<std::size_t, message::RecordPtr>> entered;
    {
        const std::scoped_lock lock(entered_mutex_);
        entered.swap(entered_);
        has_entered_.store(false);
    }
    for (auto& [first, record] : entered) {
        message::Batch batch;
        batch.push_back(std::move(record));
        for (std::size_t i = first; i < stages_.size() && !batch.empty(); ++i) {
            pointers_.clear();
            stages_[i]->run(batch, pointers_, runner);
        }
        if (!batch.empty()) {
            router_.deliver(last_, 0, batch, runner);
        }
    }
}

std::future<void> SegmentLane::call(std::function<void()> work) {
    std::packaged_task<void()> task{std::move(work)};
    std::future<void> done = task.get_future();
    {
        const std::scoped_lock lock(entered_mutex_);
        calls_.push_back(std::move(task));
        has_calls_.store(true);
    }
    wake();
    return done;
}

void SegmentLane::work_calls() {
    std::vector<std::packaged_task<void()>> calls;
    {
        const std::scoped_lock lock(entered_mutex_);
        calls.swap(calls_);
        has_calls_.store(false);
    }
    for (auto& call : calls) {
        call();
    }
}

void SegmentLane::work(message::Batch& batch, Runner& runner) {
    if (has_entered_.load(std::memory_order_relaxed)) {
        work_entered(runner);
    }
    const bool is_stopping = wants_stop_.load() && waiting() == 0;
    pointers_.clear();
    for (Stage* stage : stages_) {
        stage->run(batch, pointers_, runner);
        const std::size_t before = batch.size();
        stage->run_timer(batch, runner);
        if (is_stopping) {
            stage->stop(batch, runner);
        }
        if (batch.size() != before) {
            pointers_.clear();
        }
    }
    if (!batch.empty()) {
        router_.deliver(last_, 0, batch, runner);
    }
    if (has_calls_.load(std::memory_order_relaxed)) {
        work_calls();
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
