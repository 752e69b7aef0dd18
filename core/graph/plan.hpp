// The plan: a pipeline's nodes cut into segments (linear runs that the engine fuses), joints and
// lanes.
#pragma once

#include "pipeline/spec.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aorta::graph {

/// A linear run of processors in one flow-graph node per lane.
struct PlanSegment {
    std::vector<std::uint32_t> nodes;  ///< indices into the spec, in order
    int lanes = 1;
    bool may_block = false;  ///< on threads of its own
};

/// An edge between joints: from a node's port to a segment or a sink.
struct PlanEdge {
    std::uint32_t from = 0;
    std::uint32_t port = 0;  ///< kRejectedPort for `rejected`
    std::uint32_t to = 0;    ///< a segment's first node, or a sink
    /// Among all edges of the pipeline, nodes inside segments included: the same in every worker.
    std::uint32_t number = 0;
};

struct Plan {
    static constexpr std::uint32_t kRejectedPort = 0xffffffff;

    std::vector<PlanSegment> segments;
    std::vector<std::uint32_t> sources;
    std::vector<std::uint32_t> sinks;
    std::vector<PlanEdge> edges;     ///< those that are not inside a segment
    std::vector<PlanEdge> outgoing;  ///< to other workers
    std::vector<PlanEdge> incoming;  ///< from other workers
};

/// Segments are as long as they can be: a node joins its predecessor when that has no other
/// listener on port 0, it listens to nothing else, and both run in the same lanes and on the same
/// kind of thread. Only what runs in `spec.part` is in it. The spec must be a checked one.
Plan make_plan(const pipeline::PipelineSpec& spec);

/// The plans of all workers as one, for a picture. A pipeline that is not cut has one plan.
Plan make_cut_plan(const pipeline::PipelineSpec& spec);

/// "decode.out:check": an edge between workers, as its outbox is called.
std::string edge_name(const pipeline::PipelineSpec& spec, const PlanEdge& edge);

enum class DrawFormat { Text, Dot, Mermaid };

/// The pipeline as its author wrote it (`plan` null) or as the engine runs it.
std::string draw(const pipeline::PipelineSpec& spec, const Plan* plan, DrawFormat format);

/// Nodes at or before `node` on the way of the records: its ancestors and itself.
std::vector<std::uint32_t> ancestors(const pipeline::PipelineSpec& spec, std::uint32_t node);

/// The index of a node; the spec must have it.
std::uint32_t index_of(const pipeline::PipelineSpec& spec, std::string_view name);

}  // namespace aorta::graph
