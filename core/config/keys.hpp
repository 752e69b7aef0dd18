// The keys of a pipeline file as options: one table for the loader, the schema and the reference
// page.
#pragma once

#include "config/descriptor.hpp"

#include <string_view>
#include <vector>

namespace aorta::config {

/// Keys of a pipeline file. `nodes`, `vars`, `include`, `tables`, `workers` and `tests` are of type
/// Any here.
std::vector<Option> pipeline_keys();

/// Keys of a node of a kind, without the one that names the plugin; `with` is of type Any.
std::vector<Option> node_keys(Kind kind);

/// The key that names a node's plugin: "source", "process", "sink".
std::string_view plugin_key(Kind kind);

/// Keys of one entry of `include` and of a fragment file; of one table; of one worker;
/// of one test.
std::vector<Option> include_keys();
std::vector<Option> fragment_keys();
std::vector<Option> table_keys();
std::vector<Option> worker_keys();
std::vector<Option> test_keys();

}  // namespace aorta::config
