// A verb of the command.
#pragma once

#include "app/arguments.hpp"
#include "app/console.hpp"
#include "app/exit_code.hpp"
#include "base/clock.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::app {

/// What all verbs share.
struct Shell {
    Console& console;
    const base::Clock& clock;
    std::filesystem::path executable;
    std::vector<std::string> plugin_folders;  // --plugin-path
};

/// One verb: its arguments and what it does. Made for one run.
class Command {
public:
    Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    virtual ~Command() = default;

    virtual void declare(Arguments& arguments) = 0;
    /// Returns the exit code.
    virtual int run(Shell& shell) = 0;
};

struct Verb {
    std::string_view name;
    std::string_view synopsis;  // "FILE… [options]"
    std::string_view summary;   // one line
    std::string_view help;      // examples first, then what it teaches
    std::unique_ptr<Command> (*make)();
};

/// All verbs, in the order of the help.
std::span<const Verb* const> verbs();

extern const Verb kCompletionVerb;
extern const Verb kDeadLettersVerb;
extern const Verb kEditVerb;
extern const Verb kGraphVerb;
extern const Verb kKeygenVerb;
extern const Verb kNewVerb;
extern const Verb kPipeVerb;
extern const Verb kPluginsVerb;
extern const Verb kRunVerb;
extern const Verb kSchemaVerb;
extern const Verb kShowVerb;
extern const Verb kSpoolVerb;
extern const Verb kTestVerb;
extern const Verb kTlsVerb;
extern const Verb kValidateVerb;
extern const Verb kVersionVerb;

/// The `make` of a verb.
template <class Derived>
std::unique_ptr<Command> make_command() {
    return std::make_unique<Derived>();
}

}  // namespace aorta::app
