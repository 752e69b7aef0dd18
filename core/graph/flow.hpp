// The flow graph: runs lanes on oneTBB workers, and lanes that may block on threads of their own.
#pragma once

#include "graph/lane.hpp"

#include <memory>
#include <vector>

namespace aorta::graph {

/// One serial function_node for each shared lane, in an arena of its own. A lane's activation is
/// the node's message; records stay in the lane's inbox, so nothing can be lost or overtaken in the
/// graph. Lanes are added before `start`. Destroy it only when no lane has work (Pipeline drains
/// first).
class Flow final : public Runner {
public:
    /// `workers`: threads of the arena, at least 2 so that a one-CPU container makes progress.
    explicit Flow(int workers);
    ~Flow() override;

    void add(Lane& lane);
    void start();
    /// Waits until no lane is scheduled any more, then ends all threads. Nobody may post
    /// afterwards.
    void stop();

    void post(Lane& lane) override;

    ActiveCount& active() { return active_; }

    /// True when no shared lane is scheduled: a lone record may run where it is.
    bool is_idle() const { return active_.load(std::memory_order_relaxed) == 0; }

private:
    struct Graph;
    struct LaneThread;

    ActiveCount active_{0};
    std::unique_ptr<Graph> graph_;
    std::vector<std::unique_ptr<LaneThread>> threads_;
};

}  // namespace aorta::graph
