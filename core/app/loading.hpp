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

    bool is_ok() const { return loaded.spec.has_value() && !loaded.diagnostics.has_errors(); }
};

struct LoadedFiles {
    std::vector<LoadedFile> files;
    config::Diagnostics diagnostics;  // of all files
};

/// What a verb wants of its files.
struct Reading {
    pipeline::Unset unset = pipeline::Unset::Error;
    bool opens_storage = true;   // verbs that store nothing need no storage keys
    bool checks_plugins = true;  // loads the plugins and lets each look at its options
};

/// Loads all files, so that one report has what is wrong with any of them: of a file with errors,
/// plugins see the nodes that are sound. Variables that nothing uses and an --env-file that cannot
/// be read are diagnostics, too. With no plugin at all, the diagnostics say where they were looked
/// for.
LoadedFiles load_files(const Shell& shell,
                       const PipelineArguments& arguments,
                       const Reading& reading);

/// The variables of the environment, the --env-file and the --set.
pipeline::Environment environment_of(const PipelineArguments& arguments,
                                     config::Diagnostics& diagnostics);

/// Loads the plugins of the sound nodes and lets each look at its options; adds what they find to
/// the file's diagnostics. Starts nothing.
void check_plugins(pipeline::Loaded& loaded);

/// Loads one file completely or reports to standard error why not.
std::optional<pipeline::Loaded> load_one(Shell& shell, const PipelineArguments& arguments);

}  // namespace aorta::app
