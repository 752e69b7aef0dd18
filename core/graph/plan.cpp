#include "graph/plan.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <optional>

namespace aorta::graph {
namespace {

using config::Kind;
using pipeline::NodeSpec;
using pipeline::PipelineSpec;

std::uint32_t port_number(const NodeSpec& node, std::string_view port) {
    for (std::size_t i = 0; i < node.ports.size(); ++i) {
        if (node.ports[i].name == port) {
            return static_cast<std::uint32_t>(i);
        }
    }
    AORTA_CHECK(port == pipeline::kRejectedPort);
    return Plan::kRejectedPort;
}

std::vector<PlanEdge> all_edges(const PipelineSpec& spec) {
    std::vector<PlanEdge> edges;
    for (std::uint32_t to = 0; to < spec.nodes.size(); ++to) {
        for (const pipeline::Edge& edge : spec.nodes[to].from) {
            const std::uint32_t from = index_of(spec, edge.node);
            const auto number = static_cast<std::uint32_t>(edges.size());
            edges.push_back({from, port_number(spec.nodes[from], edge.port), to, number});
        }
    }
    return edges;
}

bool is_serial(const NodeSpec& node) {
    return node.descriptor.concurrency == config::Concurrency::Serial;
}

/// Who waits for another process does so on a thread of its own.
bool may_block(const NodeSpec& node) {
    return node.descriptor.may_block || node.isolation.has_value();
}

int lanes_of(const NodeSpec& node) {
    return is_serial(node) ? 1 : std::max(node.lanes, 1);
}

/// The node that follows in the same segment, if there is one.
std::optional<std::uint32_t> fused_next(const PipelineSpec& spec,
                                        const std::vector<PlanEdge>& edges,
                                        std::uint32_t node) {
    const auto leaves = [&](const PlanEdge& edge) { return edge.from == node && edge.port == 0; };
    if (std::count_if(edges.begin(), edges.end(), leaves) != 1) {
        return std::nullopt;
    }
    const std::uint32_t next = std::find_if(edges.begin(), edges.end(), leaves)->to;
    const auto enters = [&](const PlanEdge& edge) { return edge.to == next; };
    const NodeSpec& here = spec.nodes[node];
    const NodeSpec& there = spec.nodes[next];
    const bool fits = there.kind == Kind::Processor && spec.is_here(there) &&
                      std::count_if(edges.begin(), edges.end(), enters) == 1 &&
                      lanes_of(here) == lanes_of(there) && may_block(here) == may_block(there);
    return fits ? std::optional{next} : std::nullopt;
}

}  // namespace

std::uint32_t index_of(const PipelineSpec& spec, std::string_view name) {
    const auto found = std::find_if(spec.nodes.begin(),
                                    spec.nodes.end(),
                                    [&](const NodeSpec& node) { return node.name == name; });
    AORTA_CHECK(found != spec.nodes.end());
    return static_cast<std::uint32_t>(found - spec.nodes.begin());
}

Plan make_plan(const PipelineSpec& spec) {
    const std::vector<PlanEdge> edges = all_edges(spec);
    Plan plan;
    std::vector<bool> is_fused(spec.nodes.size(), false);  // has a predecessor in its segment
    for (std::uint32_t node = 0; node < spec.nodes.size(); ++node) {
        if (spec.nodes[node].kind == Kind::Processor && spec.is_here(spec.nodes[node])) {
            if (const auto next = fused_next(spec, edges, node)) {
                is_fused[*next] = true;
            }
        }
    }
    for (std::uint32_t node = 0; node < spec.nodes.size(); ++node) {
        const NodeSpec& here = spec.nodes[node];
        if (!spec.is_here(here)) {
            continue;
        }
        if (here.kind == Kind::Source) {
            plan.sources.push_back(node);
        } else if (here.kind == Kind::Sink) {
            plan.sinks.push_back(node);
        } else if (!is_fused[node]) {
            PlanSegment segment{{node}, lanes_of(here), may_block(here)};
            for (auto next = fused_next(spec, edges, node); next;
                 next = fused_next(spec, edges, *next)) {
                segment.nodes.push_back(*next);
            }
            plan.segments.push_back(std::move(segment));
        }
    }
    for (const PlanEdge& edge : edges) {
        const bool leaves = spec.is_here(spec.nodes[edge.from]);
        const bool enters = spec.is_here(spec.nodes[edge.to]);
        if (leaves && enters && !is_fused[edge.to]) {
            plan.edges.push_back(edge);
        } else if (leaves && !enters) {
            plan.outgoing.push_back(edge);
        } else if (!leaves && enters) {
            plan.incoming.push_back(edge);
        }
    }
    return plan;
}

Plan make_cut_plan(const PipelineSpec& spec) {
    if (spec.workers.empty() || !spec.part.empty()) {
        return make_plan(spec);
    }
    Plan whole;
    const auto add = [](auto& to, const auto& more) {
        to.insert(to.end(), more.begin(), more.end());
    };
    for (const pipeline::WorkerSpec& worker : spec.workers) {
        PipelineSpec one = spec;
        one.part = worker.name;
        const Plan plan = make_plan(one);
        add(whole.segments, plan.segments);
        add(whole.sources, plan.sources);
        add(whole.sinks, plan.sinks);
        add(whole.edges, plan.edges);
        add(whole.edges, plan.outgoing);
    }
    return whole;
}

std::string edge_name(const PipelineSpec& spec, const PlanEdge& edge) {
    const NodeSpec& from = spec.nodes[edge.from];
    const std::string_view port =
        edge.port == Plan::kRejectedPort ? pipeline::kRejectedPort : from.ports[edge.port].name;
    return from.name + "." + std::string{port} + ":" + spec.nodes[edge.to].name;
}

std::vector<std::uint32_t> ancestors(const PipelineSpec& spec, std::uint32_t node) {
    std::vector<std::uint32_t> found{node};
    for (std::size_t next = 0; next < found.size(); ++next) {
        for (const pipeline::Edge& edge : spec.nodes[found[next]].from) {
            const std::uint32_t from = index_of(spec, edge.node);
            if (std::find(found.begin(), found.end(), from) == found.end()) {
                found.push_back(from);
            }
        }
    }
    return found;
}

}  // namespace aorta::graph
