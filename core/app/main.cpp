// The command: a table of verbs.
#include "app/command.hpp"
#include "base/suggest.hpp"
#include "isolation/guest.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <system_error>

namespace aorta::app {

ExitCode exit_code(ErrorCode code) {
    switch (code) {
        case ErrorCode::Ok:
            return kOk;
        case ErrorCode::InvalidConfig:
            return kBadConfig;
        case ErrorCode::InvalidData:
        case ErrorCode::Corrupt:
            return kBadData;
        case ErrorCode::NotFound:
            return kIo;
        case ErrorCode::Denied:
            return kDenied;
        case ErrorCode::Unavailable:
        case ErrorCode::Timeout:
        case ErrorCode::ResourceExhausted:
            return kUnavailable;
        case ErrorCode::Cancelled:
        case ErrorCode::Internal:
            return kInternal;
    }
    return kInternal;
}

namespace {

// In the order of a first acquaintance. Addresses only: the verbs need not exist yet.
// NOLINTNEXTLINE(cppcoreguidelines-interfaces-global-init)
const Verb* const kVerbs[] = {&kPipeVerb,
                              &kNewVerb,
                              &kValidateVerb,
                              &kTestVerb,
                              &kEditVerb,
                              &kRunVerb,
                              &kShowVerb,
                              &kGraphVerb,
                              &kPluginsVerb,
                              &kDeadLettersVerb,
                              &kSpoolVerb,
                              &kTlsVerb,
                              &kKeygenVerb,
                              &kSchemaVerb,
                              &kCompletionVerb,
                              &kVersionVerb};

constexpr std::string_view kHelp =
    R"(aorta moves health data: HL7 v2, FHIR and device streams, with every record accounted for.

Examples:
  aorta pipe 'decode_hl7v2 | validate_hl7v2' FILE   what is wrong with these messages?
  aorta new pipeline hello                          a small pipeline to begin with
  aorta validate hello/pipeline.yaml                check it, with line and column
  aorta test hello/pipeline.yaml                    run the tests inside it, offline
  aorta run hello/pipeline.yaml                     run it

Verbs:
)";

constexpr std::string_view kHelpEnd = R"(
`aorta VERB --help` shows examples and options. Options of all verbs: --plugin-path DIR, --no-color.
)";

std::string help() {
    std::string out{kHelp};
    for (const Verb* verb : kVerbs) {
        fmt::format_to(std::back_inserter(out), "  {:<13} {}\n", verb->name, verb->summary);
    }
    return out + std::string{kHelpEnd};
}

int unknown_verb(Console& console, const std::string& word) {
    std::vector<std::string> names;
    for (const Verb* verb : kVerbs) {
        names.emplace_back(verb->name);
    }
    console.complain(fmt::format("there is no verb `{}`\n  {}\n  aorta --help shows all of them",
                                 word,
                                 base::suggestion_hint(word, names)));
    return kUsage;
}

int run_verb(Shell& shell, const Verb& verb, std::span<const std::string> words) {
    const std::unique_ptr<Command> command = verb.make();
    Arguments arguments;
    command->declare(arguments);
    bool wants_help = false;
    bool no_color = false;
    arguments.option(
        "--plugin-path", "DIR", shell.plugin_folders, "Look for plugins here, too, and first");
    arguments.flag("--no-color", no_color, "No colours (so does NO_COLOR in the environment)");
    arguments.flag("-h,--help", wants_help, "This help");
    const auto problem = arguments.parse(words);
    const bool asks = std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return word == "-h" || word == "--help";
    });
    if (asks) {
        shell.console.out(fmt::format("{}\n\nUsage: aorta {} {}\n\n{}\nOptions:\n{}",
                                      verb.summary,
                                      verb.name,
                                      verb.synopsis,
                                      verb.help,
                                      arguments.help()));
        return kOk;
    }
    if (problem) {
        shell.console.complain(
            fmt::format("{}\n  usage: aorta {} {}", *problem, verb.name, verb.synopsis));
        return kUsage;
    }
    if (no_color) {
        shell.console.no_color();
    }
    return command->run(shell);
}

/// Payloads are made on one thread and freed on another: a heap for each thread would keep far more
/// than the byte budget allows. Each keeps some of what is free: a stream of records would else
/// give its pages back and take them again without end.
void share_heaps() {
    constexpr int kHeaps = 4;
    constexpr int kKeptBytes = 4 << 20;
    ::mallopt(M_ARENA_MAX, kHeaps);           // NOLINT(concurrency-mt-unsafe): no other thread yet
    ::mallopt(M_TRIM_THRESHOLD, kKeptBytes);  // NOLINT(concurrency-mt-unsafe)
}

/// No memory of ours, which may hold patient data, in a core file.
void harden() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}

std::atomic<bool>& has_ended() {
    static std::atomic<bool> value{false};
    return value;
}

/// A plugin that calls exit() must not pass for an end of ours.
void catch_foreign_exit() {
    std::atexit([] {
        if (!has_ended()) {
            constexpr std::string_view kText =
                "error: a plugin ended the process (it called exit); records that were under way "
                "are "
                "not delivered\n";
            static_cast<void>(!::write(STDERR_FILENO, kText.data(), kText.size()));
            std::_Exit(kInternal);
        }
    });
}

int run(std::span<const std::string> words) {
    Console console;
    const base::SystemClock clock;
    std::error_code ignored;
    Shell shell{console, clock, std::filesystem::read_symlink("/proc/self/exe", ignored), {}};
    if (words.empty()) {
        console.err(help());
        return kUsage;
    }
    std::string word = words.front();
    std::vector<std::string> rest(words.begin() + 1, words.end());
    if (word == "help" && !rest.empty()) {
        word = rest.front();
        rest = {"--help"};
    }
    if (word == "--help" || word == "-h" || word == "help") {
        console.out(help());
        return kOk;
    }
    if (word == "--version") {
        word = "version";
    }
    for (const Verb* verb : kVerbs) {
        if (verb->name == word) {
            return run_verb(shell, *verb, rest);
        }
    }
    return unknown_verb(console, word);
}

}  // namespace

std::span<const Verb* const> verbs() {
    return kVerbs;
}

}  // namespace aorta::app

int main(int argc, char** argv) {
    if (argc == 2 && argv[1] == aorta::isolation::kGuestWord) {
        return aorta::isolation::run_guest();
    }
    aorta::app::share_heaps();
    aorta::app::harden();
    aorta::app::catch_foreign_exit();
    const int code = aorta::app::run(std::vector<std::string>(argv + 1, argv + argc));
    aorta::app::has_ended() = true;
    return code;
}
