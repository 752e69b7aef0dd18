// aorta schema: for editors.
#include "app/loading.hpp"
#include "config/json.hpp"
#include "config/schema.hpp"

namespace aorta::app {
namespace {

constexpr std::string_view kSchemaHelp = R"(Examples:
  aorta schema > pipeline.schema.json

The JSON Schema of pipeline files, with the plugins that are installed here. With this first line in
a pipeline, editors complete and check it as you type:
  # yaml-language-server: $schema=pipeline.schema.json
)";

class Schema final : public Command {
public:
    void declare(Arguments&) override {}

    int run(Shell& shell) override {
        shell.console.out(
            config::to_json_pretty(config::pipeline_schema(find_plugins(shell).catalog)));
        return kOk;
    }
};

}  // namespace

const Verb kSchemaVerb{
    "schema", "", "Print the JSON Schema of pipeline files", kSchemaHelp, make_command<Schema>};

}  // namespace aorta::app
