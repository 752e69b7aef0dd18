// Which nodes, ports and rules of a pipeline its tests reached.
#pragma once

#include "pipeline/spec.hpp"
#include "runtime/pipeline.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::runtime {

class TestCoverage {
public:
    explicit TestCoverage(const pipeline::PipelineSpec& spec);

    /// Records left by a port of a node, seen by the router.
    void note_port(std::uint32_t node, std::uint32_t port, std::size_t records);
    /// Reads the counters of a pipeline that has run a test.
    void note_counters(const Pipeline& pipeline);
    /// A payload that came to a sink: it may name rules.
    void note_payload(std::string_view payload);

    /// How many nodes, ports and rules there are.
    std::size_t size() const { return points_.size(); }

    /// "node check", "port route.urgent", "rule alarms.tachycardia", in the file's order.
    std::vector<std::string> unreached() const;

private:
    struct Point {
        std::string name;
        bool is_reached = false;
    };

    struct Rule {
        std::size_t point;
        std::string quoted;  // the name as JSON writes it
    };

    std::size_t add(std::string name);
    void add_ports(std::uint32_t node, const pipeline::NodeSpec& spec);
    void add_rules(const pipeline::NodeSpec& spec);
    void reach_port(std::uint32_t node, std::uint32_t port);

    std::vector<Point> points_;
    std::vector<std::size_t> nodes_;  // points of nodes, by index
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> ports_;
    std::vector<Rule> rules_;
};

}  // namespace aorta::runtime
