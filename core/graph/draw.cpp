// Pictures of a pipeline: text for a terminal, dot and mermaid for documents.
#include "graph/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace aorta::graph {
namespace {

using config::Kind;
using pipeline::NodeSpec;
using pipeline::PipelineSpec;

std::string_view verb(Kind kind) {
    constexpr std::string_view kVerbs[] = {"source", "process", "sink"};
    return kVerbs[static_cast<std::size_t>(kind)];
}

const PlanSegment* segment_of(const Plan* plan, std::uint32_t node) {
    if (plan == nullptr) {
        return nullptr;
    }
    for (const PlanSegment& segment : plan->segments) {
        if (std::find(segment.nodes.begin(), segment.nodes.end(), node) != segment.nodes.end()) {
            return &segment;
        }
    }
    return nullptr;
}

std::string edge_label(const pipeline::Edge& edge) {
    return edge.port == "out" ? "" : edge.port;
}

/// "edge dials, curve, outbox".
std::string manner(const pipeline::LinkSpec& link) {
    return fmt::format("{} dials, {}{}",
                       link.dial,
                       link.is_plaintext   ? "plain text"
                       : link.keys.empty() ? "this machine"
                                           : "curve",
                       link.has_outbox ? ", outbox" : "");
}

bool is_crossing(const PipelineSpec& spec, const pipeline::Edge& edge, const NodeSpec& to) {
    return spec.find(edge.node)->worker != to.worker;
}

/// Every pair of nodes that a link joins.
std::string crossings(const PipelineSpec& spec, const pipeline::LinkSpec& link) {
    std::string text;
    for (const NodeSpec& node : spec.nodes) {
        for (const pipeline::Edge& edge : node.from) {
            if (node.worker == link.to && spec.find(edge.node)->worker == link.from) {
                const std::string label = edge_label(edge);
                text += fmt::format("{}{}{} -> {}",
                                    text.empty() ? "" : ", ",
                                    edge.node,
                                    label.empty() ? "" : "." + label,
                                    node.name);
            }
        }
    }
    return text;
}

std::string draw_dot(const PipelineSpec& spec, const Plan* plan) {
    std::string out = fmt::format(
        "digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
        spec.name);
    constexpr std::string_view kShapes[] = {"cds", "box", "cylinder"};
    for (const NodeSpec& node : spec.nodes) {
        fmt::format_to(std::back_inserter(out),
                       "  \"{}\" [shape={}, label=\"{}\\n{}\"];\n",
                       node.name,
                       kShapes[static_cast<std::size_t>(node.kind)],
                       node.name,
                       node.descriptor.id);
    }
    if (plan != nullptr) {
        for (std::size_t i = 0; i < plan->segments.size(); ++i) {
            const PlanSegment& segment = plan->segments[i];
            fmt::format_to(std::back_inserter(out),
                           "  subgraph cluster_{} {{ label=\"segment {}, {} lane{}\";",
                           i,
                           i + 1,
                           segment.lanes,
                           segment.lanes == 1 ? "" : "s");
            for (const std::uint32_t node : segment.nodes) {
                fmt::format_to(std::back_inserter(out), " \"{}\";", spec.nodes[node].name);
            }
            out += " }\n";
        }
    }
    for (const pipeline::WorkerSpec& worker : spec.workers) {
        fmt::format_to(std::back_inserter(out),
                       "  subgraph cluster_worker_{0} {{ style=dashed; label=\"worker {0}\";",
                       worker.name);
        for (const NodeSpec& node : spec.nodes) {
            if (node.worker == worker.name) {
                fmt::format_to(std::back_inserter(out), " \"{}\";", node.name);
            }
        }
        out += " }\n";
    }
    for (const NodeSpec& node : spec.nodes) {
        for (const pipeline::Edge& edge : node.from) {
            fmt::format_to(std::back_inserter(out), "  \"{}\" -> \"{}\"", edge.node, node.name);
            const std::string label = edge_label(edge);
            const bool is_link = is_crossing(spec, edge, node);
            out +=
                label.empty()
                    ? (is_link ? " [style=dashed];\n" : ";\n")
                    : fmt::format(" [label=\"{}\"{}];\n", label, is_link ? ", style=dashed" : "");
        }
    }
    return out + "}\n";
}

std::string draw_mermaid(const PipelineSpec& spec, const Plan* plan) {
    std::string out = "flowchart LR\n";
    const auto node_text = [](const NodeSpec& node) {
        constexpr std::string_view kOpen[] = {"([", "[", "[("};
        constexpr std::string_view kClose[] = {"])", "]", ")]"};
        const auto kind = static_cast<std::size_t>(node.kind);
        return fmt::format("{}{}\"{}<br/>{}\"{}",
                           node.name,
                           kOpen[kind],
                           node.name,
                           node.descriptor.id,
                           kClose[kind]);
    };
    for (std::uint32_t i = 0; i < spec.nodes.size(); ++i) {
        if (segment_of(plan, i) == nullptr) {
            fmt::format_to(std::back_inserter(out), "    {}\n", node_text(spec.nodes[i]));
        }
    }
    for (std::size_t i = 0; plan != nullptr && i < plan->segments.size(); ++i) {
        const PlanSegment& segment = plan->segments[i];
        fmt::format_to(std::back_inserter(out),
                       "    subgraph segment{}[\"segment {}, {} lane{}\"]\n",
                       i + 1,
                       i + 1,
                       segment.lanes,
                       segment.lanes == 1 ? "" : "s");
        for (const std::uint32_t node : segment.nodes) {
            fmt::format_to(std::back_inserter(out), "        {}\n", node_text(spec.nodes[node]));
        }
        out += "    end\n";
    }
    for (const pipeline::WorkerSpec& worker : spec.workers) {
        fmt::format_to(
            std::back_inserter(out), "    subgraph worker_{0}[\"worker {0}\"]\n", worker.name);
        for (const NodeSpec& node : spec.nodes) {
            if (node.worker == worker.name) {
                fmt::format_to(std::back_inserter(out), "        {}\n", node.name);
            }
        }
        out += "    end\n";
    }
    for (const NodeSpec& node : spec.nodes) {
        for (const pipeline::Edge& edge : node.from) {
            const std::string label = edge_label(edge);
            fmt::format_to(std::back_inserter(out),
                           "    {} {}{} {}\n",
                           edge.node,
                           is_crossing(spec, edge, node) ? "-.->" : "-->",
                           label.empty() ? "" : "|" + label + "|",
                           node.name);
        }
    }
    return out;
}

std::string listeners(const PipelineSpec& spec, const NodeSpec& of) {
    std::string text;
    for (const NodeSpec& node : spec.nodes) {
        for (const pipeline::Edge& edge : node.from) {
            if (edge.node == of.name) {
                const std::string label = edge_label(edge);
                text += fmt::format("{}{}{}",
                                    text.empty() ? "" : ", ",
                                    node.name,
                                    label.empty() ? "" : " (" + label + ")");
            }
        }
    }
    return text;
}

std::string workers_text(const PipelineSpec& spec) {
    std::string out;
    for (const pipeline::WorkerSpec& worker : spec.workers) {
        std::string nodes;
        for (const NodeSpec& node : spec.nodes) {
            if (node.worker == worker.name) {
                nodes += (nodes.empty() ? "" : ", ") + node.name;
            }
        }
        fmt::format_to(std::back_inserter(out), "  worker  {}: {}\n", worker.name, nodes);
    }
    for (const pipeline::LinkSpec& link : spec.links) {
        fmt::format_to(std::back_inserter(out),
                       "  link    {} -> {}: {}  {} ({})\n",
                       link.from,
                       link.to,
                       crossings(spec, link),
                       link.address,
                       manner(link));
    }
    return out;
}

std::string draw_text(const PipelineSpec& spec, const Plan* plan) {
    std::size_t names = 4;
    std::size_t plugins = 6;
    for (const NodeSpec& node : spec.nodes) {
        names = std::max(names, node.name.size());
        plugins = std::max(plugins, node.descriptor.id.size());
    }
    std::string out = spec.name + "\n";
    const PlanSegment* last = nullptr;
    for (std::uint32_t i = 0; i < spec.nodes.size(); ++i) {
        const NodeSpec& node = spec.nodes[i];
        const PlanSegment* segment = segment_of(plan, i);
        std::string note;
        if (segment != nullptr) {
            note = fmt::format("  [segment {}{}{}]",
                               segment - plan->segments.data() + 1,
                               segment->lanes > 1 ? fmt::format(", {} lanes", segment->lanes) : "",
                               segment->may_block ? ", own thread"
                               : segment == last  ? ", fused"
                                                  : "");
        }
        last = segment;
        note += node.isolation ? "  [own process]" : "";
        const std::string to = listeners(spec, node);
        fmt::format_to(std::back_inserter(out),
                       "  {:<7} {:<{}}  {:<{}}  {}{}\n",
                       verb(node.kind),
                       node.name,
                       names,
                       node.descriptor.id,
                       plugins,
                       to.empty() ? "" : "-> " + to,
                       note);
    }
    return out + workers_text(spec);
}

}  // namespace

std::string draw(const PipelineSpec& spec, const Plan* plan, DrawFormat format) {
    switch (format) {
        case DrawFormat::Dot:
            return draw_dot(spec, plan);
        case DrawFormat::Mermaid:
            return draw_mermaid(spec, plan);
        default:
            return draw_text(spec, plan);
    }
}

}  // namespace aorta::graph
