// Plugins and pipeline files, as most verbs need them.
#pragma once

#include "app/command.hpp"
#include "config/diagnostic.hpp"
#include "host/search.hpp"
#include "pipeline/load.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::app {

/// The arguments FILE…, --env-file and --set.
struct PipelineArguments {
    std::vector<std::string> files;
    std::string env_file;
    std::vector<std::string> sets;

    void declare(Arguments& arguments);
    /// Without FILE, for verbs that have none or name it otherwise.
    void declare_variables(Arguments& arguments);
};

/// What was found in the plugin folders.
host::Found find_plugins(const Shell& shell);

/// Adds broken plugin files as warnings: one of them may be why a pipeline did not load. No plugin
/// at all is an error that says where they were looked for.
void report_problems(const Shell& shell,
                     const host::Found& found,
                     config::Diagnostics& diagnostics);

struct LoadedFile {
    std::string file;
    pipeline::Loaded loaded;
};

struct LoadedFiles {
    std::vector<LoadedFile> files;
    config::Diagnostics diagnostics;  // of all files
};

/// Loads all files, so that one report has what is wrong with any of them. An --env-file that
/// cannot be read is a diagnostic, too. With no plugin at all, the diagnostics say where they were
/// looked for. Verbs that store nothing need no storage keys.
LoadedFiles load_files(const Shell& shell,
                       const PipelineArguments& arguments,
                       pipeline::Unset unset = pipeline::Unset::Error,
                       bool opens_storage = true);

/// The variables of the environment, the --env-file and the --set.
pipeline::Environment environment_of(const PipelineArguments& arguments,
                                     config::Diagnostics& diagnostics);

/// Loads the plugins of a pipeline and lets each look at its options. Starts nothing.
void check_plugins(const pipeline::PipelineSpec& spec, config::Diagnostics& diagnostics);

/// Loads one file completely or reports to standard error why not.
std::optional<pipeline::Loaded> load_one(Shell& shell, const PipelineArguments& arguments);

}  // namespace aorta::app
