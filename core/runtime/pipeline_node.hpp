// The parts of one node in a running pipeline. Used by this folder only.
#pragma once

#include "delivery/journal.hpp"
#include "graph/instance_body.hpp"
#include "graph/outbox.hpp"
#include "graph/segment_lane.hpp"
#include "graph/sink_lane.hpp"
#include "graph/source_node.hpp"
#include "graph/stage.hpp"
#include "host/instance.hpp"
#include "host/node_host.hpp"
#include "isolation/plugin.hpp"
#include "runtime/pipeline.hpp"

#include <memory>

namespace aorta::runtime {

/// A source instance as the graph calls it. What escapes from it is a misbehaviour, told to the
/// log.
class InstanceSourceBody final : public graph::SourceBody {
public:
    InstanceSourceBody(host::Instance& instance, graph::SourceNode& node)
        : instance_(instance), node_(node) {}

    void on_credit() override { check(instance_.on_credit()); }

    void on_ack(std::uint64_t cookie, const aorta_outcome& outcome) override {
        check(instance_.on_ack(cookie, outcome));
    }

    void on_settled(std::uint64_t cookie, const aorta_outcome& outcome) override {
        check(instance_.on_settled(cookie, outcome));
    }

private:
    void check(const Result<void>& called) {
        if (!called.ok()) {
            node_.misbehaved("an exception crossed the border");
        }
    }

    host::Instance& instance_;
    graph::SourceNode& node_;
};

/// One plugin instance with all that it needs; which services it has depends on its kind. The
/// instance goes first, then its host, then the services.
struct Pipeline::Node {
    std::uint32_t index = 0;
    std::unique_ptr<graph::Stage> stage;
    std::unique_ptr<graph::SinkLane> sink;
    std::unique_ptr<graph::SourceNode> source;
    std::unique_ptr<delivery::Journal> journal;  // of a source, when it has one
    std::unique_ptr<graph::Outbox> outbox;       // a node of its own, with the sink's index
    std::unique_ptr<host::NodeHost> host;
    std::unique_ptr<isolation::Plugin> isolated;  // whose instance it is, when it has a process
    std::unique_ptr<host::Instance> instance;     // null for stubs
    std::unique_ptr<graph::Body> body;
    std::unique_ptr<graph::SourceBody> source_body;
};

/// Ends the process with exit 70, naming the plugin, when a constructor or start does not come
/// back.
class StartWatchdog {
public:
    StartWatchdog(base::Log& log, const pipeline::PipelineSpec& spec);
    ~StartWatchdog();
    StartWatchdog(const StartWatchdog&) = delete;
    StartWatchdog& operator=(const StartWatchdog&) = delete;
    /// The clock runs anew for the next node.
    void watch(const pipeline::NodeSpec& node, std::string_view doing);

private:
    base::Log& log_;
    const pipeline::PipelineSpec& spec_;
    std::mutex mutex_;  // guards node_, doing_, rounds_
    std::condition_variable_any changed_;
    std::string node_;
    std::string plugin_;
    std::string doing_;
    std::uint64_t rounds_ = 0;
    std::jthread thread_;
};

}  // namespace aorta::runtime
