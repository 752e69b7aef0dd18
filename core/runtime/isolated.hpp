// Nodes whose plugin runs in a process of its own.
#pragma once

#include "host/reasons.hpp"
#include "isolation/plugin.hpp"
#include "pipeline/spec.hpp"

#include <string>

namespace aorta::runtime {

/// Of a node with `isolation`.
isolation::Settings isolation_settings(const pipeline::NodeSpec& node);

/// What may become of a node's records: what its plugin declares, and what its process may do.
host::Reasons reasons_of(const pipeline::NodeSpec& node);

struct IsolatedStatus {
    std::string node;
    isolation::Status process;  ///< of all its lanes: up when all are, restarts summed
};

}  // namespace aorta::runtime
