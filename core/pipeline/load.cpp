#include "pipeline/load.hpp"

#include "base/suggest.hpp"
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

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace aorta::pipeline {

namespace {

using config::Value;
using Type = Value::Type;

constexpr std::size_t kMaxFile = 4U << 20U;
constexpr std::size_t kMaxVariables = 1'000;

// A name that some environment has by chance: that of a shell's, or one in small letters.
bool is_everyday_name(std::string_view name) {
    constexpr std::array<std::string_view, 12> kOfShells = {"HOME",
                                                            "HOSTNAME",
                                                            "LANG",
                                                            "LOGNAME",
                                                            "MAIL",
                                                            "PATH",
                                                            "PWD",
                                                            "SHELL",
                                                            "TERM",
                                                            "TMPDIR",
                                                            "TZ",
                                                            "USER"};
    return std::ranges::find(kOfShells, name) != kOfShells.end() ||
           std::ranges::any_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
}

void warn_of_chance(const Value::Key& key, config::Diagnostics& diagnostics) {
    if (is_everyday_name(key.name)) {
        diagnostics.warning(
            key.at,
            fmt::format("the environment has a variable `{}`, too, which is taken", key.name),
            fmt::format("rename it, or unset it there, if that is by chance; --set {}=… beats both",
                        key.name));
    }
}

// Adds the file's own variables; each may use those before it. What stands in the environment is
// taken in its place.
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
        const Value::Key& key = vars.keys[i];
        environment.asked().declared.insert(key.name);
        if (!value.is_scalar()) {
            diagnostics.error(
                value.at,
                fmt::format("the variable `{}` is {}", key.name, config::describe(value.type)),
                "a variable is text, a number, true or false");
            continue;
        }
        if (const Value* other = environment.peek(key.name)) {
            if (other->origin.kind == config::Origin::Kind::Environment) {
                warn_of_chance(key, diagnostics);
            }
            const config::Position at = value.at;
            value = *other;
            value.at = at;
            continue;
        }
        interpolate(value, environment, unset, diagnostics);
        environment.set(key.name, value, config::Origin::Kind::Variable);
    }
}

void warn_of_unused_vars(const Value& vars, const Asked& asked, config::Diagnostics& diagnostics) {
    const std::vector<std::string> missing(asked.missing.begin(), asked.missing.end());
    for (const Value::Key& key : vars.keys) {
        if (asked.found.contains(key.name)) {
            continue;
        }
        const auto near = base::suggest(key.name, missing);
        diagnostics.warning(key.at,
                            fmt::format("nothing uses the variable `{}`", key.name),
                            near ? fmt::format("did you mean `{}`?", *near)
                                 : fmt::format("remove it, or use it: ${{{}}}", key.name));
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

bool has_text(const Value& value, std::string_view text) {
    return value.text.find(text) != std::string::npos ||
           std::ranges::any_of(value.items,
                               [&](const Value& item) { return has_text(item, text); });
}

// Neither variables nor secrets are missing in it.
bool is_known(const Value& value) {
    const bool is_missing = value.origin.kind == config::Origin::Kind::Unset ||
                            (value.is(Type::Secret) && value.secret.empty());
    return !is_missing && std::ranges::all_of(value.items, is_known);
}

// What plugins can look at: their options are whole, and so are the tables that they may name.
PipelineSpec sound_part(const std::vector<NodeDraft>& drafts,
                        const PipelineSpec& spec,
                        const Value* given_tables) {
    PipelineSpec out{.name = spec.name, .file = spec.file};
    out.tables = spec.tables;
    out.tests = spec.tests;
    std::vector<std::string> bad_tables;
    for (const Value::Key& key :
         given_tables == nullptr ? std::vector<Value::Key>{} : given_tables->keys) {
        if (std::ranges::find(spec.tables, key.name, &tables::TableSpec::name) ==
            spec.tables.end()) {
            bad_tables.push_back(key.name);
        }
    }
    for (const NodeDraft& draft : drafts) {
        const Value& with = draft.spec.with;
        const bool needs_bad_table = std::ranges::any_of(
            bad_tables, [&](const std::string& name) { return has_text(with, name); });
        if (draft.is_sound && is_known(with) && !needs_bad_table) {
            out.nodes.push_back(draft.spec);
        }
    }
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
        out.asked.is_whole = false;
        const std::string name = file.string() + ": ";  // stands before the finding already
        const std::string& message = text.error().message;
        out.diagnostics.error({.file = file.string()},
                              message.starts_with(name) ? message.substr(name.size()) : message);
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
        out.asked.is_whole = false;
        return out;
    }
    const std::filesystem::path root = file.parent_path();
    Environment environment = options.environment;
    environment.forget_asked();
    interpolate_all(tree, environment, options.unset, diagnostics);
    tree = config::apply_options(tree, config::pipeline_keys(), diagnostics);
    const bool has_nodes =
        expand_includes(tree, root, environment, options.unset, out.inclusions, diagnostics);
    if (!options.opens_storage) {
        leave_out_keys(tree);
    }
    resolve_secrets(tree, root, environment, options.unset, diagnostics);
    const bool has_all_nodes = has_nodes && !out.inclusions.has_left_out();
    out.asked = environment.asked();
    out.asked.is_whole = has_all_nodes;
    if (const Value* vars = tree.find("vars"); vars != nullptr && has_all_nodes) {
        warn_of_unused_vars(*vars, out.asked, diagnostics);
    }

    PipelineSpec spec = read_pipeline(tree, file, diagnostics);
    Value* of_tables = known(tree, "tables") == nullptr ? nullptr : tree.find("tables");
    if (of_tables != nullptr) {
        spec.tables = read_tables(*of_tables, root, diagnostics);
    }
    Value& nodes = *tree.find("nodes");
    std::vector<NodeDraft> drafts =
        read_nodes(nodes, catalog, spec.lanes, out.inclusions, diagnostics);
    if (has_nodes) {
        check_graph(drafts, nodes.at, out.inclusions, diagnostics);
    }
    out.inclusions.tell(diagnostics);
    if (const Value* tests = known(tree, "tests")) {
        spec.tests = read_tests(*tests, drafts, has_all_nodes, diagnostics);
    }
    out.sound = sound_part(drafts, spec, of_tables);
    for (NodeDraft& draft : drafts) {
        spec.nodes.push_back(std::move(draft.spec));
    }
    if (has_all_nodes) {
        read_workers(tree, spec, diagnostics);
    }
    const Value* storage = tree.find("storage");
    if (options.opens_storage && (storage == nullptr || known(tree, "storage") != nullptr)) {
        check_storage(spec, diagnostics);
    }
    if (!diagnostics.has_errors()) {
        out.spec = std::move(spec);
    }
    out.resolved = std::move(tree);
    return out;
}

}  // namespace aorta::pipeline
