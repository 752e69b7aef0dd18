// From a pipeline file to a PipelineSpec: all checks that need no plugin code.
#pragma once

#include "config/descriptor.hpp"
#include "config/diagnostic.hpp"
#include "config/value.hpp"
#include "pipeline/inclusions.hpp"
#include "pipeline/interpolate.hpp"
#include "pipeline/spec.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace aorta::pipeline {

struct LoadOptions {
    Environment environment = {};
    /// Unset::Warning: go on without variables and secrets that are not there, naming them.
    Unset unset = Unset::Error;
    /// False: nothing of it will be stored (tests), so that its keys may be missing.
    bool opens_storage = true;
};

struct Loaded {
    std::optional<PipelineSpec> spec;  // present when load found no errors
    PipelineSpec sound;                // tables, tests, and nodes whose plugins can look at their
                                       // options, whatever else is wrong; nothing more
    Inclusions inclusions;
    Asked asked;
    config::Diagnostics diagnostics;
    config::Value resolved;  // the whole file, includes, variables and defaults in place
};

/// Reads, resolves and checks a pipeline: syntax, variables, includes, secrets, keys, plugins,
/// options, tables, edges, cycles, content types, acknowledgement, lanes, tests. Opens only the
/// file, its includes, its tables and its secrets. Every problem is in the report, with its place.
Loaded load(const std::filesystem::path& file,
            const config::Catalog& catalog,
            const LoadOptions& options = {});

/// The same for a text; `file` names it in messages and its folder holds includes and secrets.
Loaded load_text(std::string_view text,
                 const std::filesystem::path& file,
                 const config::Catalog& catalog,
                 const LoadOptions& options = {});

}  // namespace aorta::pipeline
