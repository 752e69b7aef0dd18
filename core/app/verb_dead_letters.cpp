// aorta dead-letters: what could not go on, and why; sent again, taken out, done away with.
#include "app/audit.hpp"
#include "app/letter_choice.hpp"
#include "app/letter_text.hpp"
#include "app/loading.hpp"
#include "app/private_file.hpp"
#include "app/refuse.hpp"
#include "base/suggest.hpp"
#include "config/json.hpp"
#include "delivery/stored_letters.hpp"
#include "runtime/storage.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace aorta::app {
namespace fs = std::filesystem;

namespace {

using config::Value;
using delivery::StoredLetter;

constexpr std::string_view kDeadLettersHelp = R"(Examples:
  aorta dead-letters list results.yaml                   newest first, without any payload
  aorta dead-letters list results.yaml --node check --since 2h
  aorta dead-letters show 17 results.yaml                one, with all its failures, without payload
  aorta dead-letters show 17 results.yaml --phi --reason "ticket 4711"
  aorta dead-letters replay 17 18 results.yaml           again to the node that failed them
  aorta dead-letters replay results.yaml --node store --failed-with sink.refused
  aorta dead-letters replay --all results.yaml --from-start
  aorta dead-letters export results.yaml --output letters.ndjson --phi --reason "ticket 4711"
  aorta dead-letters export 17 results.yaml --format files --output out --phi --reason "ticket 4711"
  aorta dead-letters purge results.yaml --until 2026-01-01 --reason "worked off" --yes

replay marks letters; the running worker takes them within a second, else the next run does. What is
delivered or filtered then is gone from the list; what fails again stays, with one more failure.

A payload holds patient data: showing or exporting it needs --phi and a reason, and leaves a line in
audit.log beside the dead letters: when, who, why, which. So does a purge. For `list` and `replay`
--reason means the same as --failed-with.
)";

class DeadLetters final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("ACTION", action_, "list, show, replay, export or purge", true);
        arguments.positional("WORDS", words_, "Numbers of letters, and the pipeline's file", false);
        arguments.option("--file", "DB", file_, "The file of dead letters, without a pipeline");
        arguments.option("--state", "DIR", state_, "As `run` had it (default aorta-state)");
        arguments.option("--worker", "NAME", worker_, "Of this worker of the pipeline");
        choice_.declare(arguments);
        arguments.flag("--all", all_, "replay, export, purge: all letters, without a filter");
        arguments.option("--to", "NODE", to_, "replay: to this node; a source: to what follows it");
        arguments.flag("--from-start", from_start_, "replay: the whole way, as from the source");
        arguments.option("--format",
                         "FORMAT",
                         format_,
                         "export: one file of lines, or a file each",
                         {"ndjson", "files"});
        arguments.option("--output", "PATH", output_, "export: new file, or folder of the files");
        arguments.option("--reason", "TEXT", reason_, "show, export, purge: why you do it");
        arguments.flag("--phi", phi_, "show, export: with the payload; needs --reason");
        arguments.flag("--yes", yes_, "purge: yes, for good");
        arguments.flag("--json", json_, "One JSON list or object");
        pipelines_.declare_variables(arguments);
    }

    int run(Shell& shell) override {
        ::umask(077);
        const std::pair<std::string, int (DeadLetters::*)(Shell&)> actions[] = {
            {"list", &DeadLetters::list},
            {"show", &DeadLetters::show},
            {"replay", &DeadLetters::replay},
            {"export", &DeadLetters::take_out},
            {"purge", &DeadLetters::purge}};
        std::vector<std::string> names;
        for (const auto& [name, action] : actions) {
            if (action_ == name) {
                const int refused = prepare(shell);
                return refused != kOk ? refused : (this->*action)(shell);
            }
            names.push_back(name);
        }
        shell.console.complain(fmt::format("dead-letters has no action `{}`\n  {}",
                                           action_,
                                           base::suggestion_hint(action_, names)));
        return kUsage;
    }

private:
    static int usage(Shell& shell, const std::string& text) {
        shell.console.complain(text);
        return kUsage;
    }

    /// Numbers, filter, file and keys, of the words and options.
    int prepare(Shell& shell) {
        const std::vector<std::string> files = choice_.take_numbers(words_);
        if (action_ == "show" && choice_.filter.numbers.size() != 1) {
            return usage(shell, "show takes the number of a dead letter, then the pipeline");
        }
        if (files.size() + (file_.empty() ? 0 : 1) != 1) {
            return usage(shell, "name one pipeline, or --file DB");
        }
        const bool is_filter = action_ == "list" || action_ == "replay";
        const auto wrong = choice_.read(shell.clock.now(), is_filter ? reason_ : std::string{});
        if (wrong) {
            return usage(shell, *wrong);
        }
        if (!file_.empty()) {
            path_ = file_;
            return kOk;
        }
        return load(shell, files.front());
    }

    int load(Shell& shell, const std::string& pipeline) {
        pipelines_.files = {pipeline};
        LoadedFiles files = load_files(
            shell, pipelines_, {.unset = pipeline::Unset::Warning, .checks_plugins = false});
        if (files.diagnostics.has_errors()) {
            shell.console.err(files.diagnostics.to_text());
            return refuse(shell.console,
                          {ErrorCode::InvalidConfig,
                           "the pipeline does not load; --file DB does without it"});
        }
        spec_ = std::move(files.files.front().loaded.spec);
        spec_->part = worker_;
        path_ = runtime::storage_folder(*spec_, state_) / "dead_letters.db";
        auto keys = runtime::keys_of(spec_->storage);
        if (!keys.ok()) {
            return refuse(shell.console, keys.error());
        }
        keys_ = std::move(*keys);
        return kOk;
    }

    /// An action on many letters needs to be told which.
    bool names_letters() const { return all_ || choice_.is_narrow(); }

    int say_which(Shell& shell) const {
        return usage(shell, action_ + ": which letters? numbers, a filter (--node …), or --all");
    }

    int list(Shell& shell) {
        // A file that was named is meant to be there; a pipeline may never have had any.
        const bool has_none = file_.empty() && !fs::exists(path_);
        if (has_none) {
            shell.console.complain("no dead letters yet: " + path_.native() + " does not exist");
        }
        const auto letters =
            has_none ? std::vector<StoredLetter>{} : delivery::list_letters(path_, choice_.filter);
        if (!letters.ok()) {
            return refuse(shell.console, letters.error());
        }
        if (json_) {
            Value all = Value::of_list({});
            for (const StoredLetter& letter : *letters) {
                all.items.push_back(json_of(letter, false));
            }
            shell.console.out(config::to_json(all) + "\n");
            return kOk;
        }
        shell.console.out(letters_text(*letters));
        if (letters->size() == choice_.filter.limit) {
            shell.console.err(
                fmt::format("there may be more: --before {}\n", letters->back().number));
        }
        return kOk;
    }

    int show(Shell& shell) {
        if (phi_ && reason_.empty()) {
            return usage(shell, "--phi needs --reason TEXT: why you look at patient data");
        }
        const std::int64_t number = choice_.filter.numbers.front();
        const auto letter = phi_ ? delivery::read_letter(path_, number, keys_)
                                 : delivery::describe_letter(path_, number);
        if (!letter.ok()) {
            return refuse(shell.console, letter.error());
        }
        if (phi_ && !is_audited(shell, {number})) {
            return unaudited(shell, "the payload is not shown");
        }
        const Value whole = json_of(*letter, phi_);
        shell.console.out(json_ ? config::to_json(whole) + "\n" : letter_text(whole));
        return kOk;
    }

    int replay(Shell& shell) {
        if (!names_letters()) {
            return say_which(shell);
        }
        if (from_start_ && !to_.empty()) {
            return usage(shell, "--to and --from-start exclude each other");
        }
        std::string target = to_;
        if (spec_) {
            std::vector<std::string> sources;
            std::vector<std::string> names;
            for (const pipeline::NodeSpec& node : spec_->nodes) {
                names.push_back(node.name);
                if (node.kind == config::Kind::Source) {
                    sources.push_back(node.name);
                }
            }
            if (!to_.empty() && std::ranges::find(names, to_) == names.end()) {
                return usage(shell,
                             fmt::format("the pipeline has no node `{}`\n  {}",
                                         to_,
                                         base::suggestion_hint(to_, names)));
            }
            if (from_start_ && sources.size() != 1) {
                return usage(shell, "the pipeline has several sources; say which: --to SOURCE");
            }
            target = from_start_ ? sources.front() : to_;
        } else if (from_start_) {
            return usage(shell, "--from-start needs the pipeline's file, or say --to SOURCE");
        }
        const auto count = delivery::ask_replay(path_, choice_.filter, target);
        return told(shell, count, "asked_for", "are to be sent again");
    }

    int purge(Shell& shell) {
        if (!names_letters()) {
            return say_which(shell);
        }
        if (!yes_ || reason_.empty()) {
            return usage(shell, "purge deletes for good: it needs --yes and --reason TEXT");
        }
        // Which they were stands in the audit before they are gone.
        const auto numbers = numbers_of();
        if (!numbers.ok()) {
            return refuse(shell.console, numbers.error());
        }
        if (!numbers->empty() && !is_audited(shell, *numbers)) {
            return unaudited(shell, "nothing is deleted");
        }
        if (numbers->empty()) {
            return told(shell, std::uint64_t{0}, "purged", "are gone for good");
        }
        choice_.filter.numbers = *numbers;
        return told(
            shell, delivery::purge_letters(path_, choice_.filter), "purged", "are gone for good");
    }

    int take_out(Shell& shell) {
        if (!names_letters()) {
            return say_which(shell);
        }
        if (!phi_ || reason_.empty() || output_.empty()) {
            return usage(shell, "export needs --output PATH, --phi and --reason TEXT");
        }
        const auto numbers = numbers_of();
        if (!numbers.ok()) {
            return refuse(shell.console, numbers.error());
        }
        if (!numbers->empty() && !is_audited(shell, *numbers)) {
            return unaudited(shell, "nothing is exported");
        }
        const bool is_one = format_ != "files";
        std::string lines;
        if (std::error_code failed; !is_one) {
            fs::create_directories(output_, failed);
        }
        for (const std::int64_t number : *numbers) {
            const auto letter = delivery::read_letter(path_, number, keys_);
            if (!letter.ok()) {
                return refuse(shell.console, letter.error());
            }
            if (is_one) {
                lines += config::to_json(json_of(*letter, true)) + "\n";
            } else if (const fs::path file = fs::path(output_) / fmt::format("{}.payload", number);
                       !write_private(file, letter->payload)) {
                return unwritten(shell, file);
            }
        }
        if (is_one && !write_private(output_, lines)) {
            return unwritten(shell, output_);
        }
        return told(shell, std::uint64_t{numbers->size()}, "exported", "are in " + output_);
    }

    Result<std::vector<std::int64_t>> numbers_of() const {
        delivery::LetterFilter all = choice_.filter;
        all.limit = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
        const auto letters = delivery::list_letters(path_, all);
        if (!letters.ok()) {
            return letters.error();
        }
        std::vector<std::int64_t> numbers;
        for (const StoredLetter& letter : *letters) {
            numbers.push_back(letter.number);
        }
        return numbers;
    }

    int told(Shell& shell,
             const Result<std::uint64_t>& count,
             const std::string& name,
             const std::string& what) const {
        if (!count.ok()) {
            return refuse(shell.console, count.error());
        }
        if (json_) {
            Value out = Value::of_map();
            out.add(name, Value::of_int(static_cast<std::int64_t>(*count)));
            shell.console.out(config::to_json(out) + "\n");
        } else {
            shell.console.out(fmt::format("{} dead letters {}\n", *count, what));
        }
        return kOk;
    }

    static int unwritten(Shell& shell, const fs::path& file) {
        const std::string why = std::error_code{errno, std::generic_category()}.message();
        shell.console.complain(file.native() + " cannot be written: " + why);
        return kIo;
    }

    static int unaudited(Shell& shell, const std::string& so) {
        shell.console.complain("audit.log cannot be written beside the dead letters, so " + so);
        return kIo;
    }

    /// A line for each letter.
    bool is_audited(const Shell& shell, const std::vector<std::int64_t>& numbers) const {
        return std::ranges::all_of(numbers, [&](std::int64_t number) {
            Value details = Value::of_map();
            details.add("letter", Value::of_int(number));
            return audit(shell, path_.parent_path(), "dead-letters " + action_, reason_, details);
        });
    }

    std::string action_;
    std::vector<std::string> words_;
    std::string file_;
    std::string state_ = "aorta-state";
    std::string worker_;
    std::string to_;
    std::string format_ = "ndjson";
    std::string output_;
    std::string reason_;
    bool all_ = false;
    bool from_start_ = false;
    bool phi_ = false;
    bool yes_ = false;
    bool json_ = false;
    LetterChoice choice_;
    PipelineArguments pipelines_;

    // Of `prepare`:
    fs::path path_;
    std::optional<pipeline::PipelineSpec> spec_;
    spool::Keys keys_;
};

}  // namespace

const Verb kDeadLettersVerb{"dead-letters",
                            "list|show|replay|export|purge [NUMBER…] FILE [options]",
                            "Look at records that could not go on, send them again",
                            kDeadLettersHelp,
                            make_command<DeadLetters>};

}  // namespace aorta::app
