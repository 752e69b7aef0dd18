// A segment in one lane: a linear run of processors, a loop over their stages.
#pragma once

#include "graph/lane.hpp"
#include "graph/stage.hpp"

#include <vector>

namespace aorta::graph {

class SegmentLane final : public Lane {
public:
    /// `last` is the node whose port 0 is the segment's way out.
    SegmentLane(std::string name,
                Thread thread,
                Runner& home,
                ActiveCount& active,
                const Router& router,
                std::uint32_t last)
        : Lane(std::move(name), thread, home, active), router_(router), last_(last) {}

    /// In the order of the records' way. The stages outlive the lane.
    void add(Stage& stage) { stages_.push_back(&stage); }

    /// Stops the stages in order; what they still give goes on. Nothing may run the lane meanwhile.
    void stop(Runner& runner);

protected:
    void work(message::Batch& batch, Runner& runner) override;

private:
    const Router& router_;
    const std::uint32_t last_;
    std::vector<Stage*> stages_;
};

}  // namespace aorta::graph
