#include "graph/flow.hpp"

#include "base/check.hpp"

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <semaphore>
#include <thread>

namespace aorta::graph {

namespace flow = oneapi::tbb::flow;

namespace {

/// How long a lane with a backlog keeps its worker when other lanes wait. After each hop, the
/// arena's other workers spin for some 150 us before they sleep again.
constexpr std::chrono::milliseconds kTurn{1};

}  // namespace

/// A lane that may block, and its thread.
struct Flow::LaneThread {
    LaneThread(Lane& own_lane, Flow& home)
        : lane(own_lane), thread([this, &home](const std::stop_token& stop) {
              while (true) {
                  ready.acquire();
                  if (stop.stop_requested()) {
                      return;
                  }
                  while (lane.run(home)) {
                  }
              }
          }) {}

    LaneThread(const LaneThread&) = delete;
    LaneThread& operator=(const LaneThread&) = delete;

    ~LaneThread() {
        thread.request_stop();
        ready.release();
    }

    Lane& lane;
    // A lane is posted once until it has run, and stopping adds one.
    std::counting_semaphore<4> ready{0};
    std::jthread thread;
};

struct Flow::Graph {
    using Node = flow::function_node<int, flow::continue_msg, flow::queueing>;

    explicit Graph(int workers)
        : parallelism(oneapi::tbb::global_control::max_allowed_parallelism,
                      static_cast<std::size_t>(workers) + 1),
          arena(workers, 1) {
        arena.execute([&] { graph.emplace(); });
    }

    // Workers beyond the CPUs are needed in a one-CPU container, where the default is none at all.
    oneapi::tbb::global_control parallelism;
    oneapi::tbb::task_arena arena;
    std::optional<flow::graph> graph;
    std::deque<Node> nodes;
    std::jthread runner;
    bool is_running = false;
};

Flow::Flow(int workers) : graph_(std::make_unique<Graph>(std::max(workers, 2))) {}

Flow::~Flow() {
    // Whoever owns the flow has stopped it, or it never ran.
    static_cast<void>(stop(base::Nanoseconds{0}));
}

void Flow::add(Lane& lane) {
    if (lane.has_own_thread()) {
        lane.index = threads_.size();
        threads_.push_back(std::make_unique<LaneThread>(lane, *this));
        return;
    }
    lane.index = graph_->nodes.size();
    graph_->arena.execute([&] {
        graph_->nodes.emplace_back(*graph_->graph, flow::serial, [this, &lane](int) noexcept {
            if (run_for_a_while(lane)) {
                post(lane);
            }
            return flow::continue_msg{};
        });
    });
}

void Flow::start() {
    AORTA_CHECK(!graph_->is_running);
    graph_->is_running = true;
    graph_->graph->reserve_wait();
    // Parked in wait_for_all: without a thread inside the arena, one CPU makes no progress at all.
    graph_->runner = std::jthread([graph = graph_.get()] {
        graph->arena.execute([graph] { graph->graph->wait_for_all(); });
    });
}

bool Flow::stop(base::Nanoseconds timeout) {
    if (!graph_->is_running) {
        return true;
    }
    if (!blocking_.wait_zero(timeout) || !shared_.wait_zero(timeout)) {
        return false;
    }
    graph_->is_running = false;
    threads_.clear();
    graph_->graph->release_wait();
    graph_->runner.join();
    graph_->arena.execute([&] {
        graph_->nodes.clear();
        graph_->graph.reset();
    });
    return true;
}

bool Flow::run_for_a_while(Lane& lane) {
    bool has_more = lane.run(*this);
    if (has_more) {
        const auto until = std::chrono::steady_clock::now() + kTurn;
        const auto others_wait = [this] { return shared_.value() > 1; };
        while (has_more && (!others_wait() || std::chrono::steady_clock::now() < until)) {
            has_more = lane.run(*this);
        }
    }
    return has_more;
}

void Flow::post(Lane& lane) {
    if (lane.has_own_thread()) {
        threads_[lane.index]->ready.release();
    } else {
        graph_->nodes[lane.index].try_put(0);
    }
}

}  // namespace aorta::graph
