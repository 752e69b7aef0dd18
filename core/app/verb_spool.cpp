// aorta spool: what a pipeline's storage holds, and whether it is sound.
#include "app/audit.hpp"
#include "app/loading.hpp"
#include "app/refuse.hpp"
#include "app/spool_text.hpp"
#include "base/suggest.hpp"
#include "config/json.hpp"
#include "delivery/record_codec.hpp"
#include "runtime/storage.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace aorta::app {
namespace fs = std::filesystem;

namespace {

using config::Value;
using spool::StreamState;

constexpr std::string_view kSpoolHelp = R"(Examples:
  aorta spool inspect results.yaml            segments, and what is held for each node; writes nothing
  aorta spool verify results.yaml             reads every byte; exit code 1 when something is damaged
  aorta spool repair results.yaml             moves what is damaged to the quarantine, keeps the rest
  aorta spool export results.yaml             one JSON line for each record that is held, without payloads
  aorta spool export results.yaml --phi --reason "ticket 4711" > held.ndjson

inspect and verify may run beside a worker. repair and export take the storage's lock: stop the worker
first. `aorta run` repairs in the same way when it starts.
A payload holds patient data: exporting it needs --phi and a reason, and leaves a line in audit.log of
the storage: when, who, why.
)";

class Spool final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("ACTION", action_, "inspect, verify, repair or export", true);
        arguments.positional("FILE", file_, "The pipeline's file", true);
        arguments.option("--state", "DIR", state_, "As `run` had it (default aorta-state)");
        arguments.option("--worker", "NAME", worker_, "Of this worker of the pipeline");
        arguments.option("--reason", "TEXT", reason_, "export --phi: why you look");
        arguments.flag("--phi", phi_, "export: with the payloads; needs --reason, is audited");
        arguments.flag("--json", json_, "inspect, verify, repair: one JSON object");
        pipelines_.declare_variables(arguments);
    }

    int run(Shell& shell) override {
        ::umask(077);
        const std::vector<std::string> actions{"inspect", "verify", "repair", "export"};
        if (std::find(actions.begin(), actions.end(), action_) == actions.end()) {
            shell.console.complain(fmt::format("spool has no action `{}`\n  {}",
                                               action_,
                                               base::suggestion_hint(action_, actions)));
            return kUsage;
        }
        if (phi_ && reason_.empty()) {
            shell.console.complain("--phi needs --reason TEXT: why you look at patient data");
            return kUsage;
        }
        if (const int code = find(shell); code != kOk) {
            return code;
        }
        if (!fs::exists(folder_ / "spool")) {
            shell.console.complain(fmt::format("nothing is stored yet in {}", folder_.native()));
            if (json_ && action_ != "export") {
                report(shell, {});
            }
            return kOk;
        }
        return action_ == "export"   ? write_out(shell)
               : action_ == "repair" ? repair(shell)
                                     : look(shell);
    }

private:
    /// Finds folder and keys.
    int find(Shell& shell) {
        pipelines_.files = {file_};
        LoadedFiles files = load_files(
            shell, pipelines_, {.unset = pipeline::Unset::Warning, .checks_plugins = false});
        if (files.diagnostics.has_errors()) {
            shell.console.err(files.diagnostics.to_text());
            return kBadConfig;
        }
        pipeline::PipelineSpec& spec = *files.files.front().loaded.spec;
        spec.part = worker_;
        folder_ = runtime::storage_folder(spec, state_);
        auto keys = runtime::keys_of(spec.storage);
        if (!keys.ok()) {
            return refuse(shell.console, keys.error());
        }
        keys_ = std::move(*keys);
        return kOk;
    }

    int look(Shell& shell) {
        const auto inspection = spool::inspect(folder_, keys_, spool::posix_file_system());
        if (!inspection.ok()) {
            return refuse(shell.console, inspection.error());
        }
        report(shell, *inspection);
        if (action_ != "verify" || !has_damage(inspection->loaded)) {
            return kOk;
        }
        shell.console.complain(
            "the storage is damaged: `aorta spool repair` or the next start moves it to the "
            "quarantine and keeps the rest");
        return kFindings;
    }

    /// Locks it and reads all of it: what is damaged goes to the quarantine.
    Result<spool::Loaded> open(Shell& shell) {
        log_ = std::make_unique<ConsoleLog>(
            shell.console, shell.clock, base::LogLevel::Warn, base::LogFormat::Text);
        spool::Spool::Settings settings;
        settings.folder = folder_;
        settings.is_visit = true;
        auto opened = spool::Spool::open(
            std::move(settings),
            keys_,
            {spool::posix_file_system(), shell.clock, *log_, [](spool::StreamId, std::uint64_t) {
             }});
        if (!opened.ok()) {
            return opened.error();
        }
        spool_ = std::move(*opened);
        return spool_->load({});
    }

    int repair(Shell& shell) {
        const auto loaded = open(shell);
        if (!loaded.ok()) {
            return refuse(shell.console, loaded.error());
        }
        report(shell, {{}, *loaded});
        if (has_damage(*loaded) && !json_) {
            shell.console.out(
                fmt::format("what was damaged lies in {}\n", (folder_ / "quarantine").native()));
        }
        return kOk;
    }

    int write_out(Shell& shell) {
        const auto loaded = open(shell);
        if (!loaded.ok()) {
            return refuse(shell.console, loaded.error());
        }
        if (phi_ && !audit(shell, folder_, "spool export", reason_)) {
            shell.console.complain(
                "audit.log cannot be written in the storage, so no payload is shown");
            return kIo;
        }
        message::Interner names;
        message::Budget budget{1U << 20U};
        const std::vector<std::string> nodes{""};
        const delivery::RecordCodec codec{names, budget, nodes};
        for (const StreamState& stream : loaded->streams) {
            const auto cursor = spool_->read(stream.id, 0);
            while (true) {
                auto entry = cursor->next();
                if (!entry.ok()) {
                    return refuse(shell.console, entry.error());
                }
                if (!*entry) {
                    break;
                }
                shell.console.out(config::to_json(json_of_entry(stream, **entry, codec, names)) +
                                  "\n");
            }
        }
        return kOk;
    }

    void report(Shell& shell, const spool::Inspection& seen) const {
        shell.console.out(json_ ? config::to_json(json_of(folder_, seen)) + "\n"
                                : spool_text(folder_, seen));
    }

    Value json_of_entry(const StreamState& stream,
                        const spool::StoredEntry& entry,
                        const delivery::RecordCodec& codec,
                        const message::Interner& names) const {
        Value out = Value::of_map();
        out.add("node", Value::of_text(stream.name));
        out.add("kept_in", Value::of_text(std::string{to_string(stream.kind)}));
        out.add("sequence", Value::of_int(static_cast<std::int64_t>(entry.sequence)));
        const auto record = codec.decode(entry.head(), entry.payload());
        if (!record.ok()) {
            out.add("unreadable", Value::of_bool(true));
            return out;
        }
        out.add("id",
                Value::of_text(fmt::format("{:016x}{:016x}", (*record)->id[0], (*record)->id[1])));
        out.add("content_type", Value::of_text(std::string{names.name((*record)->content_type)}));
        out.add("time",
                Value::of_text(base::to_rfc3339(base::Nanoseconds{(*record)->ingest_time_ns})));
        out.add("bytes", Value::of_int(static_cast<std::int64_t>(entry.payload().size())));
        if (phi_) {
            Value& attributes = out.add("attributes", Value::of_map());
            for (const auto& [name, value] : (*record)->attributes()) {
                attributes.add(std::string{names.name(name)}, Value::of_text(value));
            }
            out.add("payload", Value::of_text(std::string{entry.payload()}));
        }
        return out;
    }

    std::string action_;
    std::string file_;
    std::string state_ = "aorta-state";
    std::string worker_;
    std::string reason_;
    bool phi_ = false;
    bool json_ = false;
    PipelineArguments pipelines_;
    fs::path folder_;
    spool::Keys keys_;
    std::unique_ptr<ConsoleLog> log_;  // outlives the spool
    std::unique_ptr<spool::Spool> spool_;
};

}  // namespace

const Verb kSpoolVerb{"spool",
                      "inspect|verify|repair|export FILE [options]",
                      "Look at what a pipeline's storage holds",
                      kSpoolHelp,
                      make_command<Spool>};

}  // namespace aorta::app
