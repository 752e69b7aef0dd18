// aorta plugins: what is installed, what it does, whether it keeps the rules.
#include "app/loading.hpp"
#include "app/plugin_check.hpp"
#include "app/plugin_page.hpp"
#include "base/suggest.hpp"
#include "config/json.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <system_error>

namespace aorta::app {
namespace fs = std::filesystem;

namespace {

using config::Catalog;
using config::Kind;
using config::Value;

constexpr std::string_view kPluginsHelp = R"(Examples:
  aorta plugins                                  what is installed
  aorta plugins describe filter                  options, ports and reasons of one
  aorta plugins describe --all --markdown --output docs/reference/plugins
  aorta plugins check build/processor_mine.so    does it keep the rules?
  aorta plugins check build/processor_mine.so --sample in.hl7 --before decode_hl7v2

Plugins are looked for in --plugin-path, AORTA_PLUGIN_PATH, and beside the command. Listing and
describing run none of their code. `check` runs the compliance test: hard and empty input, bad
options, start and stop, in a process of its own.
)";

class Plugins final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("ACTION", action_, "list (default), describe ID or check FILE", false);
        arguments.positional("ID|FILE", subject_, "A plugin's id (or KIND_ID), or its file", false);
        arguments.flag("--all", all_, "describe: all plugins");
        arguments.flag("--markdown", markdown_, "describe: as a page of documentation");
        arguments.option("--output", "DIR", output_, "describe: a file <kind>_<id>.md for each");
        arguments.option("--options", "YAML", options_, "check: options of the plugin, {a: b}");
        arguments.option("--sample", "FILE", samples_, "check: a record that it must accept");
        arguments.option("--before", "ID", before_, "check: a processor that prepares the samples");
        arguments.flag("--json", json_, "list: one JSON list");
    }

    int run(Shell& shell) override {
        if (action_.empty() || action_ == "list") {
            return list(shell);
        }
        if (action_ == "describe") {
            return describe(shell);
        }
        if (action_ == "check") {
            return check(shell);
        }
        const std::vector<std::string> actions{"list", "describe", "check"};
        shell.console.complain(fmt::format(
            "plugins has no action `{}`\n  {}", action_, base::suggestion_hint(action_, actions)));
        return kUsage;
    }

private:
    int list(Shell& shell) const {
        const host::Found found = find_plugins(shell);
        std::vector<std::vector<std::string>> rows{{"kind", "id", "version", "status", "summary"}};
        Value items = Value::of_list({});
        for (const Catalog::Entry& entry : found.catalog.entries()) {
            const config::Descriptor& plugin = entry.descriptor;
            const std::string_view status =
                plugin.status == config::Status::Stable ? "stable" : "preview";
            rows.push_back({std::string{config::to_string(plugin.kind)},
                            plugin.id,
                            plugin.version,
                            std::string{status},
                            plugin.summary});
            Value item = Value::of_map();
            for (std::size_t i = 0; i < rows.front().size(); ++i) {
                item.add(rows.front()[i], Value::of_text(rows.back()[i]));
            }
            item.add("path", Value::of_text(entry.path.native()));
            items.items.push_back(std::move(item));
        }
        shell.console.out(json_ ? config::to_json(items) + "\n" : table(rows, ""));
        for (const host::Problem& problem : found.problems) {
            shell.console.err(fmt::format("{}: {}\n", problem.path.native(), problem.message));
        }
        return found.problems.empty() ? kOk : kFindings;
    }

    /// Entries that the subject names: by id, of any kind, or by kind and id.
    std::vector<const Catalog::Entry*> wanted(const Catalog& catalog) const {
        std::vector<const Catalog::Entry*> entries;
        for (const Catalog::Entry& entry : catalog.entries()) {
            const config::Descriptor& plugin = entry.descriptor;
            const std::string whole =
                fmt::format("{}_{}", config::to_string(plugin.kind), plugin.id);
            if (all_ || plugin.id == subject_ || whole == subject_) {
                entries.push_back(&entry);
            }
        }
        return entries;
    }

    int describe(Shell& shell) const {
        if (subject_.empty() != all_) {
            shell.console.complain("describe takes the id of a plugin, or --all");
            return kUsage;
        }
        const host::Found found = find_plugins(shell);
        const auto entries = wanted(found.catalog);
        if (entries.empty()) {
            std::vector<std::string> ids;
            for (const Catalog::Entry& entry : found.catalog.entries()) {
                ids.push_back(entry.descriptor.id);
            }
            shell.console.complain(fmt::format(
                "there is no plugin `{}`\n  {}", subject_, base::suggestion_hint(subject_, ids)));
            return kFindings;
        }
        for (const Catalog::Entry* entry : entries) {
            const Page page = page_of(entry->descriptor);
            const std::string text =
                markdown_ ? to_markdown(page) : to_terminal(page, Console::width());
            if (output_.empty()) {
                shell.console.out(entry == entries.front() ? text : "\n" + text);
            } else if (!write_page(entry->descriptor, to_markdown(page))) {
                shell.console.complain(output_ + ": the page cannot be written");
                return kIo;
            }
        }
        return kOk;
    }

    bool write_page(const config::Descriptor& plugin, const std::string& text) const {
        std::error_code error;
        fs::create_directories(output_, error);
        const std::string name = fmt::format("{}_{}.md", config::to_string(plugin.kind), plugin.id);
        std::ofstream file(fs::path(output_) / name, std::ios::binary | std::ios::trunc);
        file << text << std::flush;
        return file.good();
    }

    int check(Shell& shell) const {
        if (subject_.empty()) {
            shell.console.complain("check takes the file of a plugin");
            return kUsage;
        }
        host::Found found;
        host::add_plugin(subject_, found);
        if (!found.problems.empty()) {
            shell.console.out(fmt::format("{}: {}\n", subject_, found.problems.front().message));
            return kFindings;
        }
        testing::Plan plan;
        plan.options = options_.empty() ? "{}" : options_;
        for (const std::string& sample : samples_) {
            std::ifstream file(sample, std::ios::binary);
            if (!file) {
                shell.console.complain(sample + ": cannot be read");
                return kIo;
            }
            plan.samples.push_back({.payload = {std::istreambuf_iterator<char>(file), {}}});
        }
        if (!before_.empty()) {
            const host::Found all = find_plugins(shell);
            const Catalog::Entry* before = all.catalog.find(Kind::Processor, before_);
            if (before == nullptr) {
                shell.console.complain("--before: " + all.catalog.hint(Kind::Processor, before_));
                return kUsage;
            }
            plan.before = before->path;
        }
        const PluginCheck result = check_plugin_apart(subject_, plan);
        shell.console.out(result.text);
        shell.console.out(fmt::format(
            "{}: {}\n", subject_, result.passed ? "keeps the rules" : "breaks the rules above"));
        return result.passed ? kOk : kFindings;
    }

    std::string action_;
    std::string subject_;
    bool all_ = false;
    bool markdown_ = false;
    std::string output_;
    std::string options_;
    std::vector<std::string> samples_;
    std::string before_;
    bool json_ = false;
};

}  // namespace

const Verb kPluginsVerb{"plugins",
                        "[list | describe ID | check FILE] [options]",
                        "List, describe and check plugins",
                        kPluginsHelp,
                        make_command<Plugins>};

}  // namespace aorta::app
