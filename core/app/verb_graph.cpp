// aorta graph: pictures of a pipeline.
#include "app/loading.hpp"
#include "app/svg.hpp"
#include "graph/plan.hpp"

namespace aorta::app {
namespace {

constexpr std::string_view kGraphHelp = R"(Examples:
  aorta graph results.yaml                            in the terminal
  aorta graph results.yaml --plan                     as the engine runs it: segments and lanes
  aorta graph results.yaml --format svg > results.svg
  aorta graph results.yaml --format mermaid           for a README

Nodes that the engine fuses into one segment run one after the other on one thread; lanes are
copies of a segment that share the records by key. A pipeline that is cut into workers shows which
nodes run where, and the links between them.
)";

class Graph final : public Command {
public:
    void declare(Arguments& arguments) override {
        pipelines_.files.resize(1);
        arguments.positional("FILE", pipelines_.files.front(), "A pipeline file", true);
        arguments.flag("--plan", plan_, "Show segments and lanes");
        arguments.option("--format",
                         "FORMAT",
                         format_,
                         "text, dot, mermaid or svg",
                         {"text", "dot", "mermaid", "svg"});
        pipelines_.declare_variables(arguments);
    }

    int run(Shell& shell) override {
        const LoadedFiles files = load_files(
            shell, pipelines_, {.unset = pipeline::Unset::Warning, .checks_plugins = false});
        shell.console.err(files.diagnostics.to_text());
        if (files.diagnostics.has_errors()) {
            return kBadConfig;
        }
        const pipeline::PipelineSpec& spec = *files.files.front().loaded.spec;
        const graph::Plan plan = graph::make_cut_plan(spec);
        const graph::Plan* shown = plan_ ? &plan : nullptr;
        if (format_ == "svg") {
            shell.console.out(draw_svg(spec, shown));
        } else {
            const auto format = format_ == "dot"       ? graph::DrawFormat::Dot
                                : format_ == "mermaid" ? graph::DrawFormat::Mermaid
                                                       : graph::DrawFormat::Text;
            shell.console.out(graph::draw(spec, shown, format));
        }
        return kOk;
    }

private:
    PipelineArguments pipelines_;
    bool plan_ = false;
    std::string format_ = "text";
};

}  // namespace

const Verb kGraphVerb{
    "graph", "FILE [options]", "Draw a pipeline", kGraphHelp, make_command<Graph>};

}  // namespace aorta::app
