// aorta edit --try: what one processor does to messages, before and after side by side.
#include "app/loading.hpp"
#include "app/side_by_side.hpp"
#include "base/suggest.hpp"
#include "config/json.hpp"
#include "runtime/test_split.hpp"
#include "runtime/trial.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

namespace aorta::app {
namespace {

using config::Value;

constexpr std::size_t kMaxFile = std::size_t{64} << 20U;

constexpr std::string_view kEditHelp = R"help(Examples:
  aorta edit --try feed.yaml prepare samples/adt.hl7          before | after, differences marked
  aorta edit --try feed.yaml prepare samples/adt.hl7 --changes
  aorta edit --try feed.yaml deidentify adt.hl7 --json        for a program

Runs one processor of a pipeline on each message of FILE, as the pipeline would, with its options
and tables, and shows what it did. Nothing else of the pipeline runs, nothing is sent or kept.
  !   the segment was changed        -   it was removed        +   it was added
On a terminal the fields that differ are red and green, unless NO_COLOR is set.
It is meant for `edit` nodes; every other processor works, too. Operations of an `edit`:
  { set: MSH-6, to: NORTH }                            { remove: "Z*" }
  { copy: PID-18.1, to: "PID-3[+].1", when: "exists(PID-18)" }
  { each: OBX, do: [ { lookup: loinc, by: .3.1, into: { .3.1: code, .3.2: text } } ] }
The exit code is 1 when a message was refused. FILE is shown as it is: it is yours, so no reason is
asked for; mind who else sees the screen.
)help";

std::optional<std::string> read_file(const std::string& name) {
    std::string bytes;
    if (name == "-") {
        bytes.assign(std::istreambuf_iterator<char>{std::cin}, {});
        return bytes;
    }
    std::ifstream file(name, std::ios::binary | std::ios::ate);
    const std::streamoff size = file ? std::streamoff{file.tellg()} : -1;
    if (size < 0 || static_cast<std::size_t>(size) > kMaxFile) {
        return std::nullopt;
    }
    bytes.resize(static_cast<std::size_t>(size));
    file.seekg(0);
    file.read(bytes.data(), size);
    return file ? std::optional{bytes} : std::nullopt;
}

class Edit final : public Command {
public:
    void declare(Arguments& arguments) override {
        pipeline_.files.resize(1);
        arguments.flag("--try", try_, "Show what the node does; changes nothing");
        arguments.positional("PIPELINE", pipeline_.files.front(), "A pipeline file", true);
        arguments.positional("NODE", node_, "One of its processors", true);
        arguments.positional("FILE", file_, "Messages; - is standard input", true);
        arguments.flag("--changes", only_changes_, "Leave out segments that stay as they are");
        arguments.option("--width", "N", width_, "Characters in a row; default: the terminal's");
        arguments.flag("--json", json_, "One JSON object on standard output");
        pipeline_.declare_variables(arguments);
    }

    int run(Shell& shell) override {
        if (!try_) {
            shell.console.complain("write --try: `aorta edit` shows what a node would do");
            return kUsage;
        }
        const auto loaded = load_one(shell, pipeline_);
        if (!loaded) {
            return kBadConfig;
        }
        const pipeline::NodeSpec* node = find_node(shell.console, *loaded->spec);
        if (node == nullptr) {
            return kUsage;
        }
        const auto bytes = read_file(file_);
        if (!bytes) {
            shell.console.complain(file_ + ": cannot be read, or is larger than 64 MiB");
            return kIo;
        }
        config::Diagnostics diagnostics;
        ConsoleLog log{shell.console, shell.clock, base::LogLevel::Warn, base::LogFormat::Text};
        auto trial =
            runtime::Trial::create(*loaded->spec, *node, shell.clock.now(), log, diagnostics);
        shell.console.err(diagnostics.to_text());
        if (!trial.ok()) {
            return exit_code(trial.error().code);
        }
        const auto format = runtime::test_format("", file_, *bytes);
        for (const std::string& message : runtime::split_records(format, *bytes)) {
            tell(shell.console, message, (*trial)->run(message, file_));
        }
        return close(shell.console);
    }

private:
    const pipeline::NodeSpec* find_node(Console& console, const pipeline::PipelineSpec& spec) {
        std::vector<std::string> names;
        for (const pipeline::NodeSpec& node : spec.nodes) {
            if (node.kind == config::Kind::Processor) {
                names.push_back(node.name);
            }
        }
        const pipeline::NodeSpec* node = spec.find(node_);
        if (node == nullptr || node->kind != config::Kind::Processor) {
            console.complain(
                fmt::format("`{}` is no processor of the pipeline {}", node_, spec.name));
            console.err("  " + base::suggestion_hint(node_, names) + "\n");
            return nullptr;
        }
        return node;
    }

    void tell(Console& console, const std::string& before, const runtime::TrialResult& result) {
        ++messages_;
        refused_ += result.fate.empty() || result.fate == "filtered" ? 0 : 1;
        const bool is_same = result.records.size() == 1 && result.records[0].payload == before;
        changed_ += is_same ? 0 : 1;
        if (json_) {
            results_.items.push_back(json_of(before, result));
            return;
        }
        std::string out = fmt::format("message {}", messages_);
        if (!result.fate.empty()) {
            const std::string why = result.where.empty() ? "" : " " + result.where;
            out +=
                ": " + console.red(result.fate + ", " + result.reason + why, Console::Stream::Out);
        } else if (is_same) {
            out += ": unchanged";
        }
        out += "\n";
        SideBySide how{.width = width_ > 0 ? static_cast<std::size_t>(width_) : Console::width(),
                       .only_changes = only_changes_};
        how.removed = [&](std::string_view text) {
            return console.red(text, Console::Stream::Out);
        };
        how.added = [&](std::string_view text) {
            return console.green(text, Console::Stream::Out);
        };
        for (const runtime::TrialResult::Record& record : result.records) {
            if (result.records.size() > 1 || record.port != "out") {
                out += fmt::format("  {}:\n", record.port);
            }
            out += show(align(before, record.payload), how);
        }
        console.out(out);
    }

    Value json_of(const std::string& before, const runtime::TrialResult& result) const {
        Value out = Value::of_map();
        out.add("number", Value::of_int(messages_));
        out.add("fate", Value::of_text(result.fate.empty() ? "delivered" : result.fate));
        out.add("reason", Value::of_text(result.reason));
        out.add("where", Value::of_text(result.where));
        out.add("before", Value::of_text(before));
        Value after = Value::of_list({});
        for (const runtime::TrialResult::Record& record : result.records) {
            Value one = Value::of_map();
            one.add("port", Value::of_text(record.port));
            one.add("changed", Value::of_bool(record.payload != before));
            one.add("payload", Value::of_text(record.payload));
            after.items.push_back(std::move(one));
        }
        out.add("after", std::move(after));
        return out;
    }

    int close(Console& console) {
        if (json_) {
            Value whole = Value::of_map();
            whole.add("node", Value::of_text(node_));
            whole.add("file", Value::of_text(file_));
            whole.add("messages", std::move(results_));
            console.out(config::to_json(whole) + "\n");
        } else {
            console.err(fmt::format(
                "{} messages, {} changed, {} refused\n", messages_, changed_ - refused_, refused_));
        }
        return refused_ == 0 ? kOk : kFindings;
    }

    PipelineArguments pipeline_;
    std::string node_;
    std::string file_;
    bool try_ = false;
    bool only_changes_ = false;
    bool json_ = false;
    int width_ = 0;
    std::int64_t messages_ = 0;
    std::int64_t changed_ = 0;
    std::int64_t refused_ = 0;
    Value results_ = Value::of_list({});
};

}  // namespace

const Verb kEditVerb{"edit",
                     "--try PIPELINE NODE FILE [options]",
                     "Show what a processor does to messages, side by side",
                     kEditHelp,
                     make_command<Edit>};

}  // namespace aorta::app
