// aorta spool: what a pipeline's storage holds, and whether it is sound.
#include "app/audit.hpp"
#include "app/loading.hpp"
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
using spool::Damage;
using spool::StreamState;

constexpr std::string_view kHelp = R"(Examples:
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

std::string_view to_string(spool::StreamKind kind) {
    return kind == spool::StreamKind::Journal ? "journal" : "outbox";
}

std::string_view to_string(Damage::Kind kind) {
    constexpr std::string_view kNames[] = {"damaged", "doubtful tail", "missing"};
    return kNames[static_cast<std::size_t>(kind)];
}

Value number(std::uint64_t value) {
    return Value::of_int(static_cast<std::int64_t>(value));
}

std::string name_of(const std::vector<StreamState>& streams, spool::StreamId id) {
    const auto found = std::find_if(
        streams.begin(), streams.end(), [&](const StreamState& one) { return one.id == id; });
    return found == streams.end() ? std::string{}
                                  : fmt::format("{} {}", to_string(found->kind), found->name);
}

class Spool final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("ACTION", action_, "inspect, verify, repair or export", true);
        arguments.positional("FILE", file_, "The pipeline's file", true);
        arguments.option("--state", "DIR", state_, "As `run` had it (default aorta-state)");
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
        LoadedFiles files = load_files(shell, pipelines_, pipeline::Unset::Warning);
        if (files.diagnostics.has_errors()) {
            shell.console.err(files.diagnostics.to_text());
            return kBadConfig;
        }
        const pipeline::PipelineSpec& spec = *files.files.front().loaded.spec;
        folder_ = runtime::storage_folder(spec, state_);
        auto keys = runtime::keys_of(spec.storage);
        if (!keys.ok()) {
            return refuse(shell, keys.error());
        }
        keys_ = std::move(*keys);
        return kOk;
    }

    int look(Shell& shell) {
        const auto inspection = spool::inspect(folder_, keys_, spool::posix_file_system());
        if (!inspection.ok()) {
            return refuse(shell, inspection.error());
        }
        report(shell, inspection->loaded, inspection->segments);
        const bool is_finding = action_ == "verify" && has_damage(inspection->loaded);
        return is_finding ? kFindings : kOk;
    }

    /// Locks it and reads all of it: what is damaged goes to the quarantine.
    Result<spool::Loaded> open(Shell& shell) {
        log_ = std::make_unique<ConsoleLog>(
            shell.console, shell.clock, base::LogLevel::Warn, base::LogFormat::Text);
        spool::Spool::Settings settings;
        settings.folder = folder_;
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
            return refuse(shell, loaded.error());
        }
        report(shell, *loaded, {});
        if (has_damage(*loaded) && !json_) {
            shell.console.out(
                fmt::format("what was damaged lies in {}\n", (folder_ / "quarantine").native()));
        }
        return kOk;
    }

    int write_out(Shell& shell) {
        const auto loaded = open(shell);
        if (!loaded.ok()) {
            return refuse(shell, loaded.error());
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
                    return refuse(shell, entry.error());
                }
                if (!*entry) {
                    break;
                }
                shell.console.out(config::to_json(json_of(stream, **entry, codec, names)) + "\n");
            }
        }
        return kOk;
    }

    Value json_of(const StreamState& stream,
                  const spool::StoredEntry& entry,
                  const delivery::RecordCodec& codec,
                  const message::Interner& names) const {
        Value out = Value::of_map();
        out.add("node", Value::of_text(stream.name));
        out.add("kept_in", Value::of_text(std::string{to_string(stream.kind)}));
        out.add("sequence", number(entry.sequence));
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
        out.add("bytes", number(entry.payload().size()));
        if (phi_) {
            Value& attributes = out.add("attributes", Value::of_map());
            for (const auto& [name, value] : (*record)->attributes()) {
                attributes.add(std::string{names.name(name)}, Value::of_text(value));
            }
            out.add("payload", Value::of_text(std::string{entry.payload()}));
        }
        return out;
    }

    static bool has_damage(const spool::Loaded& loaded) {
        return std::any_of(loaded.damage.begin(), loaded.damage.end(), [](const Damage& one) {
            return one.kind != Damage::Kind::DoubtfulTail;
        });
    }

    void report(Shell& shell,
                const spool::Loaded& loaded,
                const std::vector<spool::Inspection::Segment>& segments) const {
        if (json_) {
            shell.console.out(config::to_json(json_report(loaded, segments)) + "\n");
            return;
        }
        std::string text = fmt::format("{}: {} bytes in {} segments; {}\n",
                                       folder_.native(),
                                       loaded.bytes,
                                       segments.size(),
                                       loaded.was_closed ? "the last worker ended by itself"
                                                         : "in use, or the last worker was killed");
        if (segments.empty()) {
            text = fmt::format("{}: {} bytes\n", folder_.native(), loaded.bytes);
        }
        std::vector<std::vector<std::string>> rows{{"node", "kept in", "held", "next"}};
        for (const StreamState& stream : loaded.streams) {
            rows.push_back({stream.name,
                            std::string{to_string(stream.kind)},
                            std::to_string(stream.held),
                            std::to_string(stream.next)});
        }
        text += table(rows, "  ", {2, 3});
        if (!segments.empty()) {
            rows = {{"segment", "bytes", "items", "entries", "needed", "sealed with"}};
            for (const auto& segment : segments) {
                rows.push_back({std::to_string(segment.number),
                                std::to_string(segment.bytes),
                                std::to_string(segment.items),
                                std::to_string(segment.entries),
                                std::to_string(segment.needed),
                                key_text(segment.key)});
            }
            text += table(rows, "  ", {0, 1, 2, 3, 4});
        }
        if (!loaded.damage.empty()) {
            rows = {{"trouble", "position", "bytes", "of", "sequence"}};
            for (const Damage& one : loaded.damage) {
                rows.push_back({std::string{to_string(one.kind)},
                                std::to_string(one.position),
                                std::to_string(one.bytes),
                                name_of(loaded.streams, one.stream),
                                one.stream == 0 ? "" : std::to_string(one.sequence)});
            }
            text += table(rows, "  ", {1, 2, 4});
        }
        shell.console.out(text);
    }

    static std::string key_text(const spool::KeyId& key) {
        const bool is_none =
            std::all_of(key.begin(), key.end(), [](std::uint8_t byte) { return byte == 0; });
        return is_none ? "-" : fmt::format("{:02x}", fmt::join(key, ""));
    }

    Value json_report(const spool::Loaded& loaded,
                      const std::vector<spool::Inspection::Segment>& segments) const {
        Value whole = Value::of_map();
        whole.add("folder", Value::of_text(folder_.native()));
        whole.add("bytes", number(loaded.bytes));
        whole.add("was_closed", Value::of_bool(loaded.was_closed));
        Value& streams = whole.add("streams", Value::of_list({}));
        for (const StreamState& stream : loaded.streams) {
            Value& one = streams.items.emplace_back(Value::of_map());
            one.add("node", Value::of_text(stream.name));
            one.add("kept_in", Value::of_text(std::string{to_string(stream.kind)}));
            one.add("held", number(stream.held));
            one.add("next", number(stream.next));
        }
        Value& all = whole.add("segments", Value::of_list({}));
        for (const auto& segment : segments) {
            Value& one = all.items.emplace_back(Value::of_map());
            one.add("number", number(segment.number));
            one.add("bytes", number(segment.bytes));
            one.add("items", number(segment.items));
            one.add("entries", number(segment.entries));
            one.add("needed", number(segment.needed));
            one.add("key", Value::of_text(key_text(segment.key)));
        }
        Value& damage = whole.add("damage", Value::of_list({}));
        for (const Damage& each : loaded.damage) {
            Value& one = damage.items.emplace_back(Value::of_map());
            one.add("kind", Value::of_text(std::string{to_string(each.kind)}));
            one.add("position", number(each.position));
            one.add("bytes", number(each.bytes));
            one.add("of", Value::of_text(name_of(loaded.streams, each.stream)));
            one.add("sequence", number(each.sequence));
        }
        return whole;
    }

    static int refuse(Shell& shell, const Error& error) {
        shell.console.complain(error.where.empty() ? error.message
                                                   : error.message + " (" + error.where + ")");
        return exit_code(error.code);
    }

    std::string action_;
    std::string file_;
    std::string state_ = "aorta-state";
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
                      kHelp,
                      make_command<Spool>};

}  // namespace aorta::app
