#include "pipeline/include.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "config/keys.hpp"
#include "config/options.hpp"
#include "pipeline/files.hpp"
#include "pipeline/yaml.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aorta::pipeline {

namespace {

using config::Origin;
using config::Value;
using Type = Value::Type;

constexpr int kMaxDepth = 4;
constexpr std::size_t kMaxIncludes = 256;
constexpr std::size_t kMaxNodes = 2'000;
constexpr std::size_t kMaxFragment = 1U << 20U;

class Includer {
public:
    Includer(const std::filesystem::path& root, Unset unset, config::Diagnostics& diagnostics)
        : root_(root), unset_(unset), diagnostics_(diagnostics) {}

    // The nodes of a tree's includes, then its own.
    Value nodes_of(const Value& tree, const Environment& environment, int depth) {
        Value out = Value::of_map();
        if (const Value* includes = tree.find("include")) {
            add_includes(out, *includes, environment, depth);
        }
        const Value* nodes = tree.find("nodes");
        if (nodes != nullptr && nodes->is(Type::Map)) {
            out.at = nodes->at;
            for (std::size_t i = 0; i < nodes->items.size(); ++i) {
                add_node(out, nodes->keys[i], nodes->items[i]);
            }
        } else if (nodes != nullptr && !nodes->is(Type::Null)) {
            diagnostics_.error(
                nodes->at,
                fmt::format("`nodes` is a map, found {}", config::describe(nodes->type)),
                "write `name: { source: … }`");
        }
        return out;
    }

private:
    void add_includes(Value& out,
                      const Value& includes,
                      const Environment& environment,
                      int depth) {
        if (!includes.is(Type::List)) {
            diagnostics_.error(includes.at, "`include` is a list", "write - { file: …, as: … }");
            return;
        }
        for (const Value& entry : includes.items) {
            if (++count_ > kMaxIncludes || depth > kMaxDepth) {
                diagnostics_.error(
                    entry.at,
                    depth > kMaxDepth ? "fragments are included too deep" : "too many includes",
                    fmt::format("at most {} deep, {} in all", kMaxDepth, kMaxIncludes));
                return;
            }
            add_include(out, entry, environment, depth);
        }
    }

    void add_include(Value& out, const Value& given, const Environment& environment, int depth) {
        config::Diagnostics problems;
        const Value entry = config::apply_options(given, config::include_keys(), problems);
        diagnostics_.append(problems);
        const Value* file = entry.find("file");
        const Value* as = entry.find("as");
        if (problems.has_errors() || file == nullptr || as == nullptr || !is_known(*file) ||
            !is_known(*as)) {
            return;
        }
        if (!base::is_snake_case(as->text)) {
            diagnostics_.error(as->at, "`as` is a name of a-z, 0-9 and _", "for example: lab_a");
            return;
        }
        Value fragment = read(*file);
        if (!fragment.is(Type::Map)) {
            return;
        }
        const Environment scoped = with_parameters(fragment, entry, given.at, environment, depth);
        for (const char* part : {"nodes", "include"}) {
            if (Value* value = fragment.find(part)) {
                interpolate(*value, scoped, unset_, diagnostics_);
            }
        }
        Value nodes = nodes_of(fragment, scoped, depth + 1);
        prefix(nodes, as->text + "_", depth + 1);
        for (std::size_t i = 0; i < nodes.items.size(); ++i) {
            add_node(out, nodes.keys[i], std::move(nodes.items[i]));
        }
    }

    static bool is_known(const Value& value) { return value.origin.kind != Origin::Kind::Unset; }

    // The fragment's tree; Null after a report.
    Value read(const Value& file) {
        const std::filesystem::path path = (root_ / file.text).lexically_normal();
        const auto refuse = [&](std::string message, std::string hint) {
            diagnostics_.error(file.at, std::move(message), std::move(hint));
            return Value{};
        };
        if (std::filesystem::path(file.text).is_absolute() || !is_within(path, root_)) {
            return refuse("the fragment lies outside of the pipeline's folder",
                          "name it relative to that folder");
        }
        const auto text = read_small_file(path, kMaxFragment);
        if (!text) {
            return refuse("fragment: " + text.error().message, "");
        }
        config::Diagnostics problems;
        Value tree = parse_yaml(*text, path.string(), problems);
        if (!problems.has_errors()) {
            tree = config::apply_options(tree, config::fragment_keys(), problems);
        }
        // The same fragment is included many times; its own faults are reported once.
        if (reported_.insert(path.string()).second) {
            diagnostics_.append(problems);
        }
        return problems.has_errors() ? Value{} : tree;
    }

    Environment with_parameters(const Value& fragment,
                                const Value& entry,
                                const config::Position& at,
                                const Environment& environment,
                                int depth) {
        Environment out = environment;
        static const Value none = Value::of_map();
        const Value* declared = fragment.find("parameters");
        const Value* given = entry.find("with");
        declared = declared == nullptr ? &none : declared;
        given = given == nullptr || given->is(Type::Null) ? &none : given;
        if (!given->is(Type::Map)) {
            diagnostics_.error(given->at, "`with` is a map of parameters", {});
            return out;
        }
        std::vector<std::string> names;
        for (std::size_t i = 0; i < declared->items.size(); ++i) {
            const Value::Key& key = declared->keys[i];
            names.push_back(key.name);
            if (const Value* value = given->find(key.name)) {
                Value copy = *value;  // its variables are in place already
                if (copy.origin.kind != Origin::Kind::Parameter) {
                    copy.origin.depth = depth;
                }
                out.set(key.name, std::move(copy), Origin::Kind::Parameter);
                continue;
            }
            Value value{.origin = {.kind = Origin::Kind::Unset, .name = key.name}};
            if (const Value* standard = default_of(key, declared->items[i])) {
                value = *standard;
                value.origin.depth = depth + 1;
                interpolate(value, environment, unset_, diagnostics_);
            } else {
                diagnostics_.error(at,
                                   fmt::format("the parameter `{}` is missing", key.name),
                                   fmt::format("write with: {{ {}: … }}", key.name));
            }
            out.set(key.name, std::move(value), Origin::Kind::Parameter);
        }
        for (const Value::Key& key : given->keys) {
            if (declared->find(key.name) == nullptr) {
                diagnostics_.error(key.at,
                                   fmt::format("the fragment has no parameter `{}`", key.name),
                                   base::suggestion_hint(key.name, names));
            }
        }
        return out;
    }

    // A parameter is declared as `name:` or `name: { default: …, text: … }`.
    const Value* default_of(const Value::Key& key, const Value& declaration) {
        if (declaration.is(Type::Null)) {
            return nullptr;
        }
        for (const Value::Key& each : declaration.keys) {
            if (each.name != "default" && each.name != "text") {
                diagnostics_.error(each.at,
                                   fmt::format("unknown key `{}`", each.name),
                                   "known are: default, text");
            }
        }
        if (!declaration.is(Type::Map)) {
            diagnostics_.error(
                key.at, "a parameter is declared by a map", "write { default: …, text: … }");
        }
        return declaration.find("default");
    }

    void add_node(Value& out, const Value::Key& key, Value node) {
        if (out.keys.size() == kMaxNodes) {
            diagnostics_.error(key.at, fmt::format("more than {} nodes", kMaxNodes));
        }
        if (out.keys.size() >= kMaxNodes) {
            return;
        }
        if (out.find(key.name) != nullptr) {
            diagnostics_.error(key.at,
                               fmt::format("a node named `{}` exists already", key.name),
                               "rename it, or include the fragment under another `as`");
            return;
        }
        out.keys.push_back(key);
        out.items.push_back(std::move(node));
    }

    // Renames the nodes of a fragment and the references among them. A name that came in by a
    // parameter means a node of the file that it was written in.
    static void prefix(Value& nodes, const std::string& prefix, int depth) {
        std::set<std::string, std::less<>> own;
        for (Value::Key& key : nodes.keys) {
            own.insert(key.name);
            key.name = prefix + key.name;
        }
        const auto rename = [&](Value& reference) {
            const std::string_view name =
                std::string_view(reference.text).substr(0, reference.text.find('.'));
            const bool is_of_outside =
                reference.origin.kind == Origin::Kind::Parameter && reference.origin.depth < depth;
            if (reference.is(Type::String) && !is_of_outside && own.contains(name)) {
                reference.text = prefix + reference.text;
            }
        };
        for (Value& node : nodes.items) {
            if (Value* from = node.find("from")) {
                rename(*from);
                for (Value& each : from->items) {
                    rename(each);
                }
            }
            Value* ack = node.find("ack");
            for (const char* key : {"after", "reply"}) {
                if (Value* name = ack == nullptr ? nullptr : ack->find(key)) {
                    rename(*name);
                }
            }
        }
    }

    const std::filesystem::path& root_;
    Unset unset_;
    config::Diagnostics& diagnostics_;
    std::size_t count_ = 0;
    std::set<std::string> reported_;
};

}  // namespace

void expand_includes(Value& pipeline,
                     const std::filesystem::path& root,
                     const Environment& environment,
                     Unset unset,
                     config::Diagnostics& diagnostics) {
    Value nodes = Includer(root, unset, diagnostics).nodes_of(pipeline, environment, 1);
    if (Value* own = pipeline.find("nodes")) {
        *own = std::move(nodes);
    }
}

}  // namespace aorta::pipeline
