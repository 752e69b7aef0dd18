#include "pipeline/load.hpp"

#include "base/text.hpp"
#include "config/keys.hpp"
#include "config/options.hpp"
#include "pipeline/access.hpp"
#include "pipeline/files.hpp"
#include "pipeline/include.hpp"
#include "pipeline/nodes.hpp"
#include "pipeline/secrets.hpp"
#include "pipeline/storage.hpp"
#include "pipeline/tables.hpp"
#include "pipeline/workers.hpp"
#include "pipeline/yaml.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace aorta::pipeline {

namespace {

using config::Value;
using Type = Value::Type;

constexpr std::size_t kMaxFile = 4U << 20U;
constexpr std::size_t kMaxVariables = 1'000;

// Adds the file's own variables; each may use those before it.
void add_variables(Value& vars,
                   Environment& environment,
                   Unset unset,
                   config::Diagnostics& diagnostics) {
    if (!vars.is(Type::Map) || vars.keys.size() > kMaxVariables) {
        diagnostics.error(vars.at,
                          fmt::format("`vars` is a map of at most {} variables", kMaxVariables));
        return;
    }
    for (std::size_t i = 0; i < vars.items.size(); ++i) {
        Value& value = vars.items[i];
        if (!value.is_scalar()) {
            diagnostics.error(
                value.at,
                fmt::format(
                    "the variable `{}` is {}", vars.keys[i].name, config::describe(value.type)),
                "a variable is text, a number, true or false");
            continue;
        }
        interpolate(value, environment, unset, diagnostics);
        environment.set(vars.keys[i].name, value, config::Origin::Kind::Variable);
    }
}

// Variables into the tree, but for `vars`, which has them already.
void interpolate_all(Value& tree,
                     Environment& environment,
                     Unset unset,
                     config::Diagnostics& diagnostics) {
    if (Value* vars = tree.find("vars")) {
        add_variables(*vars, environment, unset, diagnostics);
    }
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
        if (tree.keys[i].name != "vars") {
            interpolate(tree.items[i], environment, unset, diagnostics);
        }
    }
}

bool is_pipeline_name(std::string_view name) {
    std::string folded(name);
    for (char& c : folded) {
        c = c == '-' ? '_' : c;
    }
    return base::is_snake_case(folded);
}

config::Secret secret_of(const Value& map, std::string_view key) {
    const Value* value = known(map, key);
    return value == nullptr ? config::Secret() : value->secret;
}

PipelineSpec read_pipeline(const Value& tree,
                           const std::filesystem::path& file,
                           config::Diagnostics& diagnostics) {
    PipelineSpec out;
    out.file = file;
    out.name = text_of(tree, "pipeline");
    if (const Value* name = known(tree, "pipeline");
        name != nullptr && !is_pipeline_name(out.name)) {
        diagnostics.error(name->at,
                          fmt::format("`{}` is no name for a pipeline", out.name),
                          "begin with a-z, go on with a-z, 0-9, - and _, at most 64 characters");
    }
    out.lanes = static_cast<int>(int_of(tree, "lanes", out.lanes));
    out.budget_bytes = int_of(tree, "budget", out.budget_bytes);
    out.start_deadline = duration_of(tree, "start_deadline", out.start_deadline);
    out.shutdown_grace = duration_of(tree, "shutdown_grace", out.shutdown_grace);
    out.key = secret_of(tree, "key");
    out.storage = read_storage(tree, diagnostics);
    return out;
}

void leave_out_keys(Value& tree) {
    Value* storage = tree.find("storage");
    for (const char* name : {"key", "former_keys"}) {
        if (Value* key = storage == nullptr ? nullptr : storage->find(name)) {
            *key = Value{};
        }
    }
}

}  // namespace

Loaded load(const std::filesystem::path& file,
            const config::Catalog& catalog,
            const LoadOptions& options) {
    const auto text = read_small_file(file, kMaxFile);
    if (!text) {
        Loaded out;
        out.diagnostics.error({.file = file.string()}, text.error().message);
        return out;
    }
    return load_text(*text, file, catalog, options);
}

Loaded load_text(std::string_view text,
                 const std::filesystem::path& file,
                 const config::Catalog& catalog,
                 const LoadOptions& options) {
    Loaded out;
    config::Diagnostics& diagnostics = out.diagnostics;
    Value tree = parse_yaml(text, file.string(), diagnostics);
    if (!tree.is(Type::Map)) {
        if (!diagnostics.has_errors()) {
            diagnostics.error(
                {file.string(), 1, 1}, "a pipeline is a map", "write pipeline: NAME and nodes: …");
        }
        return out;
    }
    const std::filesystem::path root = file.parent_path();
    Environment environment = options.environment;
    interpolate_all(tree, environment, options.unset, diagnostics);
    tree = config::apply_options(tree, config::pipeline_keys(), diagnostics);
    expand_includes(tree, root, environment, options.unset, diagnostics);
    if (!options.opens_storage) {
        leave_out_keys(tree);
    }
    resolve_secrets(tree, root, environment, options.unset, diagnostics);

    PipelineSpec spec = read_pipeline(tree, file, diagnostics);
    if (Value* of_tables = tree.find("tables"); of_tables != nullptr && known(tree, "tables")) {
        spec.tables = read_tables(*of_tables, root, diagnostics);
    }
    if (Value* nodes = tree.find("nodes")) {
        std::vector<NodeDraft> drafts = read_nodes(*nodes, catalog, spec.lanes, diagnostics);
        check_graph(drafts, nodes->at, diagnostics);
        if (const Value* tests = known(tree, "tests")) {
            spec.tests = read_tests(*tests, drafts, diagnostics);
        }
        for (NodeDraft& draft : drafts) {
            spec.nodes.push_back(std::move(draft.spec));
        }
        read_workers(tree, spec, diagnostics);
        if (options.opens_storage) {
            check_storage(spec, diagnostics);
        }
    }
    if (!diagnostics.has_errors()) {
        out.spec = std::move(spec);
    }
    out.resolved = std::move(tree);
    return out;
}

}  // namespace aorta::pipeline
