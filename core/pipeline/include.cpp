#include "pipeline/include.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "config/keys.hpp"
#include "config/options.hpp"
#include "pipeline/access.hpp"
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
constexpr std::size_t kMaxIncludedNodes = 2'000;
constexpr std::size_t kMaxFragment = 1U << 20U;

// Whether the tree says which nodes there are.
bool check_has_nodes(const Value& tree, config::Diagnostics& diagnostics) {
    const Value* nodes = tree.find("nodes");
    const Value* include = tree.find("include");
    if (nodes == nullptr && include == nullptr) {
        diagnostics.error(tree.at,
                          "`nodes` is missing",
                          "write nodes: { intake: { source: … }, … }, or include: [ … ]");
        return false;
    }
    const bool is_odd = (nodes != nullptr && !nodes->is(Type::Map) && !nodes->is(Type::Null)) ||
                        (include != nullptr && !include->is(Type::List));
    return !is_odd;  // reported where it is read
}

class Includer {
public:
    Includer(const std::filesystem::path& root,
             Unset unset,
             Inclusions& inclusions,
             config::Diagnostics& diagnostics)
        : root_(root), unset_(unset), inclusions_(inclusions), diagnostics_(diagnostics) {}

    // The nodes of a tree's includes, then its own.
    Value nodes_of(const Value& tree, const Environment& environment, int depth) {
        Value out = Value::of_map();
        out.at = tree.at;
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
            error(nodes->at,
                  fmt::format("`nodes` is a map, found {}", config::describe(nodes->type)),
                  "write `name: { source: … }`");
        }
        return out;
    }

private:
    void error(const config::Position& at, std::string message, std::string hint = {}) {
        config::Diagnostics found;
        found.error(at, std::move(message), std::move(hint));
        inclusions_.report(current_, found, diagnostics_);
    }

    void add_includes(Value& out,
                      const Value& includes,
                      const Environment& environment,
                      int depth) {
        if (!includes.is(Type::List)) {
            error(includes.at, "`include` is a list", "write - { file: …, as: … }");
            return;
        }
        for (const Value& entry : includes.items) {
            if (++count_ > kMaxIncludes || depth > kMaxDepth) {
                error(entry.at,
                      depth > kMaxDepth ? "fragments are included too deep" : "too many includes",
                      fmt::format("at most {} deep, {} in all", kMaxDepth, kMaxIncludes));
                inclusions_.leave_out(prefix_);
                return;
            }
            add_include(out, entry, environment, depth);
        }
    }

    void add_include(Value& out, const Value& given, const Environment& environment, int depth) {
        config::Diagnostics problems;
        const Value entry = config::apply_options(given, config::include_keys(), problems);
        inclusions_.report(current_, problems, diagnostics_);
        const Value* file = known(entry, "file");
        const Value* as = known(entry, "as");
        if (as == nullptr || !base::is_snake_case(as->text)) {
            if (as != nullptr) {
                error(as->at, "`as` is a name of a-z, 0-9 and _", "for example: lab_a");
            }
            inclusions_.leave_out(prefix_);  // all that is known of its nodes' names
            return;
        }
        const std::string outer = std::exchange(prefix_, prefix_ + as->text + "_");
        Value fragment = file == nullptr ? Value{} : read(*file);
        if (fragment.is(Type::Map)) {
            const Inclusion inclusion{path_of(*file).string(), prefix_, given.at};
            inclusions_.add(inclusion);
            const Inclusion* around = std::exchange(current_, &inclusion);
            add_fragment(out, fragment, entry, environment, depth);
            current_ = around;
        } else {
            inclusions_.leave_out(prefix_);
        }
        prefix_ = outer;
    }

    void add_fragment(Value& out,
                      Value& fragment,
                      const Value& entry,
                      const Environment& environment,
                      int depth) {
        config::Diagnostics found;
        const Environment scoped =
            with_parameters(fragment, entry, current_->at, environment, depth, found);
        for (const char* part : {"nodes", "include"}) {
            if (Value* value = fragment.find(part)) {
                interpolate(*value, scoped, unset_, found);
            }
        }
        inclusions_.report(current_, found, diagnostics_);
        Value nodes = nodes_of(fragment, scoped, depth + 1);
        prefix(nodes, known(entry, "as")->text + "_", depth + 1);
        for (std::size_t i = 0; i < nodes.items.size(); ++i) {
            add_node(out, nodes.keys[i], std::move(nodes.items[i]));
        }
    }

    std::filesystem::path path_of(const Value& file) const {
        return (root_ / file.text).lexically_normal();
    }

    // The fragment's tree; Null after a report.
    Value read(const Value& file) {
        const std::filesystem::path path = path_of(file);
        const auto refuse = [&](std::string message, std::string hint) {
            error(file.at, std::move(message), std::move(hint));
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
        const bool is_whole = !problems.has_errors();
        if (is_whole) {
            tree = config::apply_options(tree, config::fragment_keys(), problems);
            check_has_nodes(tree, problems);
        }
        // The same fragment is included many times; its own faults are reported once.
        if (reported_.insert(path.string()).second) {
            diagnostics_.append(problems);
        }
        return is_whole ? tree : Value{};
    }

    Environment with_parameters(const Value& fragment,
                                const Value& entry,
                                const config::Position& at,
                                const Environment& environment,
                                int depth,
                                config::Diagnostics& diagnostics) {
        Environment out = environment;
        static const Value none = Value::of_map();
        const Value* declared = fragment.find("parameters");
        const Value* given = entry.find("with");
        declared = declared == nullptr ? &none : declared;
        given = given == nullptr || given->is(Type::Null) ? &none : given;
        if (!given->is(Type::Map)) {
            diagnostics.error(given->at, "`with` is a map of parameters", {});
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
            if (const Value* standard = default_of(key, declared->items[i], diagnostics)) {
                value = *standard;
                value.origin.depth = depth + 1;
                interpolate(value, environment, unset_, diagnostics);
            } else {
                diagnostics.error(at,
                                  fmt::format("the parameter `{}` is missing", key.name),
                                  fmt::format("write with: {{ {}: … }}", key.name));
            }
            out.set(key.name, std::move(value), Origin::Kind::Parameter);
        }
        for (const Value::Key& key : given->keys) {
            if (declared->find(key.name) == nullptr) {
                diagnostics.error(key.at,
                                  fmt::format("the fragment has no parameter `{}`", key.name),
                                  base::suggestion_hint(key.name, names));
            }
        }
        return out;
    }

    // A parameter is declared as `name:` or `name: { default: …, text: … }`.
    static const Value* default_of(const Value::Key& key,
                                   const Value& declaration,
                                   config::Diagnostics& diagnostics) {
        if (declaration.is(Type::Null)) {
            return nullptr;
        }
        for (const Value::Key& each : declaration.keys) {
            if (each.name != "default" && each.name != "text") {
                diagnostics.error(each.at,
                                  fmt::format("unknown key `{}`", each.name),
                                  "known are: default, text");
            }
        }
        if (!declaration.is(Type::Map)) {
            diagnostics.error(
                key.at, "a parameter is declared by a map", "write { default: …, text: … }");
        }
        return declaration.find("default");
    }

    void add_node(Value& out, const Value::Key& key, Value node) {
        if (out.keys.size() == kMaxIncludedNodes) {
            error(key.at, fmt::format("more than {} nodes", kMaxIncludedNodes));
        }
        if (out.keys.size() >= kMaxIncludedNodes) {
            return;
        }
        if (out.find(key.name) != nullptr) {
            error(key.at,
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
    Inclusions& inclusions_;
    config::Diagnostics& diagnostics_;
    const Inclusion* current_ = nullptr;  // the fragment in work; null: the pipeline
    std::string prefix_;                  // of its nodes
    std::size_t count_ = 0;
    std::set<std::string> reported_;
};

}  // namespace

bool expand_includes(Value& pipeline,
                     const std::filesystem::path& root,
                     const Environment& environment,
                     Unset unset,
                     Inclusions& inclusions,
                     config::Diagnostics& diagnostics) {
    const bool has_nodes = check_has_nodes(pipeline, diagnostics);
    Value nodes = Includer(root, unset, inclusions, diagnostics).nodes_of(pipeline, environment, 1);
    if (Value* own = pipeline.find("nodes")) {
        *own = std::move(nodes);
    } else {
        pipeline.add("nodes", std::move(nodes));
    }
    for (std::size_t i = 0; i < pipeline.keys.size(); ++i) {
        if (pipeline.keys[i].name == "include") {
            pipeline.keys.erase(pipeline.keys.begin() + static_cast<std::ptrdiff_t>(i));
            pipeline.items.erase(pipeline.items.begin() + static_cast<std::ptrdiff_t>(i));
            break;
        }
    }
    return has_nodes;
}

}  // namespace aorta::pipeline
