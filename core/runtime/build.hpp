// Builds a pipeline's nodes, lanes and edges from its plan. Used by this folder only.
#pragma once

#include "runtime/links.hpp"
#include "runtime/pipeline_node.hpp"

#include <map>
#include <optional>

namespace aorta::runtime {

/// One use: `build`, then it is gone.
class Pipeline::Builder {
public:
    Builder(Pipeline& pipeline, config::Diagnostics& diagnostics);

    Result<void> build();

private:
    Result<void> load_libraries();
    Result<void> add_sources();
    Result<void> add_sinks();
    Result<void> add_sink_lane(std::uint32_t index);
    void add_outbox(std::uint32_t index);
    std::unique_ptr<Node> make_outbox(std::uint32_t node,
                                      const std::string& name,
                                      graph::Target to);
    void add_links();
    graph::Lane* add_link_lane(const graph::PlanEdge& edge);
    void connect_links();
    std::optional<graph::PastNeed> past_need(std::uint32_t node) const;
    std::optional<graph::PastNeed> no_past() const;
    std::uint64_t window_bytes() const;
    delivery::Roots roots_of(const pipeline::NodeSpec& source, std::uint64_t epoch) const;
    void add_journal(Node& node, const graph::Gate& gate);
    Result<void> add_segments();
    Result<void> add_stage(std::uint32_t index, graph::SegmentLane& lane, std::uint32_t number);
    bool keeps_states() const;
    void choose_kept();
    std::string why_not_kept(std::uint32_t index) const;
    state::Place state_place(std::uint32_t index) const;
    void find_places();
    state::Place begin_place(state::Place place) const;
    void find_past_needs();
    void check_states(const state::Places& stored);
    Result<void> add_state();
    void connect();
    void add_replay();
    delivery::Roots roots_of_letters() const;
    void add_entrances();
    Result<void> make_instance(Node& node, host::NodeServices& services);
    Result<void> make_isolated(Node& node);
    std::vector<const message::Settler*> settlers_of(std::uint32_t source,
                                                     std::uint32_t node) const;
    graph::StageSettings stage_settings(std::uint32_t node) const;
    delivery::AckPolicy ack_policy(const pipeline::NodeSpec& node) const;
    bool is_reply_wanted(const pipeline::NodeSpec& sink) const;

    graph::NodeProbe& probe(std::uint32_t node) { return *pipeline_.probes_[node]; }

    const pipeline::NodeSpec& spec(std::uint32_t node) const { return pipeline_.spec_.nodes[node]; }

    Pipeline& pipeline_;
    config::Diagnostics& diagnostics_;
    StartWatchdog watchdog_;
    std::map<std::uint32_t, std::shared_ptr<const host::Library>> libraries_;
    std::map<std::uint32_t, std::vector<graph::Lane*>>
        lanes_;  // of a sink or a segment's first node
    std::map<std::uint32_t, const message::Settler*> settlers_;
    std::map<std::uint32_t, graph::Lane*> link_lanes_;  // or their outboxes, by edge

    struct StagePlace {
        Node* node = nullptr;
        graph::SegmentLane* at = nullptr;
        std::uint32_t lane = 0;
    };

    std::vector<StagePlace> stages_;                       // upstream first
    std::vector<std::uint32_t> kept_;                      // nodes whose state is kept
    state::Places places_;                                 // theirs
    std::map<std::uint32_t, graph::PastNeed> past_needs_;  // of those, and of all before them
};

}  // namespace aorta::runtime
