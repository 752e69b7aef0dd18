// aorta run: pipelines of files, until their sources are finished or a signal comes.
#include "admin/server.hpp"
#include "app/ledger_text.hpp"
#include "app/loading.hpp"
#include "app/local_workers.hpp"
#include "app/progress.hpp"
#include "app/refuse.hpp"
#include "app/worker_choice.hpp"
#include "app/worker_report.hpp"
#include "config/json.hpp"
#include "runtime/signals.hpp"
#include "runtime/worker.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>

namespace aorta::app {
namespace {

constexpr std::string_view kRunHelp = R"(Examples:
  aorta run results.yaml                          until its sources are finished, or Ctrl-C
  aorta run *.yaml --state /var/lib/aorta         several pipelines in one process
  aorta run feed.yaml --set port=2575 --env-file site.env
  aorta run batch.yaml --json | tail -1           the ledger for a script
  aorta run results.yaml --worker edge            one worker of a pipeline that is cut
  aorta run results.yaml --local-workers          all of them, as processes on this machine

Everything is checked before anything starts. The run ends with the ledger: every record that came
in was delivered, filtered, dead-lettered, failed or is held, or the exit code is 70.
Ctrl-C (or SIGTERM) stops the intake and drains within the pipeline's `shutdown_grace`; a second one
ends the process at once. Exit code 1: a record failed, or a node's `on_error: stop` ended the run;
3: records were left when the grace was over. Dead letters are no failure: they are kept.

A pipeline with `workers:` runs in one process unless --worker or --local-workers says otherwise.
The latter starts a worker again that dies, and stops them upstream first; its ledger is of all.
SIGHUP reads the keys of links again.
)";

bool writes_to_terminal(const Shell& shell, const LoadedFiles& files) {
    return shell.console.has_terminal_out() &&
           std::any_of(files.files.begin(), files.files.end(), [](const LoadedFile& file) {
               const auto& nodes = file.loaded.spec->nodes;
               return std::any_of(nodes.begin(), nodes.end(), [](const auto& node) {
                   return node.kind == config::Kind::Sink && node.descriptor.id == "stdout";
               });
           });
}

bool lost_records(const runtime::PipelineReport& report) {
    return !report.is_drained ||
           std::any_of(report.reasons.begin(), report.reasons.end(), [](const auto& reason) {
               return reason.fate == message::to_string(message::FateKind::Failed) &&
                      reason.reason == "shutdown";
           });
}

int verdict(std::span<const runtime::PipelineReport> reports) {
    int code = kOk;
    for (const runtime::PipelineReport& report : reports) {
        if (!report.ledger.balances()) {
            return kInternal;
        }
        if (lost_records(report)) {
            code = kNotDrained;
        } else if ((!report.stop_reason.empty() || report.ledger.failed != 0) && code == kOk) {
            code = kFindings;
        }
    }
    return code;
}

class Run final : public Command {
public:
    void declare(Arguments& arguments) override {
        pipelines_.declare(arguments);
        arguments.option("--threads", "N", threads_, "Workers of each pipeline (default 2)");
        arguments.option("--admin", "ADDRESS", admin_, "Serve health and metrics, host:port");
        arguments.option("--state", "DIR", state_, "Where state lies (default aorta-state)");
        arguments.option("--log-format",
                         "FORMAT",
                         log_format_,
                         "json, text or auto: text on a terminal",
                         {"json", "text", "auto"});
        arguments.flag("-v,--verbose", verbose_, "Log details, too");
        arguments.flag("-q,--quiet", quiet_, "Log errors only; no progress, no ledger");
        arguments.option("--adopt",
                         "OLD=NEW",
                         adopt_,
                         "Give what the storage holds for a node that is gone to another one");
        arguments.option("--to-dead-letters",
                         "NODE",
                         to_dead_letters_,
                         "Make dead letters of what the storage holds for a node that is gone, or "
                         "for a sink that is still there");
        arguments.option("--discard-state",
                         "NODE",
                         discard_state_,
                         "Forget what the storage holds of the state of a node");
        arguments.flag("--adopt-key",
                       adopt_key_,
                       "Go on although `key` has changed while outboxes hold records");
        arguments.option("--worker", "NAME", worker_, "Run this worker of the pipeline alone");
        arguments.flag("--local-workers",
                       local_workers_,
                       "Run each worker as a process of its own on this machine");
        arguments.option(
            "--links-in",
            "DIR",
            links_in_,
            "With --worker: links use sockets in this folder (mode 0700), whatever the "
            "pipeline says");
        arguments.option("--report", "FILE", report_, "Write how it ended into a file, as JSON");
        arguments.flag("--json", json_, "End with one line of JSON on standard output");
    }

    int run(Shell& shell) override {
        runtime::Signals::block(!worker_.empty());
        ::umask(077);
        if (threads_ < 1 || threads_ > 256) {
            shell.console.complain("--threads takes a number from 1 to 256");
            return kUsage;
        }
        if (const std::string wrong = wrong_words(); !wrong.empty()) {
            shell.console.complain(wrong);
            return kUsage;
        }
        LoadedFiles files = worker_.empty() ? load_files(shell, pipelines_, {}) : load_part(shell);
        if (!quiet_ || files.diagnostics.has_errors()) {
            shell.console.err(files.diagnostics.to_text());
        }
        if (files.diagnostics.has_errors()) {
            return kBadConfig;
        }
        return local_workers_ ? run_children(shell, *files.files.front().loaded.spec)
                              : run_worker(shell, files);
    }

private:
    /// What other workers need may be missing here.
    LoadedFiles load_part(const Shell& shell) const {
        LoadedFiles files = load_files(
            shell, pipelines_, {.unset = pipeline::Unset::Warning, .checks_plugins = false});
        for (LoadedFile& file : files.files) {
            if (!files.diagnostics.has_errors()) {
                choose_worker(file.loaded, worker_, links_in_, files.diagnostics);
            }
            if (!files.diagnostics.has_errors()) {
                file.loaded.sound = part_of(*file.loaded.spec);
                file.loaded.diagnostics = {};
                check_plugins(file.loaded);
                files.diagnostics.append(file.loaded.diagnostics);
            }
        }
        return files;
    }

    /// What does not go together; empty when all does.
    std::string wrong_words() const {
        if (!local_workers_) {
            return links_in_.empty() || !worker_.empty() ? "" : "--links-in goes with --worker";
        }
        const bool is_alone = worker_.empty() && admin_.empty() && adopt_.empty() &&
                              to_dead_letters_.empty() && discard_state_.empty() && !adopt_key_ &&
                              report_.empty();
        if (!is_alone) {
            return "--local-workers goes without --worker, --admin, --report and orders for a "
                   "storage: give them to the one worker that they are for";
        }
        return pipelines_.files.size() == 1 ? "" : "--local-workers takes one FILE";
    }

    int run_children(Shell& shell, const pipeline::PipelineSpec& spec) {
        if (spec.workers.empty()) {
            shell.console.complain(fmt::format(
                "the pipeline `{}` has no `workers`: run it without --local-workers", spec.name));
            return kUsage;
        }
        ConsoleLog log{shell.console, shell.clock, level(), format(shell.console)};
        const base::Nanoseconds begin = shell.clock.steady();
        auto run = run_local_workers(shell, spec, words_for_children(shell), log);
        if (!run.ok()) {
            return app::refuse(shell.console, run.error());
        }
        const base::Nanoseconds took = shell.clock.steady() - begin;
        std::vector<runtime::PipelineReport> reports = run->reports;
        if (json_) {
            shell.console.out(
                config::to_json(ledger_json(reports, std::chrono::duration<double>(took).count())) +
                "\n");
        }
        const int code = std::max(run->code, verdict(reports));
        if (!quiet_) {
            reports.push_back(sum_of(spec.name, run->reports));
            shell.console.err(ledger_text(reports));
        }
        return code;
    }

    /// What this run was told, for each of its workers.
    std::vector<std::string> words_for_children(const Shell& shell) const {
        std::vector<std::string> words = pipelines_.files;
        const auto add = [&](const char* name, const std::string& value) {
            words.insert(words.end(), {name, value});
        };
        for (const std::string& set : pipelines_.sets) {
            add("--set", set);
        }
        if (!pipelines_.env_file.empty()) {
            add("--env-file", pipelines_.env_file);
        }
        for (const std::string& folder : shell.plugin_folders) {
            add("--plugin-path", folder);
        }
        add("--threads", std::to_string(threads_));
        add("--state", state_);
        add("--log-format", log_format_);
        if (verbose_ || quiet_) {
            words.emplace_back(verbose_ ? "--verbose" : "--quiet");
        }
        return words;
    }

    base::LogLevel level() const {
        return quiet_     ? base::LogLevel::Error
               : verbose_ ? base::LogLevel::Debug
                          : base::LogLevel::Info;
    }

    base::LogFormat format(const Console& console) const {
        const bool is_text =
            log_format_ == "text" || (log_format_ == "auto" && console.is_lively());
        return is_text ? base::LogFormat::Text : base::LogFormat::Json;
    }

    /// `old=new` of --adopt; nothing when one is not of that form.
    std::optional<runtime::StorageOrders> orders() const {
        runtime::StorageOrders orders;
        orders.to_dead_letters = to_dead_letters_;
        orders.adopt_key = adopt_key_;
        orders.discard_state = discard_state_;
        for (const std::string& text : adopt_) {
            const std::size_t equals = text.find('=');
            if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
                return std::nullopt;
            }
            orders.adopt.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
        return orders;
    }

    int run_worker(Shell& shell, LoadedFiles& files) {
        const auto orders = this->orders();
        if (!orders) {
            shell.console.complain("--adopt takes OLD=NEW, two names of nodes");
            return kUsage;
        }
        ConsoleLog log{shell.console, shell.clock, level(), format(shell.console)};
        runtime::Worker worker{{threads_, state_, *orders}, shell.clock, log};
        const bool shows_progress = !quiet_ && report_.empty() && !writes_to_terminal(shell, files);
        config::Diagnostics diagnostics;
        for (LoadedFile& file : files.files) {
            if (const auto added = worker.add(std::move(*file.loaded.spec), diagnostics);
                !added.ok()) {
                return refuse(shell, diagnostics, added.error());
            }
        }
        runtime::Signals signals{
            [&] {
                log.info("stopping", {{"because", "signal"}});
                worker.request_stop();
            },
            worker_.empty() ? std::function<void()>{} : [&] { worker.reload_keys(); }};
        const base::Nanoseconds begin = shell.clock.steady();
        std::unique_ptr<admin::Server> server;
        if (!admin_.empty()) {
            auto started = admin::Server::start(admin_, worker, log);
            if (!started.ok()) {
                return refuse(shell, diagnostics, started.error());
            }
            server = std::move(*started);
        }
        if (const auto started = worker.start(diagnostics); !started.ok()) {
            return refuse(shell, diagnostics, started.error());
        }
        std::vector<runtime::PipelineReport> reports;
        {
            std::optional<Progress> progress;
            if (shows_progress) {
                progress.emplace(shell.console, worker, shell.clock);
            }
            worker.wait();
            reports = worker.finish();
        }
        const base::Nanoseconds took = shell.clock.steady() - begin;
        return end(shell, reports, std::chrono::duration<double>(took).count());
    }

    static int refuse(Shell& shell, config::Diagnostics& diagnostics, const Error& error) {
        if (diagnostics.has_errors()) {
            shell.console.err(diagnostics.to_text());
            return exit_code(error.code);
        }
        return app::refuse(shell.console, error);
    }

    int end(Shell& shell, std::span<const runtime::PipelineReport> reports, double seconds) const {
        if (!report_.empty()) {
            if (const auto written = write_reports(report_, reports); !written.ok()) {
                shell.console.complain(written.error().message + ": " + report_);
            }
        } else if (!quiet_) {
            shell.console.err(ledger_text(reports));
        }
        if (json_) {
            shell.console.out(config::to_json(ledger_json(reports, seconds)) + "\n");
        }
        const int code = verdict(reports);
        const bool is_drained = std::all_of(
            reports.begin(), reports.end(), [](const auto& each) { return each.is_drained; });
        if (!is_drained) {
            // A plugin still runs: nothing that it may touch can be destroyed.
            std::_Exit(code);
        }
        return code;
    }

    PipelineArguments pipelines_;
    int threads_ = 2;
    std::string admin_;
    std::string state_ = "aorta-state";
    std::string log_format_ = "auto";
    bool verbose_ = false;
    bool quiet_ = false;
    bool json_ = false;
    std::vector<std::string> adopt_;
    std::vector<std::string> to_dead_letters_;
    std::vector<std::string> discard_state_;
    bool adopt_key_ = false;
    std::string worker_;
    bool local_workers_ = false;
    std::string links_in_;
    std::string report_;
};

}  // namespace

const Verb kRunVerb{"run", "FILE… [options]", "Run pipelines", kRunHelp, make_command<Run>};

}  // namespace aorta::app
