// `storage` of a pipeline. Internal to load.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"
#include "pipeline/spec.hpp"

namespace aorta::pipeline {

/// Reads `storage` of the tree, if it is there.
StorageSpec read_storage(const config::Value& tree, config::Diagnostics& diagnostics);

/// Whether payloads would come to lie on disk unsealed without anybody having said so: an error
/// when a node asks for a journal, a warning when only dead letters are kept.
void check_storage(const PipelineSpec& spec, config::Diagnostics& diagnostics);

}  // namespace aorta::pipeline
