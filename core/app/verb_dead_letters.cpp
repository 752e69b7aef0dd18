// aorta dead-letters: what could not go on, and why.
#include "app/loading.hpp"
#include "app/side_by_side.hpp"
#include "base/suggest.hpp"
#include "config/json.hpp"
#include "delivery/dead_letters.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

namespace aorta::app {
namespace fs = std::filesystem;

namespace {

using config::Value;
using delivery::StoredLetter;

constexpr std::string_view kHelp = R"(Examples:
  aorta dead-letters list results.yaml                   newest first, without any payload
  aorta dead-letters list results.yaml --node check --reason hl7.required_field_missing
  aorta dead-letters show 17 results.yaml                one, without its payload
  aorta dead-letters show 17 results.yaml --phi --reason "ticket 4711"
  aorta dead-letters list --file aorta-state/results/dead_letters.db --json

A payload holds patient data: showing it needs --phi and a reason, and leaves a line in audit.log
beside the dead letters: when, who, why, which.
)";

std::string user_name() {
    const passwd* entry = ::getpwuid(::getuid());
    return entry == nullptr ? std::to_string(::getuid()) : entry->pw_name;
}

Value json_of(const StoredLetter& letter, bool with_payload) {
    Value out = Value::of_map();
    out.add("number", Value::of_int(letter.number));
    out.add("time", Value::of_text(base::to_rfc3339(base::Nanoseconds{letter.time_ns})));
    out.add("pipeline", Value::of_text(letter.pipeline));
    out.add("node", Value::of_text(letter.node));
    out.add("code", Value::of_text(letter.code));
    out.add("reason", Value::of_text(letter.reason));
    out.add("where", Value::of_text(letter.where));
    out.add("content_type", Value::of_text(letter.content_type));
    out.add("bytes", Value::of_int(static_cast<std::int64_t>(letter.bytes)));
    out.add("record", Value::of_text(letter.record_id));
    if (with_payload) {
        Value attributes = Value::of_map();
        for (const auto& [name, value] : letter.attributes) {
            attributes.add(name, Value::of_text(value));
        }
        out.add("attributes", std::move(attributes));
        out.add("payload", Value::of_text(letter.payload));
    }
    return out;
}

class DeadLetters final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("ACTION", action_, "list, or show NUMBER", true);
        arguments.positional("WORDS", words_, "The pipeline's file; show: first the number", false);
        arguments.option("--file", "DB", file_, "The file of dead letters, without a pipeline");
        arguments.option("--state", "DIR", state_, "As `run` had it (default aorta-state)");
        arguments.option("--node", "NAME", node_, "list: of this node only");
        arguments.option("--reason", "TEXT", reason_, "list: with this reason; show: why you look");
        arguments.option("--limit", "N", limit_, "list: at most so many (default 100)");
        arguments.flag("--phi", phi_, "show: with the payload; needs --reason, is audited");
        arguments.flag("--json", json_, "One JSON list or object");
        pipelines_.declare_variables(arguments);
    }

    int run(Shell& shell) override {
        ::umask(077);
        if (action_ == "list") {
            return list(shell);
        }
        if (action_ == "show") {
            return show(shell);
        }
        const std::vector<std::string> actions{"list", "show"};
        shell.console.complain(fmt::format("dead-letters has no action `{}`\n  {}",
                                           action_,
                                           base::suggestion_hint(action_, actions)));
        return kUsage;
    }

private:
    /// True when the words or --file name one file of dead letters.
    bool names_one(Console& console, std::span<const std::string> words) const {
        const bool is_one = words.size() + (file_.empty() ? 0 : 1) == 1;
        if (!is_one) {
            console.complain("name one pipeline, or --file DB");
        }
        return is_one;
    }

    Result<fs::path> find_file(Shell& shell, std::span<const std::string> words) {
        if (!file_.empty()) {
            return fs::path(file_);
        }
        pipelines_.files = {words.front()};
        const LoadedFiles files = load_files(shell, pipelines_, pipeline::Unset::Warning);
        if (files.diagnostics.has_errors()) {
            shell.console.err(files.diagnostics.to_text());
            return Error{ErrorCode::InvalidConfig,
                         "the pipeline does not load; --file DB does without it"};
        }
        const pipeline::PipelineSpec& spec = *files.files.front().loaded.spec;
        const fs::path folder = spec.storage.path.empty()
                                    ? fs::path(state_) / spec.name
                                    : spec.file.parent_path() / spec.storage.path;
        return folder / "dead_letters.db";
    }

    int list(Shell& shell) {
        if (limit_ < 1) {
            shell.console.complain("--limit takes a number from 1");
            return kUsage;
        }
        if (!names_one(shell.console, words_)) {
            return kUsage;
        }
        const auto file = find_file(shell, words_);
        if (!file.ok()) {
            return refuse(shell.console, file.error());
        }
        std::vector<StoredLetter> letters;
        if (file_.empty() && !fs::exists(*file)) {
            // The pipeline has never had any. (A file that was named is meant to be there.)
            shell.console.complain("no dead letters yet: " + file->native() + " does not exist");
        } else {
            auto stored =
                delivery::list_letters(*file, {node_, reason_, static_cast<std::size_t>(limit_)});
            if (!stored.ok()) {
                return refuse(shell.console, stored.error());
            }
            letters = std::move(*stored);
        }
        if (json_) {
            Value all = Value::of_list({});
            for (const StoredLetter& letter : letters) {
                all.items.push_back(json_of(letter, false));
            }
            shell.console.out(config::to_json(all) + "\n");
            return kOk;
        }
        std::vector<std::vector<std::string>> rows{
            {"number", "time", "node", "reason", "where", "type", "bytes"}};
        for (const StoredLetter& letter : letters) {
            rows.push_back({std::to_string(letter.number),
                            base::to_rfc3339(base::Nanoseconds{letter.time_ns}),
                            letter.node,
                            letter.reason,
                            letter.where,
                            letter.content_type,
                            std::to_string(letter.bytes)});
        }
        shell.console.out(table(rows, "", {0, 6}));
        return kOk;
    }

    int show(Shell& shell) {
        std::int64_t number = 0;
        const std::string text = words_.empty() ? std::string{} : words_.front();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || end != text.data() + text.size() || number < 1) {
            shell.console.complain("show takes the number of a dead letter, then the pipeline");
            return kUsage;
        }
        if (phi_ && reason_.empty()) {
            shell.console.complain("--phi needs --reason TEXT: why you look at patient data");
            return kUsage;
        }
        const auto rest = std::span{words_}.subspan(1);
        if (!names_one(shell.console, rest)) {
            return kUsage;
        }
        const auto file = find_file(shell, rest);
        if (!file.ok()) {
            return refuse(shell.console, file.error());
        }
        const auto letter = delivery::read_letter(*file, number);
        if (!letter.ok()) {
            return refuse(shell.console, letter.error());
        }
        if (phi_ && !audit(shell, file->parent_path() / "audit.log", number)) {
            shell.console.complain(
                "audit.log cannot be written beside the dead letters, so the "
                "payload is not shown");
            return kIo;
        }
        const Value whole = json_of(*letter, phi_);
        shell.console.out(json_ ? config::to_json(whole) + "\n" : text_of(whole));
        return kOk;
    }

    /// Segments of HL7 v2 end in CR, which a terminal would write over each other; and a payload is
    /// not to give it orders.
    static std::string shown(std::string_view payload) {
        std::string out;
        while (!payload.empty()) {
            const char c = payload.front();
            if (c == '\r' || c == '\n' || c == '\t') {
                out += c == '\r' ? '\n' : c;
                payload.remove_prefix(1);
            } else {
                out += take_character(payload);
            }
        }
        return out;
    }

    static std::string text_of(const Value& letter) {
        std::vector<std::vector<std::string>> rows;
        std::string payload;
        for (std::size_t i = 0; i < letter.items.size(); ++i) {
            const std::string& name = letter.keys[i].name;
            const Value& value = letter.items[i];
            if (name == "payload") {
                payload = "\n" + shown(value.text);
            } else if (name == "attributes") {
                rows.push_back({name, config::to_json(value)});
            } else {
                rows.push_back(
                    {name,
                     value.is(Value::Type::Int) ? std::to_string(value.integer) : value.text});
            }
        }
        return table(rows, "") + payload + (payload.empty() || payload.ends_with('\n') ? "" : "\n");
    }

    bool audit(const Shell& shell, const fs::path& file, std::int64_t number) const {
        Value line = Value::of_map();
        line.add("time", Value::of_text(base::to_rfc3339(shell.clock.now())));
        line.add("user", Value::of_text(user_name()));
        line.add("action", Value::of_text("dead-letters show"));
        line.add("letter", Value::of_int(number));
        line.add("reason", Value::of_text(reason_));
        const std::string text = config::to_json(line) + "\n";
        const int fd =
            ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
        const bool is_written =
            fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
            ::fdatasync(fd) == 0;
        if (fd >= 0) {
            ::close(fd);
        }
        return is_written;
    }

    static int refuse(Console& console, const Error& error) {
        console.complain(error.where.empty() ? error.message
                                             : error.message + " (" + error.where + ")");
        return exit_code(error.code);
    }

    std::string action_;
    std::vector<std::string> words_;
    std::string file_;
    std::string state_ = "aorta-state";
    std::string node_;
    std::string reason_;
    int limit_ = 100;
    bool phi_ = false;
    bool json_ = false;
    PipelineArguments pipelines_;
};

}  // namespace

const Verb kDeadLettersVerb{"dead-letters",
                            "list FILE | show NUMBER FILE [options]",
                            "Look at records that could not go on",
                            kHelp,
                            make_command<DeadLetters>};

}  // namespace aorta::app
