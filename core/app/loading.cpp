#include "app/loading.hpp"

#include "app/console.hpp"
#include "base/text.hpp"
#include "host/instance.hpp"
#include "runtime/isolated.hpp"
#include "tables/extension.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <map>

namespace aorta::app {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxEnvFile = std::size_t{1} << 20U;

std::vector<fs::path> folders_of(const Shell& shell) {
    const std::vector<fs::path> extra(shell.plugin_folders.begin(), shell.plugin_folders.end());
    return host::plugin_folders(shell.executable, variable("AORTA_PLUGIN_PATH"), extra);
}

/// One that is isolated runs none of its code here.
void check_plugin(const pipeline::NodeSpec& node,
                  const aorta_tables* columns,
                  config::Diagnostics& diagnostics) {
    if (node.isolation) {
        isolation::check_options(runtime::isolation_settings(node), columns, diagnostics);
        return;
    }
    const auto library = host::load(node.plugin_path);
    if (library.ok()) {
        host::check_options(**library, node.with, node.at, diagnostics, columns);
    } else {
        diagnostics.error(
            node.at, fmt::format("{} ({})", library.error().message, node.plugin_path.native()));
    }
}

}  // namespace

void PipelineArguments::declare(Arguments& arguments) {
    arguments.positional("FILE", files, "Pipeline files", true);
    declare_variables(arguments);
}

void PipelineArguments::declare_variables(Arguments& arguments) {
    arguments.option("--env-file", "FILE", env_file, "Variables, a line NAME=value each");
    arguments.option("--set", "NAME=VALUE", sets, "One variable; beats file and environment");
}

host::Found find_plugins(const Shell& shell) {
    return host::find_plugins(folders_of(shell));
}

void report_problems(const Shell& shell,
                     const host::Found& found,
                     config::Diagnostics& diagnostics) {
    for (const host::Problem& problem : found.problems) {
        diagnostics.warning({.file = problem.path.native()}, problem.message);
    }
    if (found.catalog.entries().empty()) {
        std::vector<std::string> looked;
        for (const fs::path& folder : folders_of(shell)) {
            looked.push_back(folder.native());
        }
        diagnostics.error({.file = "plugins"},
                          looked.empty() ? "there is no plugin folder"
                                         : "there is no plugin in " + base::join(looked, ", "),
                          "name a folder with --plugin-path or AORTA_PLUGIN_PATH");
    }
}

pipeline::Environment environment_of(const PipelineArguments& arguments,
                                     config::Diagnostics& diagnostics) {
    pipeline::Environment environment;
    environment.add_process(environ);
    if (!arguments.env_file.empty()) {
        std::ifstream file(arguments.env_file, std::ios::binary);
        std::string text(kMaxEnvFile + 1, '\0');
        file.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(file.gcount()));
        if (!file.is_open() || file.bad() || text.size() > kMaxEnvFile) {
            diagnostics.error({.file = arguments.env_file},
                              file.is_open() ? "this is no --env-file: larger than 1 MiB"
                                             : "the --env-file cannot be read");
        } else {
            environment.add_file(text, arguments.env_file, diagnostics);
        }
    }
    for (const std::string& set : arguments.sets) {
        environment.add_set(set, diagnostics);
    }
    return environment;
}

LoadedFiles load_files(const Shell& shell,
                       const PipelineArguments& arguments,
                       const Reading& reading) {
    LoadedFiles all;
    const host::Found found = find_plugins(shell);
    const pipeline::LoadOptions options{
        environment_of(arguments, all.diagnostics), reading.unset, reading.opens_storage};
    std::map<std::string, std::string> file_of;  // by pipeline
    pipeline::Asked asked;
    for (const std::string& file : arguments.files) {
        pipeline::Loaded loaded = pipeline::load(file, found.catalog, options);
        if (reading.checks_plugins) {
            check_plugins(loaded);
        }
        if (loaded.spec) {
            const auto [other, is_new] = file_of.emplace(loaded.spec->name, file);
            if (!is_new) {
                loaded.diagnostics.error(
                    {.file = file},
                    fmt::format(
                        "the pipeline `{}` is in {}, too", loaded.spec->name, other->second),
                    "give each pipeline a name of its own");
            }
        }
        asked.merge(loaded.asked);
        all.diagnostics.append(loaded.diagnostics);
        all.files.push_back({file, std::move(loaded)});
    }
    pipeline::warn_of_unused(options.environment, asked, all.diagnostics);
    if (all.diagnostics.has_errors()) {
        report_problems(shell, found, all.diagnostics);
    }
    return all;
}

void check_plugins(pipeline::Loaded& loaded) {
    const tables::Store store(loaded.sound.tables);
    for (const pipeline::NodeSpec& node : loaded.sound.nodes) {
        config::Diagnostics of_node;
        const tables::Extension columns(&store, tables::Extension::Content::ColumnsOnly);
        check_plugin(node, columns.abi(), of_node);
        loaded.inclusions.report(
            loaded.inclusions.of(node.name, node.at), of_node, loaded.diagnostics);
    }
    loaded.inclusions.tell(loaded.diagnostics);
}

std::optional<pipeline::Loaded> load_one(Shell& shell, const PipelineArguments& arguments) {
    LoadedFiles all = load_files(shell, arguments, {.opens_storage = false});
    shell.console.err(all.diagnostics.to_text());
    if (all.diagnostics.has_errors() || !all.files.front().loaded.spec) {
        return std::nullopt;
    }
    return std::move(all.files.front().loaded);
}

}  // namespace aorta::app
