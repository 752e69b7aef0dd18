// aorta pipe: an inline pipeline from standard input to standard output.
#include "app/feed.hpp"
#include "app/ledger_text.hpp"
#include "app/loading.hpp"
#include "app/pipe_text.hpp"
#include "app/refuse.hpp"
#include "app/rejects.hpp"
#include "runtime/pipeline.hpp"
#include "runtime/signals.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace aorta::app {
namespace {

constexpr std::string_view kPipeHelp = R"(Examples:
  aorta pipe 'decode_hl7v2 | validate_hl7v2' oru.hl7           what is wrong with this message?
  aorta pipe 'decode_hl7v2 | deidentify' < in.hl7 > out.hl7
  aorta pipe 'generate{count: 1000} | decode_hl7v2 | discard'  begin and end with other plugins
  aorta pipe "decode_hl7v2 | filter{keep_if: \"MSH-9.1 == 'ORU'\"}" *.hl7
  aorta pipe 'decode_hl7v2 | deidentify' --yaml                the same as a pipeline file

Try anything without a file. Stages are plugins, with options in braces as in YAML, and a port by
its name: route{cases: {…}}.urgent. Records go to standard output; what was filtered or refused is
explained and summed up on standard error, with the place in the message, and never with its values.
So are the warnings of the first records that pass.
Exit code 1: a record was refused, or the files hold none.
)";

constexpr int kWorkers = 2;

class Pipe final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("EXPRESSION", expression_, "Stages, with | between them", true);
        arguments.positional(
            "FILE", files_, "Input files or folders; - or none: standard input", false);
        arguments.option("--format",
                         "FORMAT",
                         format_,
                         "How the input is cut: hl7v2 (default), lines, ndjson or whole",
                         {"hl7v2", "lines", "ndjson", "whole"});
        arguments.option("--rejected",
                         "FILE",
                         rejected_,
                         "One JSON line for each record that was not delivered");
        arguments.flag("--yaml", yaml_, "Print the pipeline instead of running it");
        arguments.flag("-q,--quiet", quiet_, "No summary");
        variables_.declare_variables(arguments);
    }

    int run(Shell& shell) override {
        runtime::Signals::block();
        ::umask(077);
        const host::Found found = find_plugins(shell);
        const auto files = open_input(files_);
        if (!files.ok()) {
            return refuse(shell.console, files.error());
        }
        auto text = pipe_text(expression_,
                              found.catalog,
                              {format_, *files, shell.console.has_terminal_out() && !yaml_});
        if (!text.ok()) {
            shell.console.complain(text.error().message);
            return kUsage;
        }
        if (!text->reads_input && !files_.empty()) {
            shell.console.complain("the expression has a source of its own: no FILE goes with it");
            return kUsage;
        }
        if (yaml_) {
            shell.console.out(text->yaml);
            return kOk;
        }
        config::Diagnostics diagnostics;
        const pipeline::LoadOptions options{environment_of(variables_, diagnostics)};
        // Its folder is where paths begin.
        pipeline::Loaded loaded = pipeline::load_text(text->yaml, "pipe", found.catalog, options);
        check_plugins(loaded);
        diagnostics.append(loaded.diagnostics);
        config::Diagnostics unused;
        pipeline::warn_of_unused(options.environment, loaded.asked, unused);
        if (!quiet_) {
            shell.console.err(unused.to_text());
        }
        if (diagnostics.has_errors()) {
            report_problems(shell, found, diagnostics);
            explain(shell.console, diagnostics, text->yaml);
            return kBadConfig;
        }
        return run_pipeline(shell, std::move(*loaded.spec));
    }

private:
    /// The places in the report are those of a text that the user has not seen: show it.
    static void explain(Console& console,
                        const config::Diagnostics& diagnostics,
                        std::string_view yaml) {
        console.err(diagnostics.to_text());
        std::string out = "The expression as a pipeline:\n";
        for (int number = 1; !yaml.empty(); ++number) {
            const std::size_t end = yaml.find('\n');
            out += fmt::format("{:4}  {}\n", number, yaml.substr(0, end));
            yaml.remove_prefix(end + 1);
        }
        console.err(console.grey(out));
    }

    int run_pipeline(Shell& shell, pipeline::PipelineSpec spec) {
        ConsoleLog log{shell.console, shell.clock, base::LogLevel::Warn, base::LogFormat::Text};
        metrics::Registry metrics;
        message::Interner names;
        Rejects rejects{spec, names.intern("findings")};
        CountedDeadLetters dead_letters{rejects};
        if (!rejected_.empty() && !rejects.open(rejected_)) {
            shell.console.complain(rejected_ + ": " + std::generic_category().message(errno));
            return errno == EACCES ? kDenied : kIo;
        }
        graph::Flow flow{kWorkers};
        runtime::Surroundings around{
            shell.clock, log, metrics, names, dead_letters, flow, flow.shared(), &flow};
        around.on_settled = [&](std::uint64_t sequence, const message::Fate& fate) {
            rejects.note(sequence, fate);
        };
        around.on_routed = [&](std::uint32_t, std::uint32_t, const message::Batch& batch) {
            for (const message::RecordPtr& record : batch) {
                rejects.look(*record);
            }
        };
        config::Diagnostics diagnostics;
        const base::Nanoseconds grace = spec.shutdown_grace;
        auto made = runtime::Pipeline::create(std::move(spec), around, diagnostics);
        if (!made.ok()) {
            shell.console.err(diagnostics.to_text());
            return exit_code(made.error().code);
        }
        runtime::Pipeline& pipeline = **made;
        const runtime::Signals signals{[&] { pipeline.request_stop({}); }};
        if (const auto started = pipeline.start(diagnostics); !started.ok()) {
            shell.console.err(diagnostics.to_text());
            static_cast<void>(pipeline.drain(grace));
            return exit_code(started.error().code);
        }
        pipeline.wait();
        const bool is_drained = pipeline.drain(grace);
        const int code = end(shell.console, pipeline, rejects, is_drained);
        if (!is_drained) {
            std::_Exit(code);
        }
        return code;
    }

    int end(Console& console,
            const runtime::Pipeline& pipeline,
            const Rejects& rejects,
            bool is_drained) const {
        const runtime::PipelineReport report{.name = "pipe",
                                             .ledger = pipeline.ledger().counts(),
                                             .stop_reason = pipeline.stop_reason(),
                                             .is_drained = is_drained};
        if (!quiet_) {
            console.err(rejects.warnings());
            if (rejected_.empty()) {
                console.err(rejects.text());
            }
            console.err(ledger_text(std::span{&report, 1}));
        }
        if (rejects.has_failed()) {
            console.complain(rejected_ + ": not all lines could be written");
            return kIo;
        }
        if (!report.ledger.balances()) {
            return kInternal;
        }
        if (!is_drained) {
            return kNotDrained;
        }
        if (report.ledger.in == 0 && !files_.empty()) {
            console.complain("no record in the input");
            return kFindings;
        }
        return rejects.rejected() == 0 ? kOk : kFindings;
    }

    std::string expression_;
    std::vector<std::string> files_;
    std::string format_ = "hl7v2";
    std::string rejected_;
    bool yaml_ = false;
    bool quiet_ = false;
    PipelineArguments variables_;
};

}  // namespace

const Verb kPipeVerb{"pipe",
                     "'PLUGIN | PLUGIN…' [FILE…] [options]",
                     "Try plugins on standard input or files",
                     kPipeHelp,
                     make_command<Pipe>};

}  // namespace aorta::app
