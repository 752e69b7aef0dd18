// aorta version
#include "app/command.hpp"
#include "config/json.hpp"

#include <aorta/abi.h>

#include <fmt/format.h>

namespace aorta::app {
namespace {

constexpr std::string_view kVersionHelp = R"(Examples:
  aorta version
  aorta version --json

The version of the command, of the plugin ABI that it loads, and how it was built.
)";

class Version final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.flag("--json", json_, "One JSON object");
    }

    int run(Shell& shell) override {
        const std::string abi = fmt::format("{}.{}", AORTA_ABI_MAJOR, AORTA_ABI_MINOR);
        if (!json_) {
            shell.console.out(
                fmt::format("aorta {} (plugin ABI {}, {})\n", AORTA_VERSION, abi, AORTA_BUILD));
            return kOk;
        }
        config::Value whole = config::Value::of_map();
        whole.add("version", config::Value::of_text(AORTA_VERSION));
        whole.add("abi", config::Value::of_text(abi));
        whole.add("build", config::Value::of_text(AORTA_BUILD));
        shell.console.out(config::to_json(whole) + "\n");
        return kOk;
    }

private:
    bool json_ = false;
};

}  // namespace

const Verb kVersionVerb{
    "version", "[--json]", "Show versions and build", kVersionHelp, make_command<Version>};

}  // namespace aorta::app
