// aorta new: something that runs, to begin with.
#include "app/command.hpp"
#include "app/loading.hpp"
#include "app/new_pipeline.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

namespace aorta::app {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNewHelp = R"(Examples:
  aorta new pipeline hello      hello/pipeline.yaml with a sample and a test; it runs at once
  aorta new plugin my_filter    my_filter/: a processor in C++ with its tests, ready to build

Nothing that exists is overwritten.
)";

/// my_plugin → MyPlugin
std::string camel(std::string_view name) {
    std::string out;
    bool starts_word = true;
    for (const char c : name) {
        if (c == '_') {
            starts_word = true;
            continue;
        }
        out += starts_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        starts_word = false;
    }
    return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

struct Template {
    fs::path folder;
    fs::path prefix;            // of the installation, or the build folder
    bool is_installed = false;  // the SDK can be found under the prefix
};

/// Of the installation, or of the source tree that this build lies in.
std::optional<Template> find_template(const fs::path& executable) {
    const fs::path prefix = executable.parent_path().parent_path();
    const Template installed{prefix / AORTA_INSTALL_DATADIR / "aorta" / "template", prefix, true};
    const Template built{prefix / ".." / ".." / "sdk" / "template", prefix, false};
    for (const Template& each : {installed, built}) {
        std::error_code ignored;
        if (fs::is_regular_file(each.folder / "plugin.cpp", ignored)) {
            return each;
        }
    }
    return std::nullopt;
}

/// The shell commands that configure the plugin.
std::string configure_commands(const Template& from, const std::string& folder) {
    const std::string configure = fmt::format("  cmake -S {0} -B {0}/build -G Ninja", folder);
    const bool is_usual = from.prefix == "/usr" || from.prefix == "/usr/local";
    if (from.is_installed) {
        return is_usual ? configure
                        : fmt::format("{} -DCMAKE_PREFIX_PATH={}", configure, from.prefix.native());
    }
    return fmt::format(
        "  cmake --build {0} && cmake --install {0} --prefix $HOME/aorta    # once: the SDK\n"
        "{1} -DCMAKE_PREFIX_PATH=$HOME/aorta",
        from.prefix.native(),
        configure);
}

bool is_cpp_word(std::string_view name) {
    constexpr std::array<std::string_view, 94> kWords = {
        "alignas",    "alignof",      "and",           "and_eq",
        "aorta",      "asm",          "auto",          "bitand",
        "bitor",      "bool",         "break",         "case",
        "catch",      "char",         "char16_t",      "char32_t",
        "char8_t",    "class",        "co_await",      "co_return",
        "co_yield",   "compl",        "concept",       "const",
        "const_cast", "consteval",    "constexpr",     "constinit",
        "continue",   "decltype",     "default",       "delete",
        "do",         "double",       "dynamic_cast",  "else",
        "enum",       "explicit",     "export",        "extern",
        "false",      "float",        "for",           "friend",
        "goto",       "if",           "inline",        "int",
        "long",       "mutable",      "namespace",     "new",
        "noexcept",   "not",          "not_eq",        "nullptr",
        "operator",   "or",           "or_eq",         "private",
        "protected",  "public",       "register",      "reinterpret_cast",
        "requires",   "return",       "short",         "signed",
        "sizeof",     "static",       "static_assert", "static_cast",
        "std",        "struct",       "switch",        "template",
        "this",       "thread_local", "throw",         "true",
        "try",        "typedef",      "typeid",        "typename",
        "union",      "unsigned",     "using",         "virtual",
        "void",       "volatile",     "wchar_t",       "while",
        "xor",        "xor_eq"};
    return std::find(kWords.begin(), kWords.end(), name) != kWords.end();
}

bool write_file(const fs::path& path, std::string_view text) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text << std::flush;
    return file.good();
}

class New final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.positional("KIND", kind_, "pipeline or plugin", true);
        arguments.positional("NAME", name_, "Its name: a-z, 0-9 and _", true);
        arguments.option("--dir", "DIR", folder_, "Where to put it (default: a folder NAME here)");
    }

    int run(Shell& shell) override {
        if (kind_ != "pipeline" && kind_ != "plugin") {
            shell.console.complain("new makes a pipeline or a plugin");
            return kUsage;
        }
        if (!base::is_snake_case(name_)) {
            shell.console.complain(
                fmt::format("`{}` is no name: begin with a-z, go on with a-z, 0-9 and _", name_));
            return kUsage;
        }
        const fs::path folder = folder_.empty() ? fs::path(name_) : fs::path(folder_);
        std::error_code error;
        if (fs::exists(folder, error) && !fs::is_empty(folder, error)) {
            shell.console.complain(folder.native() + " exists and is not empty");
            return kIo;
        }
        return kind_ == "pipeline" ? new_pipeline(shell, folder) : new_plugin(shell, folder);
    }

private:
    int new_pipeline(Shell& shell, const fs::path& folder) const {
        for (const NewFile& file : pipeline_files(name_)) {
            if (!write_file(folder / file.path, file.text)) {
                shell.console.complain((folder / file.path).native() + " cannot be written");
                return kIo;
            }
        }
        const std::string at = folder.native();
        shell.console.out(
            fmt::format("{0}/pipeline.yaml is there. Now:\n"
                        "  aorta validate {0}/pipeline.yaml\n"
                        "  aorta test {0}/pipeline.yaml\n"
                        "  aorta graph {0}/pipeline.yaml\n"
                        "  aorta run {0}/pipeline.yaml < {0}/samples/admit.hl7\n",
                        at));
        return kOk;
    }

    int new_plugin(Shell& shell, const fs::path& folder) const {
        if (is_cpp_word(name_)) {
            shell.console.complain(fmt::format(
                "`{0}` is a word of C++ or of aorta: take another name, such as {0}_filter",
                name_));
            return kUsage;
        }
        const host::Found found = find_plugins(shell);
        if (found.catalog.find(config::Kind::Processor, name_) != nullptr) {
            shell.console.complain(fmt::format(
                "there is a processor `{0}` already: take another name, such as my_{0}", name_));
            return kUsage;
        }
        const auto from = find_template(shell.executable);
        if (!from) {
            shell.console.complain("the template of plugins is not installed beside this command");
            return kIo;
        }
        std::error_code error;
        for (fs::recursive_directory_iterator entry(from->folder, error), end;
             !error && entry != end;
             entry.increment(error)) {
            if (!entry->is_regular_file()) {
                continue;
            }
            std::ifstream file(entry->path(), std::ios::binary);
            std::string text{std::istreambuf_iterator<char>(file), {}};
            std::string path = entry->path().lexically_relative(from->folder).native();
            for (std::string* each : {&text, &path}) {
                replace_all(*each, "my_plugin", name_);
                replace_all(*each, "MyPlugin", camel(name_));
            }
            if (!file || !write_file(folder / path, text)) {
                shell.console.complain((folder / path).native() + " cannot be written");
                return kIo;
            }
        }
        if (error) {
            shell.console.complain(from->folder.native() + ": " + error.message());
            return kIo;
        }
        const std::string at = folder.native();
        shell.console.out(
            fmt::format("{0}/plugin.cpp is there. Now:\n"
                        "{2}\n"
                        "  cmake --build {0}/build\n"
                        "  ctest --test-dir {0}/build\n"
                        "  aorta plugins check {0}/build/processor_{1}.so\n"
                        "  aorta pipe '{1}' --plugin-path {0}/build --format lines\n",
                        at,
                        name_,
                        configure_commands(*from, at)));
        return kOk;
    }

    std::string kind_;
    std::string name_;
    std::string folder_;
};

}  // namespace

const Verb kNewVerb{"new",
                    "pipeline|plugin NAME [--dir DIR]",
                    "Begin a pipeline or a plugin",
                    kNewHelp,
                    make_command<New>};

}  // namespace aorta::app
