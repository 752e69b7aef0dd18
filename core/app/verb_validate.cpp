// aorta validate: all that can be known without starting anything.
#include "app/loading.hpp"
#include "config/json.hpp"
#include "runtime/storage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace aorta::app {
namespace {

constexpr std::string_view kValidateHelp = R"(Examples:
  aorta validate results.yaml                 is it right? exit code 1 if not
  aorta validate *.yaml --json                for an editor or a build
  aorta validate feed.yaml --env-file site.env

Checks syntax, names, options, edges, content types and cycles, and lets each plugin look at its
options (expressions, profiles, tables). Every problem is in one report, with file, line and
column, and what would be accepted. Opens no connection and starts nothing; a variable or secret
that is not set here is named as a warning, so that this works away from the site. Where the pipeline
has a storage here, it is read, too: damage is a warning, records without a place an error.
)";

/// A test whose files are missing would fail.
void check_test_files(const pipeline::PipelineSpec& spec, config::Diagnostics& diagnostics) {
    const auto check =
        [&](const std::filesystem::path& file, const config::Position& at, std::string hint) {
            std::error_code ignored;
            if (!file.empty() &&
                !std::filesystem::is_regular_file(spec.file.parent_path() / file, ignored)) {
                diagnostics.error(at,
                                  fmt::format("the test's file {} does not exist", file.native()),
                                  std::move(hint));
            }
        };
    const std::string where = "it is looked for in the pipeline's folder";
    for (const pipeline::TestSpec& test : spec.tests) {
        for (const pipeline::TestInject& step : test.inject) {
            check(step.file, step.position, where);
        }
        for (const pipeline::TestStub& stub : test.stub) {
            for (const pipeline::StubOutcome& outcome : stub.outcomes) {
                check(outcome.reply, stub.at, where);
            }
        }
        for (const pipeline::TestExpect& expected : test.expect) {
            check(expected.golden, expected.position, "aorta test --update writes it");
        }
    }
}

std::string summary(const pipeline::PipelineSpec& spec) {
    const auto counted = [](std::ptrdiff_t count, std::string_view noun) {
        return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
    };
    const auto nodes = [&](config::Kind kind) {
        const auto count = std::count_if(spec.nodes.begin(),
                                         spec.nodes.end(),
                                         [&](const auto& node) { return node.kind == kind; });
        return counted(count, config::to_string(kind));
    };
    return fmt::format("pipeline {}: {} nodes ({}, {}, {}), {}",
                       spec.name,
                       spec.nodes.size(),
                       nodes(config::Kind::Source),
                       nodes(config::Kind::Processor),
                       nodes(config::Kind::Sink),
                       counted(std::ssize(spec.tests), "test"));
}

class Validate final : public Command {
public:
    void declare(Arguments& arguments) override {
        pipelines_.declare(arguments);
        arguments.option(
            "--state", "DIR", state_, "Where `run` keeps its state (default aorta-state)");
        arguments.flag("--json", json_, "The findings as one JSON list on standard output");
    }

    int run(Shell& shell) override {
        LoadedFiles files = load_files(shell, pipelines_, {.unset = pipeline::Unset::Warning});
        std::string good;
        for (const LoadedFile& file : files.files) {
            config::Diagnostics more;
            check_test_files(file.loaded.sound, more);
            if (const auto& spec = file.loaded.spec) {
                inspect_storages(*spec, more);
            }
            files.diagnostics.append(more);
            if (file.is_ok() && !more.has_errors()) {
                fmt::format_to(std::back_inserter(good),
                               "{}: ok ({})\n",
                               file.file,
                               summary(*file.loaded.spec));
            }
        }
        if (json_) {
            shell.console.out(files.diagnostics.to_json() + "\n");
        } else {
            shell.console.err(files.diagnostics.to_text());
            shell.console.out(good);
        }
        return files.diagnostics.has_errors() ? kFindings : kOk;
    }

private:
    /// Of the whole, and of each worker: whatever lies here.
    void inspect_storages(pipeline::PipelineSpec spec, config::Diagnostics& diagnostics) const {
        std::vector<std::string> parts{""};
        for (const pipeline::WorkerSpec& worker : spec.workers) {
            parts.push_back(worker.name);
        }
        for (const std::string& part : parts) {
            spec.part = part;
            runtime::inspect_storage(spec, runtime::storage_folder(spec, state_), diagnostics);
        }
    }

    PipelineArguments pipelines_;
    std::string state_ = "aorta-state";
    bool json_ = false;
};

}  // namespace

const Verb kValidateVerb{"validate",
                         "FILE… [options]",
                         "Check pipelines without starting anything",
                         kValidateHelp,
                         make_command<Validate>};

}  // namespace aorta::app
