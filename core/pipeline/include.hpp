// Fragments: one shape of nodes, included many times.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"
#include "pipeline/inclusions.hpp"
#include "pipeline/interpolate.hpp"

#include <filesystem>

namespace aorta::pipeline {

/// Replaces `include` of a pipeline's tree by the nodes of the fragments, put before its own nodes:
/// names and the references among them prefixed by `as` and '_', parameters substituted. Fragments
/// lie within `root`, the pipeline's folder; they may include others, four deep. False, after a
/// report, when the tree has neither `nodes` nor `include`, or something else under these names.
bool expand_includes(config::Value& pipeline,
                     const std::filesystem::path& root,
                     const Environment& environment,
                     Unset unset,
                     Inclusions& inclusions,
                     config::Diagnostics& diagnostics);

}  // namespace aorta::pipeline
