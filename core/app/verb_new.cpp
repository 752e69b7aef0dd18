// aorta new: something that runs, to begin with.
#include "app/command.hpp"
#include "app/new_pipeline.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

namespace aorta::app {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kHelp = R"(Examples:
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

/// Of the installation, or of the source tree that this build lies in.
std::optional<fs::path> find_template(const fs::path& executable) {
    const fs::path prefix = executable.parent_path().parent_path();
    for (const fs::path& folder : {prefix / AORTA_INSTALL_DATADIR / "aorta" / "template",
                                   prefix / ".." / ".." / "sdk" / "template"}) {
        std::error_code ignored;
        if (fs::is_regular_file(folder / "plugin.cpp", ignored)) {
            return folder;
        }
    }
    return std::nullopt;
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
        const auto from = find_template(shell.executable);
        if (!from) {
            shell.console.complain("the template of plugins is not installed beside this command");
            return kIo;
        }
        std::error_code error;
        for (fs::recursive_directory_iterator entry(*from, error), end; !error && entry != end;
             entry.increment(error)) {
            if (!entry->is_regular_file()) {
                continue;
            }
            std::ifstream file(entry->path(), std::ios::binary);
            std::string text{std::istreambuf_iterator<char>(file), {}};
            std::string path = entry->path().lexically_relative(*from).native();
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
            shell.console.complain(from->native() + ": " + error.message());
            return kIo;
        }
        const std::string at = folder.native();
        shell.console.out(
            fmt::format("{0}/plugin.cpp is there. Now:\n"
                        "  cmake -S {0} -B {0}/build -G Ninja && cmake --build {0}/build\n"
                        "  ctest --test-dir {0}/build\n"
                        "  aorta plugins check {0}/build/processor_{1}.so\n"
                        "  aorta pipe '{1}' --plugin-path {0}/build --format lines\n",
                        at,
                        name_));
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
                    kHelp,
                    make_command<New>};

}  // namespace aorta::app
