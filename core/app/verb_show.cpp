// aorta show: a pipeline as it is after includes, variables and defaults.
#include "app/loading.hpp"
#include "pipeline/show.hpp"

namespace aorta::app {
namespace {

constexpr std::string_view kShowHelp = R"(Examples:
  aorta show results.yaml                     every value, and where it comes from
  aorta show feed.yaml --set port=2575        what would this variable change?

Prints the pipeline with includes, variables and defaults in place; a comment behind each value
names its origin: a file and line, a variable, --set, or the plugin's default. Secrets are shown by
their reference only.
)";

class Show final : public Command {
public:
    void declare(Arguments& arguments) override {
        pipelines_.files.resize(1);
        arguments.positional("FILE", pipelines_.files.front(), "A pipeline file", true);
        pipelines_.declare_variables(arguments);
    }

    int run(Shell& shell) override {
        const LoadedFiles files = load_files(
            shell, pipelines_, {.unset = pipeline::Unset::Warning, .checks_plugins = false});
        shell.console.err(files.diagnostics.to_text());
        if (files.diagnostics.has_errors()) {
            return kBadConfig;
        }
        shell.console.out(pipeline::show(files.files.front().loaded.resolved));
        return kOk;
    }

private:
    PipelineArguments pipelines_;
};

}  // namespace

const Verb kShowVerb{"show",
                     "FILE [options]",
                     "Show a pipeline with all values resolved",
                     kShowHelp,
                     make_command<Show>};

}  // namespace aorta::app
