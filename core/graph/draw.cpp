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
    for (const NodeSpec& node : spec.nodes) {
        for (const pipeline::Edge& edge : node.from) {
            fmt::format_to(std::back_inserter(out), "  \"{}\" -> \"{}\"", edge.node, node.name);
            const std::string label = edge_label(edge);
            out += label.empty() ? ";\n" : fmt::format(" [label=\"{}\"];\n", label);
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
    for (const NodeSpec& node : spec.nodes) {
        for (const pipeline::Edge& edge : node.from) {
            const std::string label = edge_label(edge);
            fmt::format_to(std::back_inserter(out),
                           "    {} -->{} {}\n",
                           edge.node,
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
    return out;
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
