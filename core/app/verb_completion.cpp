// aorta completion: scripts for shells, made of the table of verbs.
#include "app/command.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace aorta::app {
namespace {

constexpr std::string_view kCompletionHelp = R"(Examples:
  source <(aorta completion bash)                        now, in this shell
  aorta completion bash > /etc/bash_completion.d/aorta   for everybody
  aorta completion zsh > "${fpath[1]}/_aorta"
  aorta completion fish > ~/.config/fish/completions/aorta.fish
)";

/// "-q", "--quiet" of "-q,--quiet".
std::vector<std::string> names_of(const Arguments::Described& option) {
    const std::size_t comma = option.names.find(',');
    if (comma == std::string::npos) {
        return {option.names};
    }
    return {option.names.substr(0, comma), option.names.substr(comma + 1)};
}

std::vector<Arguments::Described> options_of(const Verb& verb) {
    const std::unique_ptr<Command> command = verb.make();
    Arguments arguments;
    command->declare(arguments);
    std::vector<Arguments::Described> options;
    for (const Arguments::Described& each : arguments.described()) {
        if (!each.is_positional) {
            options.push_back(each);
        }
    }
    options.push_back({"--help", {}, "Help"});
    return options;
}

std::string verb_names() {
    std::string names;
    for (const Verb* verb : verbs()) {
        names += (names.empty() ? "" : " ") + std::string{verb->name};
    }
    return names;
}

std::string bash() {
    std::string out = fmt::format(R"(_aorta() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}"
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{}" -- "$word"))
        return
    fi
    case "${{COMP_WORDS[1]}} $before" in
)",
                                  verb_names());
    std::string flags;
    for (const Verb* verb : verbs()) {
        std::string all;
        for (const Arguments::Described& option : options_of(*verb)) {
            for (const std::string& name : names_of(option)) {
                all += name + " ";
                if (!option.one_of.empty()) {
                    fmt::format_to(std::back_inserter(out),
                                   "        \"{} {}\") COMPREPLY=($(compgen -W \"{}\" -- "
                                   "\"$word\")); return ;;\n",
                                   verb->name,
                                   name,
                                   base::join(option.one_of, " "));
                }
            }
        }
        fmt::format_to(
            std::back_inserter(flags), "            {}) flags=\"{}\" ;;\n", verb->name, all);
    }
    return out +
           "    esac\n    if [[ \"$word\" == -* ]]; then\n        local flags=\n"
           "        case \"${COMP_WORDS[1]}\" in\n" +
           flags +
           "        esac\n        COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n    else\n"
           "        COMPREPLY=($(compgen -f -- \"$word\"))\n    fi\n}\n"
           "complete -o filenames -F _aorta aorta\n";
}

/// In single quotes, for zsh and fish.
std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

std::string zsh() {
    std::string out = "#compdef aorta\n_aorta() {\n    local -a verbs\n    verbs=(\n";
    for (const Verb* verb : verbs()) {
        out += "        " + in_quotes(fmt::format("{}:{}", verb->name, verb->summary)) + "\n";
    }
    out +=
        "    )\n    if (( CURRENT == 2 )); then\n        _describe verb verbs\n        return\n"
        "    fi\n    case $words[2] in\n";
    for (const Verb* verb : verbs()) {
        fmt::format_to(std::back_inserter(out), "        {}) _arguments", verb->name);
        for (const Arguments::Described& option : options_of(*verb)) {
            for (const std::string& name : names_of(option)) {
                std::string summary;
                for (const char c : option.summary) {
                    summary += c == '[' || c == ']' || c == ':' ? ' ' : c;
                }
                std::string text = fmt::format("{}[{}]", name, summary);
                if (!option.one_of.empty()) {
                    text += fmt::format(":value:({})", base::join(option.one_of, " "));
                } else if (!option.value.empty()) {
                    text += ":value:_files";
                }
                out += " " + in_quotes(text);
            }
        }
        out += " '*:file:_files' ;;\n";
    }
    return out + "    esac\n}\ncompdef _aorta aorta\n";
}

std::string fish() {
    std::string out;
    for (const Verb* verb : verbs()) {
        fmt::format_to(std::back_inserter(out),
                       "complete -c aorta -n __fish_use_subcommand -f -a {} -d {}\n",
                       verb->name,
                       in_quotes(verb->summary));
    }
    for (const Verb* verb : verbs()) {
        for (const Arguments::Described& option : options_of(*verb)) {
            fmt::format_to(std::back_inserter(out),
                           "complete -c aorta -n '__fish_seen_subcommand_from {}'",
                           verb->name);
            for (const std::string& name : names_of(option)) {
                out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            }
            if (!option.one_of.empty()) {
                out += " -x -a " + in_quotes(base::join(option.one_of, " "));
            } else if (!option.value.empty()) {
                out += " -r";
            }
            out += " -d " + in_quotes(option.summary) + "\n";
        }
    }
    return out;
}

class Completion final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("SHELL", shell_, "bash, zsh or fish", true);
    }

    int run(Shell& shell) override {
        if (shell_ != "bash" && shell_ != "zsh" && shell_ != "fish") {
            shell.console.complain("completion is made for bash, zsh and fish");
            return kUsage;
        }
        shell.console.out(shell_ == "bash" ? bash() : shell_ == "zsh" ? zsh() : fish());
        return kOk;
    }

private:
    std::string shell_;
};

}  // namespace

const Verb kCompletionVerb{"completion",
                           "bash|zsh|fish",
                           "Print a completion script for a shell",
                           kCompletionHelp,
                           make_command<Completion>};

}  // namespace aorta::app
