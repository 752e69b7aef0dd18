// One worker of a pipeline: what `run --worker` makes of its file.
#pragma once

#include "config/diagnostic.hpp"
#include "pipeline/load.hpp"

#include <filesystem>
#include <string>

namespace aorta::app {

/// Sets the part that is to be run. What this worker does not need may be missing here: variables
/// and secrets of other workers' nodes. `links_in`, unless empty: all links use ipc sockets in that
/// folder. Problems go to `diagnostics`.
void choose_worker(pipeline::Loaded& loaded,
                   const std::string& worker,
                   const std::filesystem::path& links_in,
                   config::Diagnostics& diagnostics);

/// The pipeline with the nodes of its part alone, for checks of plugins' options.
pipeline::PipelineSpec part_of(const pipeline::PipelineSpec& spec);

}  // namespace aorta::app
