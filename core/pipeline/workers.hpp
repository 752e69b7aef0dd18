// `workers` and `links`: which process runs which nodes. Internal to load.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"
#include "pipeline/spec.hpp"

namespace aorta::pipeline {

/// Reads both into the spec, whose nodes are known, says of each node which worker it runs in, and
/// checks the cut.
void read_workers(config::Value& tree, PipelineSpec& spec, config::Diagnostics& diagnostics);

/// What a cut must be: an edge that crosses it has a link and a link has edges, no way leads back
/// to a worker, and no promise is made that it cannot keep. `has_key`: the file names a `key`.
void check_cut(const PipelineSpec& spec, bool has_key, config::Diagnostics& diagnostics);

}  // namespace aorta::pipeline
