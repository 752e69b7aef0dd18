#include "runtime/test_coverage.hpp"

#include "config/json.hpp"

#include <utility>

namespace aorta::runtime {

using config::Kind;
using config::Value;
using graph::Router;

TestCoverage::TestCoverage(const pipeline::PipelineSpec& spec) {
    for (std::uint32_t i = 0; i < spec.nodes.size(); ++i) {
        const pipeline::NodeSpec& node = spec.nodes[i];
        nodes_.push_back(add("node " + node.name));
        add_ports(i, node);
        add_rules(node);
    }
}

std::size_t TestCoverage::add(std::string name) {
    points_.push_back({std::move(name)});
    return points_.size() - 1;
}

void TestCoverage::add_ports(std::uint32_t index, const pipeline::NodeSpec& node) {
    if (node.kind == Kind::Sink) {
        return;
    }
    for (std::uint32_t port = 0; port < node.ports.size(); ++port) {
        ports_[{index, port}] = add("port " + node.name + "." + node.ports[port].name);
    }
    // A processor that declares no reason has none to reject a record for.
    if (node.kind == Kind::Processor && !node.descriptor.reasons.empty()) {
        ports_[{index, Router::kRejected}] =
            add("port " + node.name + "." + std::string{pipeline::kRejectedPort});
    }
}

/// Rules are the named entries of list options.
void TestCoverage::add_rules(const pipeline::NodeSpec& node) {
    for (const Value& option : node.with.items) {
        if (!option.is(Value::Type::List)) {
            continue;
        }
        for (const Value& entry : option.items) {
            const Value* name = entry.find("name");
            if (name != nullptr && name->is(Value::Type::String)) {
                std::string quoted;
                config::append_json_string(quoted, name->text);
                rules_.push_back({add("rule " + node.name + "." + name->text), std::move(quoted)});
            }
        }
    }
}

void TestCoverage::reach_port(std::uint32_t node, std::uint32_t port) {
    if (const auto found = ports_.find({node, port}); found != ports_.end()) {
        points_[found->second].is_reached = true;
    }
}

void TestCoverage::note_port(std::uint32_t node, std::uint32_t port, std::size_t records) {
    if (records == 0) {
        return;
    }
    reach_port(node, port);
    // A source has no counter of what it let out but this one.
    points_[nodes_[node]].is_reached = true;
}

void TestCoverage::note_counters(const Pipeline& pipeline) {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        if (pipeline.probe(i).in.value() != 0) {
            points_[nodes_[i]].is_reached = true;
        }
    }
    // Inside a segment the router sees nothing: what comes into a node left its predecessor.
    for (const graph::PlanSegment& segment : pipeline.plan().segments) {
        for (std::size_t i = 1; i < segment.nodes.size(); ++i) {
            if (pipeline.probe(segment.nodes[i]).in.value() != 0) {
                reach_port(segment.nodes[i - 1], 0);
            }
        }
    }
}

void TestCoverage::note_payload(std::string_view payload) {
    for (const Rule& rule : rules_) {
        if (payload.find(rule.quoted) != std::string_view::npos) {
            points_[rule.point].is_reached = true;
        }
    }
}

std::vector<std::string> TestCoverage::unreached() const {
    std::vector<std::string> out;
    for (const Point& point : points_) {
        if (!point.is_reached) {
            out.push_back(point.name);
        }
    }
    return out;
}

}  // namespace aorta::runtime
