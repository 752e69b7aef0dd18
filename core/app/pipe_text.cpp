#include "app/pipe_text.hpp"

#include "base/text.hpp"
#include "config/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <vector>

namespace aorta::app {
namespace {

using config::Kind;

struct Stage {
    std::string plugin;
    std::string options;  // "{…}" or empty
    std::string port;
    Kind kind = Kind::Processor;
    bool ends_with_reader = false;  // a standard output that is closed does not come back
};

Error refused(std::size_t stage, std::string_view why) {
    return {ErrorCode::InvalidConfig, fmt::format("stage {}: {}", stage + 1, why)};
}

/// Where the quotes, brackets and braces that open at `begin` are closed again; npos if never.
class Nesting {
public:
    /// True when the character stands outside of everything.
    bool is_outside(char c) {
        if (quote_ != 0) {
            if (c == '\\' && quote_ == '"' && !is_escaped_) {
                is_escaped_ = true;
                return false;
            }
            if (c == quote_ && !is_escaped_) {
                quote_ = 0;
            }
            is_escaped_ = false;
            return false;
        }
        if (c == '"' || c == '\'') {
            quote_ = c;
        } else if (c == '{' || c == '[' || c == '(') {
            ++depth_;
        } else if (c == '}' || c == ']' || c == ')') {
            --depth_;
        }
        return depth_ == 0 && quote_ == 0;
    }

    bool is_closed() const { return depth_ == 0 && quote_ == 0; }

private:
    char quote_ = 0;
    bool is_escaped_ = false;
    int depth_ = 0;
};

std::vector<std::string_view> split_stages(std::string_view expression) {
    std::vector<std::string_view> stages;
    Nesting nesting;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < expression.size(); ++i) {
        if (nesting.is_outside(expression[i]) && expression[i] == '|') {
            stages.push_back(base::trim(expression.substr(begin, i - begin)));
            begin = i + 1;
        }
    }
    stages.push_back(base::trim(expression.substr(begin)));
    return stages;
}

std::string_view take_name(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    });
    const std::string_view name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(name.size());
    return name;
}

/// `plugin`, `plugin{…}`, `plugin{…}.port`
Result<Stage> parse_stage(std::string_view text, std::size_t number) {
    Stage stage;
    stage.plugin = take_name(text);
    if (stage.plugin.empty()) {
        return refused(number, "a plugin's name is missing");
    }
    text = base::trim(text);
    if (text.starts_with('{')) {
        Nesting nesting;
        std::size_t end = 0;
        while (end < text.size() && !nesting.is_outside(text[end])) {
            ++end;
        }
        if (end == text.size()) {
            return refused(number, "a bracket or a quote is not closed");
        }
        stage.options = text.substr(0, end + 1);
        text = base::trim(text.substr(end + 1));
    }
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        stage.port = take_name(text);
    }
    if (!text.empty()) {
        return refused(number,
                       fmt::format("`{}` is not understood; write plugin{{option: value}}.port "
                                   "and ` | ` between stages",
                                   text));
    }
    return stage;
}

/// The first stage may be a source, the last a sink; where two kinds share a name, what fits the
/// place. Unknown ones stay processors, so that the loader suggests.
void find_kinds(std::vector<Stage>& stages, const config::Catalog& catalog) {
    for (std::size_t i = 0; i < stages.size(); ++i) {
        if (catalog.find(Kind::Processor, stages[i].plugin) != nullptr) {
            continue;
        }
        if (i == 0 && catalog.find(Kind::Source, stages[i].plugin) != nullptr) {
            stages[i].kind = Kind::Source;
        } else if (i + 1 == stages.size() &&
                   catalog.find(Kind::Sink, stages[i].plugin) != nullptr) {
            stages[i].kind = Kind::Sink;
        }
    }
}

std::string_view key_of(Kind kind) {
    return kind == Kind::Source ? "source" : kind == Kind::Sink ? "sink" : "process";
}

Stage input(const PipeSettings& settings) {
    if (settings.files.empty()) {
        return {"stdin", fmt::format("{{ format: {} }}", settings.format), {}, Kind::Source};
    }
    std::vector<config::Value> files;
    for (const std::string& file : settings.files) {
        files.push_back(config::Value::of_text(file));
    }
    const config::Value path = config::Value::of_list(std::move(files));
    return {"file",
            fmt::format("{{ path: {}, format: {} }}", config::to_json(path), settings.format),
            {},
            Kind::Source};
}

}  // namespace

Result<PipeText> pipe_text(std::string_view expression,
                           const config::Catalog& catalog,
                           const PipeSettings& settings) {
    std::vector<Stage> stages;
    if (!base::trim(expression).empty()) {
        const std::vector<std::string_view> texts = split_stages(expression);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            auto stage = parse_stage(texts[i], i);
            if (!stage.ok()) {
                return stage.error();
            }
            stages.push_back(std::move(*stage));
        }
    }
    find_kinds(stages, catalog);
    PipeText out;
    out.reads_input = stages.empty() || stages.front().kind != Kind::Source;
    if (out.reads_input) {
        stages.insert(stages.begin(), input(settings));
    }
    if (stages.back().kind != Kind::Sink) {
        stages.push_back(
            {"stdout", settings.for_terminal ? "{ line_ends: lf }" : "", {}, Kind::Sink, true});
    }
    out.yaml = "aorta: 1\npipeline: pipe\nnodes:\n";
    std::map<std::string, int> used;
    std::string from;
    for (const Stage& stage : stages) {
        const int count = ++used[stage.plugin];
        const std::string name =
            count == 1 ? stage.plugin : fmt::format("{}_{}", stage.plugin, count);
        fmt::format_to(std::back_inserter(out.yaml),
                       "  {}: {{ {}: {}",
                       name,
                       key_of(stage.kind),
                       stage.plugin);
        if (!from.empty()) {
            out.yaml += ", from: " + from;
        }
        if (stage.ends_with_reader) {
            out.yaml += ", on_error: stop";
        }
        if (!stage.options.empty()) {
            out.yaml += ", with: " + stage.options;
        }
        out.yaml += " }\n";
        from = stage.port.empty() ? name : name + "." + stage.port;
    }
    return out;
}

}  // namespace aorta::app
