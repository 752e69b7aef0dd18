// Secrets by reference: !secret file:PATH, !secret env:NAME.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"
#include "pipeline/interpolate.hpp"

#include <filesystem>

namespace aorta::pipeline {

/// Fills in the secrets of a tree. Files are relative to `root`, at most 64 KiB, regular, and
/// refused when group or others may read them, unless they lie on a read-only mount; one trailing
/// line break is cut off. What is missing is an error, or a warning with Unset::Warning.
void resolve_secrets(config::Value& tree,
                     const std::filesystem::path& root,
                     const Environment& environment,
                     Unset unset,
                     config::Diagnostics& diagnostics);

}  // namespace aorta::pipeline
