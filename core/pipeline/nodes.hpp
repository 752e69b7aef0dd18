// From the `nodes` of a tree to NodeSpecs. Internal to load.
#pragma once

#include "config/descriptor.hpp"
#include "config/diagnostic.hpp"
#include "config/value.hpp"
#include "pipeline/inclusions.hpp"
#include "pipeline/spec.hpp"

#include <string>
#include <vector>

namespace aorta::pipeline {

/// A node on its way to be a spec. What is known of it is right; `is_known` is false when its
/// plugin is not known, so that nothing more can be said of its ports.
struct NodeDraft {
    NodeSpec spec;
    bool is_known = false;
    bool has_kind = true;         // false: it names no plugin, or two
    bool is_sound = false;        // the plugin can look at its options
    bool has_open_ports = false;  // `ports_from` depends on a variable that is not set
    bool has_open_from = false;   // it listens to something, but that is not known
    config::Position lanes_at = {};
    config::Position after_at = {};
    config::Position reply_at = {};
    config::Position buffer_at = {};
};

/// Reads the nodes, each by itself: names, keys, plugin, options, ports, acknowledgement, lanes.
/// Puts the options with their defaults into the tree.
std::vector<NodeDraft> read_nodes(config::Value& nodes,
                                  const config::Catalog& catalog,
                                  int pipeline_lanes,
                                  Inclusions& inclusions,
                                  config::Diagnostics& diagnostics);

/// Checks what lies between nodes: edges, ports, cycles, content types, what nobody listens to,
/// `after`. Fills in the content types of ports.
void check_graph(std::vector<NodeDraft>& nodes,
                 const config::Position& at,
                 Inclusions& inclusions,
                 config::Diagnostics& diagnostics);

/// Reads `tests`. `has_all_nodes` is false when more nodes may be meant than could be read.
std::vector<TestSpec> read_tests(const config::Value& tests,
                                 const std::vector<NodeDraft>& nodes,
                                 bool has_all_nodes,
                                 config::Diagnostics& diagnostics);

}  // namespace aorta::pipeline
