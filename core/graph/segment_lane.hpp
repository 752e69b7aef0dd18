// A segment in one lane: a linear run of processors, a loop over their stages.
#pragma once

#include "graph/lane.hpp"
#include "graph/stage.hpp"

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

namespace aorta::graph {

class SegmentLane final : public Lane {
public:
    /// `last` is the node whose port 0 is the segment's way out.
    SegmentLane(std::string name,
                Thread thread,
                Runner& home,
                base::BusyCount& active,
                const Router& router,
                std::uint32_t last)
        : Lane(std::move(name), thread, home, active), router_(router), last_(last) {}

    /// In the order of the records' way. The stages outlive the lane.
    void add(Stage& stage) { stages_.push_back(&stage); }

    /// Lets a record in before a stage (its place in the segment): a dead letter that is sent
    /// again. It runs apart from the batches, beside their order. Before `stop`. [any thread]
    void enter(std::size_t stage, message::RecordPtr record);

    /// Runs this on the lane's thread, between its batches: at the next run, which it asks for. The
    /// future is ready when that is done; never, if the lane is not run any more. [any thread]
    std::future<void> call(std::function<void()> work);

    /// Asks the lane to stop its stages, in order, when it has worked off its inbox; what they
    /// still give goes on. The future is ready when that is done. Once.
    std::future<void> stop();

protected:
    void work(message::Batch& batch, Runner& runner) override;

private:
    void work_entered(Runner& runner);
    void work_calls();

    const Router& router_;
    const std::uint32_t last_;
    std::vector<Stage*> stages_;
    std::vector<aorta_record*> pointers_;  // of the batch at hand
    std::atomic<bool> wants_stop_{false};
    std::promise<void> stopped_;
    std::mutex entered_mutex_;  // guards entered_, calls_
    std::vector<std::pair<std::size_t, message::RecordPtr>> entered_;
    std::atomic<bool> has_entered_{false};
    std::vector<std::packaged_task<void()>> calls_;
    std::atomic<bool> has_calls_{false};
};

}  // namespace aorta::graph
