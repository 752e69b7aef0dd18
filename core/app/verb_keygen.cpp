// aorta keygen: CURVE keys of workers, for the links between them.
#include "app/command.hpp"
#include "app/refuse.hpp"
#include "transport/keys.hpp"

#include <fmt/format.h>

namespace aorta::app {
namespace {

constexpr std::string_view kKeygenHelp = R"(Examples:
  aorta keygen edge core                     keys/edge.key, keys/edge.pub, keys/core.key, keys/core.pub
  aorta keygen edge --keys /etc/aorta/keys   on the machine that the worker runs on

Workers of a pipeline (`workers:`) find each other by these keys, and encrypt what goes over their
links. NAME.key is the worker's secret: it stays on its machine, mode 0600. NAME.pub is public: copy
it to the keys folder of every worker at the other end of a link. So the machine of `edge` has
edge.key and core.pub, that of `core` has core.key and edge.pub.

A key file is never overwritten. To change a key without an interruption: make the new pair in
another folder (--keys new), add the line of new/NAME.pub to NAME.pub at the others (two keys are
valid then), send them SIGHUP; put the new NAME.key in place and send SIGHUP to the worker; take the
old line out at the others and send SIGHUP again.
)";

class Keygen final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("WORKER", workers_, "Names of workers, as in the pipeline", true);
        arguments.option("--keys", "DIR", folder_, "Folder of the keys (default keys)");
    }

    int run(Shell& shell) override {
        for (const std::string& worker : workers_) {
            const auto pair = transport::make_key_pair();
            if (!pair.ok()) {
                return refuse(shell.console, pair.error());
            }
            if (const auto written = transport::write_key_pair(folder_, worker, *pair);
                !written.ok()) {
                return refuse(shell.console, written.error());
            }
            shell.console.out(
                fmt::format("{0}/{1}.key  secret: stays on the machine of {1}\n"
                            "{0}/{1}.pub  {2}\n",
                            folder_,
                            worker,
                            pair->public_key));
        }
        return kOk;
    }

private:
    std::vector<std::string> workers_;
    std::string folder_ = "keys";
};

}  // namespace

const Verb kKeygenVerb{"keygen",
                       "WORKER… [--keys DIR]",
                       "Make keys for the links between workers",
                       kKeygenHelp,
                       make_command<Keygen>};

}  // namespace aorta::app
