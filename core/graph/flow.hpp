// The flow graph: runs lanes on oneTBB workers, and lanes that may block on threads of their own.
#pragma once

#include "base/busy_count.hpp"
#include "graph/lane.hpp"

#include <memory>
#include <vector>

namespace aorta::graph {

/// One serial function_node for each shared lane, in an arena of its own. A lane's activation is
/// the node's message; records stay in the lane's inbox, so nothing can be lost or overtaken in the
/// graph. Lanes are added before `start`.
class Flow final : public Runner {
public:
    /// `workers`: threads of the arena, at least 2 so that a one-CPU container makes progress.
    explicit Flow(int workers);
    ~Flow() override;

    void add(Lane& lane);
    void start();
    /// Waits until no lane is scheduled any more, then ends all threads. False when a lane did not
    /// come back in time: its thread is stuck, so end the process and do not destroy. Nobody may
    /// post afterwards.
    bool stop(base::Nanoseconds timeout);

    void post(Lane& lane) override;

    /// Scheduled lanes that share the workers. When there are none, a lone record may run where it
    /// is.
    base::BusyCount& shared() { return shared_; }

    /// Scheduled lanes with a thread of their own.
    base::BusyCount& blocking() { return blocking_; }

private:
    struct Graph;
    struct LaneThread;

    /// True when more waits in the lane.
    bool run_for_a_while(Lane& lane);

    base::BusyCount shared_;
    base::BusyCount blocking_;
    std::unique_ptr<Graph> graph_;
    std::vector<std::unique_ptr<LaneThread>> threads_;
};

}  // namespace aorta::graph
