// The planner on small pipelines, and its pictures.
#include "graph/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace aorta::graph {
namespace {

using config::Kind;
using pipeline::NodeSpec;
using pipeline::PipelineSpec;
using testing::ElementsAre;

/// "name:kind from,from.port" with kinds s(ource), p(rocessor), k (sink). Flags behind the kind:
/// `2` lanes, `b` may block, `i` isolated, `!` serial.
PipelineSpec spec_of(std::initializer_list<const char*> lines) {
    PipelineSpec spec;
    spec.name = "plan";
    for (const std::string line : lines) {
        NodeSpec node;
        const std::size_t colon = line.find(':');
        const std::size_t space = line.find(' ');
        node.name = line.substr(0, colon);
        const std::string flags = line.substr(colon + 1, space - colon - 1);
        node.kind = flags[0] == 's' ? Kind::Source : flags[0] == 'p' ? Kind::Processor : Kind::Sink;
        node.descriptor.id = "plugin_" + node.name;
        node.descriptor.concurrency = flags.find('!') == std::string::npos
                                          ? config::Concurrency::Stateless
                                          : config::Concurrency::Serial;
        node.descriptor.may_block = flags.find('b') != std::string::npos;
        if (flags.find('i') != std::string::npos) {
            node.isolation.emplace();
        }
        node.lanes = flags.find('2') == std::string::npos ? 1 : 2;
        node.ports = {{"out"}, {"side"}};
        for (std::size_t at = space; at != std::string::npos;) {
            const std::size_t end = line.find(',', at + 1);
            const std::string from = line.substr(at + 1, end - at - 1);
            const std::size_t dot = from.find('.');
            node.from.push_back(
                {from.substr(0, dot), dot == std::string::npos ? "out" : from.substr(dot + 1)});
            at = end;
        }
        spec.nodes.push_back(std::move(node));
    }
    return spec;
}

std::string text_of(const PipelineSpec& spec, const Plan& plan) {
    std::string text;
    for (const PlanSegment& segment : plan.segments) {
        text += "[";
        for (const std::uint32_t node : segment.nodes) {
            text += (node == segment.nodes.front() ? "" : " ") + spec.nodes[node].name;
        }
        text += segment.lanes > 1 ? " x" + std::to_string(segment.lanes) : "";
        text += segment.may_block ? " own]" : "]";
    }
    for (const PlanEdge& edge : plan.edges) {
        text += " " + spec.nodes[edge.from].name +
                (edge.port == Plan::kRejectedPort ? ".rejected"
                 : edge.port != 0                 ? "." + std::to_string(edge.port)
                                                  : "") +
                ">" + spec.nodes[edge.to].name;
    }
    return text;
}

TEST(Plan, FusesWhatRunsTogether) {
    struct Case {
        const char* what;
        std::initializer_list<const char*> spec;
        std::string plan;
    };

    const Case cases[] = {
        {"a chain is one segment", {"s:s", "a:p s", "b:p a", "c:p b", "k:k c"}, "[a b c] s>a c>k"},
        {"in whatever order it is written",
         {"k:k c", "c:p b", "b:p a", "a:p s", "s:s"},
         "[a b c] c>k s>a"},
        {"no processors at all", {"s:s", "k:k s"}, " s>k"},
        {"a fan-out ends a segment",
         {"s:s", "a:p s", "b:p a", "c:p a", "k:k b,c"},
         "[a][b][c] s>a a>b a>c b>k c>k"},
        {"a sink beside the next processor, too",
         {"s:s", "a:p s", "b:p a", "k:k a,b"},
         "[a][b] s>a a>b a>k b>k"},
        {"a merge begins a segment",
         {"s:s", "t:s", "a:p s", "b:p t", "c:p a,b", "k:k c"},
         "[a][b][c] s>a t>b a>c b>c c>k"},
        {"a side port does not end a segment",
         {"s:s", "a:p s", "b:p a", "k:k b", "l:k a.side"},
         "[a b] s>a b>k a.1>l"},
        {"nor does a rejected port",
         {"s:s", "a:p s", "b:p a", "k:k b", "l:k a.rejected,b.rejected"},
         "[a b] s>a b>k a.rejected>l b.rejected>l"},
        {"what hangs on a side port is a segment of its own",
         {"s:s", "a:p s", "b:p a.side", "c:p b", "k:k a,c"},
         "[a][b c] s>a a.1>b a>k c>k"},
        {"other lanes, other segment",
         {"s:s", "a:p2 s", "b:p2 a", "c:p b", "k:k c"},
         "[a b x2][c] s>a b>c c>k"},
        {"a serial node has one lane whatever was asked for",
         {"s:s", "a:p2 s", "b:p2! a", "c:p2 b", "k:k c"},
         "[a x2][b][c x2] s>a a>b b>c c>k"},
        {"what may block runs apart",
         {"s:s", "a:p s", "b:pb a", "c:pb b", "d:p c", "k:k d"},
         "[a][b c own][d] s>a a>b c>d d>k"},
        {"what has a process of its own runs apart",
         {"s:s", "a:p s", "b:pi a", "k:k b"},
         "[a][b own] s>a a>b b>k"},
    };
    for (const Case& one : cases) {
        const PipelineSpec spec = spec_of(one.spec);
        EXPECT_EQ(text_of(spec, make_plan(spec)), one.plan) << one.what;
    }
}

TEST(Plan, NamesAncestors) {
    const PipelineSpec spec =
        spec_of({"s:s", "a:p s", "b:p a.side", "c:p a,b", "d:p s", "k:k c,d"});
    const auto names = [&](std::string_view of) {
        std::vector<std::string> all;
        for (const std::uint32_t node : ancestors(spec, index_of(spec, of))) {
            all.push_back(spec.nodes[node].name);
        }
        std::sort(all.begin(), all.end());
        return all;
    };
    EXPECT_THAT(names("s"), ElementsAre("s"));
    EXPECT_THAT(names("c"), ElementsAre("a", "b", "c", "s"));
    EXPECT_THAT(names("d"), ElementsAre("d", "s"));
    EXPECT_THAT(names("k"), ElementsAre("a", "b", "c", "d", "k", "s"));
}

constexpr std::initializer_list<const char*> kDrawn = {"intake:s",
                                                       "decode:p2 intake",
                                                       "check:p2 decode",
                                                       "slow:pb check",
                                                       "store:k slow",
                                                       "bad:k decode.rejected,check.side"};

/// kDrawn, cut behind `check`.
PipelineSpec cut_spec() {
    PipelineSpec spec = spec_of(kDrawn);
    spec.workers = {{"edge"}, {"core"}};
    for (NodeSpec& node : spec.nodes) {
        node.worker =
            node.name == "slow" || node.name == "store" || node.name == "bad" ? "core" : "edge";
    }
    spec.links.push_back({.from = "edge",
                          .to = "core",
                          .dial = "edge",
                          .address = "tcp://core:7401",
                          .has_outbox = true,
                          .keys = "keys"});
    return spec;
}

std::string names_of(const PipelineSpec& spec, const std::vector<PlanEdge>& edges) {
    std::string names;
    for (const PlanEdge& edge : edges) {
        names += std::to_string(edge.number) + " " + edge_name(spec, edge) + " ";
    }
    return names;
}

TEST(Plan, OfAWorkerHasItsNodesAndTheEdgesThatCross) {
    PipelineSpec spec = cut_spec();
    const std::string crossing = "2 check.out:slow 4 decode.rejected:bad 5 check.side:bad ";
    spec.part = "edge";
    const Plan edge = make_plan(spec);
    EXPECT_EQ(text_of(spec, edge), "[decode check x2] intake>decode");
    EXPECT_EQ(names_of(spec, edge.outgoing), crossing);
    EXPECT_EQ(names_of(spec, edge.incoming), "");
    EXPECT_EQ(edge.sources.size(), 1U);
    EXPECT_TRUE(edge.sinks.empty());
    spec.part = "core";
    const Plan core = make_plan(spec);
    EXPECT_EQ(text_of(spec, core), "[slow own] slow>store");
    EXPECT_EQ(names_of(spec, core.incoming), crossing);
    EXPECT_EQ(names_of(spec, core.outgoing), "");
    EXPECT_TRUE(core.sources.empty());
    spec.part.clear();
    EXPECT_TRUE(make_plan(spec).outgoing.empty());
}

TEST(Plan, NothingIsFusedAcrossACut) {
    PipelineSpec spec = spec_of({"in:s", "a:p in", "b:p a", "out:k b"});
    spec.workers = {{"edge"}, {"core"}};
    for (NodeSpec& node : spec.nodes) {
        node.worker = node.name == "in" || node.name == "a" ? "edge" : "core";
    }
    EXPECT_EQ(text_of(spec, make_plan(spec)), "[a b] in>a b>out");
    EXPECT_EQ(text_of(spec, make_cut_plan(spec)), "[a][b] in>a a>b b>out");
}

TEST(Draw, ShowsWorkersAndLinks) {
    const PipelineSpec spec = cut_spec();
    const Plan plan = make_cut_plan(spec);
    EXPECT_THAT(
        draw(spec, &plan, DrawFormat::Text),
        testing::HasSubstr("  worker  edge: intake, decode, check\n"
                           "  worker  core: slow, store, bad\n"
                           "  link    edge -> core: check -> slow, decode.rejected -> bad, "
                           "check.side -> bad  tcp://core:7401 (edge dials, curve, outbox)\n"));
    EXPECT_THAT(
        draw(spec, &plan, DrawFormat::Dot),
        testing::AllOf(
            testing::HasSubstr("subgraph cluster_worker_core { style=dashed; label=\"worker "
                               "core\"; \"slow\"; \"store\"; \"bad\"; }"),
            testing::HasSubstr("\"check\" -> \"slow\" [style=dashed];"),
            testing::HasSubstr("\"decode\" -> \"bad\" [label=\"rejected\", style=dashed];")));
    EXPECT_THAT(draw(spec, nullptr, DrawFormat::Mermaid),
                testing::AllOf(
                    testing::HasSubstr("subgraph worker_edge[\"worker edge\"]\n        intake\n"),
                    testing::HasSubstr("check -.-> slow"),
                    testing::HasSubstr("intake --> decode")));
}

TEST(Draw, TextShowsWhoListensAndWhatIsFused) {
    const PipelineSpec spec = spec_of(kDrawn);
    const Plan plan = make_plan(spec);
    EXPECT_EQ(draw(spec, &plan, DrawFormat::Text), R"(plan
  source  intake  plugin_intake  -> decode
  process decode  plugin_decode  -> check, bad (rejected)  [segment 1, 2 lanes]
  process check   plugin_check   -> slow, bad (side)  [segment 1, 2 lanes, fused]
  process slow    plugin_slow    -> store  [segment 2, own thread]
  sink    store   plugin_store   
  sink    bad     plugin_bad     
)");
}

TEST(Draw, DotIsADigraph) {
    const PipelineSpec spec = spec_of(kDrawn);
    const Plan plan = make_plan(spec);
    EXPECT_EQ(draw(spec, &plan, DrawFormat::Dot), R"(digraph "plan" {
  rankdir=LR;
  node [shape=box, fontname="sans-serif"];
  "intake" [shape=cds, label="intake\nplugin_intake"];
  "decode" [shape=box, label="decode\nplugin_decode"];
  "check" [shape=box, label="check\nplugin_check"];
  "slow" [shape=box, label="slow\nplugin_slow"];
  "store" [shape=cylinder, label="store\nplugin_store"];
  "bad" [shape=cylinder, label="bad\nplugin_bad"];
  subgraph cluster_0 { label="segment 1, 2 lanes"; "decode"; "check"; }
  subgraph cluster_1 { label="segment 2, 1 lane"; "slow"; }
  "intake" -> "decode";
  "decode" -> "check";
  "check" -> "slow";
  "slow" -> "store";
  "decode" -> "bad" [label="rejected"];
  "check" -> "bad" [label="side"];
}
)");
}

TEST(Draw, MermaidShowsTheAuthorsViewWithoutAPlan) {
    const PipelineSpec spec = spec_of({"in:s", "a:p in", "out:k a,a.rejected"});
    EXPECT_EQ(draw(spec, nullptr, DrawFormat::Mermaid), R"(flowchart LR
    in(["in<br/>plugin_in"])
    a["a<br/>plugin_a"]
    out[("out<br/>plugin_out")]
    in --> a
    a --> out
    a -->|rejected| out
)");
    const Plan plan = make_plan(spec);
    EXPECT_THAT(draw(spec, &plan, DrawFormat::Mermaid),
                testing::HasSubstr("    subgraph segment1[\"segment 1, 1 lane\"]\n"
                                   "        a[\"a<br/>plugin_a\"]\n    end\n"));
}

}  // namespace
}  // namespace aorta::graph
