#include "runtime/isolated.hpp"

#include "isolation/fault.hpp"
#include "runtime/pipeline_node.hpp"

#include <algorithm>

namespace aorta::runtime {

host::Reasons reasons_of(const pipeline::NodeSpec& node) {
    std::vector<config::Reason> reasons = node.descriptor.reasons;
    if (node.isolation) {
        for (const isolation::Fault fault : isolation::kFaults) {
            reasons.push_back({.id = isolation::reason_of(fault)});
        }
    }
    return host::Reasons{reasons};
}

isolation::Settings isolation_settings(const pipeline::NodeSpec& node) {
    isolation::Settings settings;
    settings.node = node.name;
    settings.plugin = node.plugin_path;
    settings.options = node.with;
    settings.at = node.at;
    settings.permissions = {.has_network = node.descriptor.network};
    settings.memory_bytes = static_cast<std::uint64_t>(node.isolation->memory_bytes);
    settings.deadline = node.isolation->deadline;
    settings.attempts = node.isolation->attempts;
    return settings;
}

std::vector<IsolatedStatus> Pipeline::isolated() const {
    std::vector<IsolatedStatus> all;
    for (const auto& node : nodes_) {
        if (!node->isolated) {
            continue;
        }
        const isolation::Status status = node->isolated->status();
        const std::string& name = spec_.nodes[node->index].name;
        const auto known = std::ranges::find(all, name, &IsolatedStatus::node);
        if (known == all.end()) {
            all.push_back({name, status});
            continue;
        }
        known->process.is_up = known->process.is_up && status.is_up;
        known->process.restarts += status.restarts;
        if (!status.reason.empty()) {
            known->process.reason = status.reason;
        }
    }
    return all;
}

void Pipeline::publish_isolated() {
    for (const IsolatedStatus& each : isolated()) {
        surroundings_.metrics.gauge(
            "aorta_isolation_up",
            {{"pipeline", spec_.name}, {"node", each.node}},
            "1 while the process of the node's plugin runs.",
            [this, name = each.node] {
                const auto all = isolated();
                return std::ranges::find(all, name, &IsolatedStatus::node)->process.is_up ? 1.0
                                                                                          : 0.0;
            },
            this);
    }
}

void Pipeline::give_up_isolated() {
    for (const auto& node : nodes_) {
        if (node->isolated) {
            node->isolated->give_up();
        }
    }
}

}  // namespace aorta::runtime
