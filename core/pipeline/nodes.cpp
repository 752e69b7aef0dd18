#include "pipeline/nodes.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "config/keys.hpp"
#include "config/options.hpp"
#include "pipeline/access.hpp"
#include "pipeline/retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace aorta::pipeline {

namespace {

using config::Kind;
using config::Value;
using Type = Value::Type;

constexpr std::array kKinds = {Kind::Source, Kind::Processor, Kind::Sink};
constexpr std::size_t kMaxPorts = 256;

// Reads one node.
class NodeReader {
public:
    NodeReader(const Value::Key& key,
               Value& node,
               const config::Catalog& catalog,
               int pipeline_lanes,
               config::Diagnostics& diagnostics)
        : key_(key),
          node_(node),
          catalog_(catalog),
          pipeline_lanes_(pipeline_lanes),
          diagnostics_(diagnostics) {}

    NodeDraft read() {
        draft_.spec.name = key_.name;
        draft_.spec.at = key_.at;
        if (!base::is_snake_case(key_.name)) {
            diagnostics_.error(key_.at,
                               fmt::format("`{}` is no name for a node", key_.name),
                               "begin with a-z, go on with a-z, 0-9 and _, at most 64 characters");
        } else if (key_.name == "dead_letters") {
            diagnostics_.error(
                key_.at, "`dead_letters` names the dead letters in tests", "choose another name");
        }
        const std::optional<Kind> kind = read_kind();
        if (!kind) {
            draft_.has_kind = false;
            write_out_short_forms();
            read_from();  // what it listens to is listened to
            return std::move(draft_);
        }
        draft_.spec.kind = *kind;
        const Value plugin = take_plugin();
        refuse_foreign_keys();
        write_out_short_forms();
        const bool has_ack = node_.find("ack") != nullptr;
        const bool has_retry = node_.find("retry") != nullptr;
        const bool has_isolation = node_.find("isolation") != nullptr;
        node_ = config::apply_options(node_, config::node_keys(*kind), diagnostics_);
        if (!has_ack) {
            take_out("ack");  // made of the defaults of its keys: nobody has asked for one
        }
        if (!has_retry) {
            take_out("retry");
        }
        if (!has_isolation) {
            take_out("isolation");
        }
        find_plugin(plugin);
        read_from();
        read_keys();
        put_first(std::string(config::plugin_key(*kind)), plugin);
        return std::move(draft_);
    }

private:
    std::optional<Kind> read_kind() {
        if (!node_.is(Type::Map) || node_.items.empty()) {
            const bool is_empty = node_.is(Type::Null) || node_.is(Type::Map);
            diagnostics_.error(key_.at,
                               is_empty ? fmt::format("the node `{}` is empty", key_.name)
                                        : fmt::format("the node `{}` must be a map, and is {}",
                                                      key_.name,
                                                      describe(node_.type)),
                               "for example: { source: file, with: { … } }");
            return std::nullopt;
        }
        std::optional<Kind> found;
        for (const Kind kind : kKinds) {
            const Value* plugin = node_.find(config::plugin_key(kind));
            if (plugin != nullptr && found) {
                diagnostics_.error(plugin->at,
                                   fmt::format("the node `{}` names two plugins", key_.name),
                                   "make two nodes of it");
                return std::nullopt;
            }
            if (plugin != nullptr) {
                found = kind;
            }
        }
        if (!found) {
            found = mend_plugin_key();
        }
        if (!found) {
            diagnostics_.error(key_.at,
                               fmt::format("the node `{}` names no plugin", key_.name),
                               "write source: …, process: … or sink: …");
        }
        return found;
    }

    // `proces: …` is reported, and read as what it was meant to be.
    std::optional<Kind> mend_plugin_key() {
        std::vector<std::string> names;
        for (const Kind kind : kKinds) {
            names.emplace_back(config::plugin_key(kind));
        }
        for (Value::Key& key : node_.keys) {
            const bool is_key = std::any_of(
                kKinds.begin(), kKinds.end(), [&](Kind kind) { return has_key(kind, key.name); });
            const auto near = is_key ? std::nullopt : base::suggest(key.name, names);
            if (!near) {
                continue;
            }
            diagnostics_.error(key.at,
                               fmt::format("unknown key `{}`", key.name),
                               base::suggestion_hint(key.name, names));
            key.name = *near;
            return *std::find_if(kKinds.begin(), kKinds.end(), [&](Kind kind) {
                return config::plugin_key(kind) == *near;
            });
        }
        return std::nullopt;
    }

    // Takes the key that names the plugin out of the node.
    Value take_plugin() {
        const std::string_view name = config::plugin_key(draft_.spec.kind);
        const auto at = std::find_if(node_.keys.begin(),
                                     node_.keys.end(),
                                     [&](const Value::Key& key) { return key.name == name; });
        return remove(static_cast<std::size_t>(at - node_.keys.begin()));
    }

    Value remove(std::size_t index) {
        Value out = std::move(node_.items[index]);
        const auto offset = static_cast<std::ptrdiff_t>(index);
        node_.items.erase(node_.items.begin() + offset);
        node_.keys.erase(node_.keys.begin() + offset);
        return out;
    }

    void put_first(std::string name, Value value) {
        node_.keys.insert(node_.keys.begin(), {.name = std::move(name), .at = value.at});
        node_.items.insert(node_.items.begin(), std::move(value));
    }

    static bool has_key(Kind kind, std::string_view name) {
        const std::vector<config::Option> keys = config::node_keys(kind);
        return std::any_of(
            keys.begin(), keys.end(), [&](const config::Option& key) { return key.name == name; });
    }

    // `from` on a source is no slip of the hand, so it gets a better answer than "unknown key".
    void refuse_foreign_keys() {
        for (std::size_t i = node_.keys.size(); i-- > 0;) {
            const std::string& name = node_.keys[i].name;
            const bool is_elsewhere = std::any_of(
                kKinds.begin(), kKinds.end(), [&](Kind kind) { return has_key(kind, name); });
            if (is_elsewhere && !has_key(draft_.spec.kind, name)) {
                diagnostics_.error(
                    node_.keys[i].at,
                    fmt::format("a {} has no `{}`", to_string(draft_.spec.kind), name));
                remove(i);
            }
        }
    }

    // from: a  →  from: [a];   ack: received  →  ack: { level: received }, and so isolation
    void write_out_short_forms() {
        if (Value* from = node_.find("from");
            from != nullptr && from->is_scalar() && !from->is(Type::Null)) {
            Value list = Value::of_list({*from});
            list.at = from->at;
            *from = std::move(list);
        }
        for (const auto& [key, meant] : {std::pair{"ack", "level"}, {"isolation", "mode"}}) {
            if (Value* given = node_.find(key); given != nullptr && given->is(Type::String)) {
                Value map = Value::of_map();
                map.at = given->at;
                map.add(meant, *given);
                *given = std::move(map);
            }
        }
    }

    void find_plugin(const Value& plugin) {
        const Kind kind = draft_.spec.kind;
        if (plugin.origin.kind == config::Origin::Kind::Unset) {
            return;
        }
        const config::Catalog::Entry* entry = catalog_.find(kind, plugin.text);
        if (!plugin.is(Type::String) || entry == nullptr) {
            diagnostics_.error(
                plugin.at,
                fmt::format("there is no {} plugin `{}`", to_string(kind), plugin.text),
                catalog_.hint(kind, plugin.text));
            return;
        }
        draft_.is_known = true;
        draft_.spec.descriptor = entry->descriptor;
        draft_.spec.plugin_path = entry->path;
        Value* with = node_.find("with");
        if (with == nullptr) {
            with = &node_.add("with", {.at = key_.at});
        }
        const std::size_t errors = diagnostics_.error_count();
        *with = config::apply_options(*with, entry->descriptor.options, diagnostics_);
        draft_.spec.with = *with;
        draft_.is_sound = diagnostics_.error_count() == errors;
        if (entry->descriptor.options.empty()) {
            take_out("with");
        }
        read_ports();
    }

    void take_out(std::string_view name) {
        for (std::size_t i = 0; i < node_.keys.size(); ++i) {
            if (node_.keys[i].name == name) {
                remove(i);
                return;
            }
        }
    }

    void read_ports() {
        NodeSpec& spec = draft_.spec;
        std::set<std::string> names = {std::string(kRejectedPort)};
        for (const config::OutputPort& port : spec.descriptor.outputs) {
            spec.ports.push_back({port.name});
            names.insert(port.name);
        }
        const Value* cases = spec.descriptor.ports_from.empty()
                                 ? nullptr
                                 : spec.with.find(spec.descriptor.ports_from);
        if (cases == nullptr) {
            return;
        }
        draft_.has_open_ports = cases->origin.kind == config::Origin::Kind::Unset;
        for (const Value::Key& key : cases->keys) {
            if (!base::is_snake_case(key.name) || !names.insert(key.name).second) {
                diagnostics_.error(key.at,
                                   fmt::format("`{}` cannot name a port of this node", key.name),
                                   fmt::format("take a new name of a-z, 0-9 and _; taken are: {}",
                                               fmt::join(names, ", ")));
                continue;
            }
            spec.ports.push_back({key.name});
        }
        if (spec.ports.size() > kMaxPorts) {
            diagnostics_.error(cases->at, fmt::format("more than {} ports", kMaxPorts));
            spec.ports.resize(kMaxPorts);
        }
    }

    void read_from() {
        const Value* from = known(node_, "from");
        if (from == nullptr || !from->is(Type::List)) {
            draft_.has_open_from = !draft_.has_kind || draft_.spec.kind != Kind::Source;
            return;
        }
        if (from->items.empty()) {
            diagnostics_.error(from->at, "`from` names no node", "for example: from: decode");
        }
        for (const Value& each : from->items) {
            if (each.origin.kind == config::Origin::Kind::Unset) {
                draft_.has_open_from = true;
                continue;
            }
            const std::size_t dot = each.text.find('.');
            Edge edge{.node = each.text.substr(0, dot),
                      .port = dot == std::string::npos ? "out" : each.text.substr(dot + 1),
                      .at = each.at};
            const auto is_same = [&](const Edge& other) {
                return other.node == edge.node && other.port == edge.port;
            };
            std::vector<Edge>& edges = draft_.spec.from;
            if (std::any_of(edges.begin(), edges.end(), is_same)) {
                diagnostics_.error(each.at, fmt::format("`{}` stands twice in `from`", each.text));
                continue;
            }
            edges.push_back(std::move(edge));
        }
    }

    void read_keys() {
        NodeSpec& spec = draft_.spec;
        if (spec.kind == Kind::Source) {
            read_ack();
            return;
        }
        const std::string action = text_of(node_, "on_error");
        for (const OnError each : {OnError::DeadLetter,
                                   OnError::Drop,
                                   OnError::Stop,
                                   OnError::Retry,
                                   OnError::HoldKey}) {
            if (action == to_string(each)) {
                spec.on_error = each;
            }
        }
        if (const Value* required = known(node_, "required")) {
            spec.required = required->integer != 0;
        }
        spec.has_outbox = text_of(node_, "buffer") == "disk";
        if (const Value* buffer = node_.find("buffer")) {
            draft_.buffer_at = buffer->at;
        }
        if (const Value* retry = known(node_, "retry")) {
            spec.retry = read_retry(*retry, diagnostics_);
        }
        if (spec.kind == Kind::Sink) {
            warn_of_two_policies(node_, spec, diagnostics_);
        }
        read_isolation();
        read_lanes();
    }

    void read_isolation() {
        const Value* given = known(node_, "isolation");
        if (given == nullptr || text_of(*given, "mode") != "process") {
            return;
        }
        const IsolationSpec standard;
        draft_.spec.isolation = {
            .memory_bytes = int_of(*given, "memory", standard.memory_bytes),
            .deadline = duration_of(*given, "deadline", standard.deadline),
            .attempts = static_cast<std::uint32_t>(int_of(*given, "attempts", standard.attempts)),
            .at = given->at};
    }

    void read_lanes() {
        NodeSpec& spec = draft_.spec;
        const Value* own = known(node_, "lanes");
        const int inherited = spec.kind == Kind::Processor ? pipeline_lanes_ : 1;
        spec.lanes = own == nullptr ? inherited : static_cast<int>(own->integer);
        const bool is_serial =
            draft_.is_known && spec.descriptor.concurrency == config::Concurrency::Serial;
        if (spec.lanes > 1 && is_serial) {
            diagnostics_.error(own == nullptr ? key_.at : own->at,
                               fmt::format("the plugin `{}` is serial: it cannot run in {} lanes",
                                           spec.descriptor.id,
                                           spec.lanes),
                               "write lanes: 1 for this node");
        }
    }

    void read_ack() {
        const config::Descriptor& descriptor = draft_.spec.descriptor;
        const Value* ack = known(node_, "ack");
        if (ack == nullptr) {
            if (descriptor.network && node_.find("ack") == nullptr) {
                draft_.spec.ack.level = AckLevel::Durable;
            }
            return;
        }
        AckSpec& out = draft_.spec.ack;
        out.reply = text_of(*ack, "reply");
        if (const Value* reply = ack->find("reply")) {
            draft_.reply_at = reply->at;
            check_reply_level(*ack);
        } else if (ack->find("level") == nullptr) {
            diagnostics_.error(ack->at,
                               "`ack` does not say what the sender is promised",
                               "write level: durable (it is in the journal), delivered (all "
                               "required sinks have it), received "
                               "(it is in memory) or none");
        }
        const std::string level = text_of(*ack, "level");
        for (const AckLevel each :
             {AckLevel::None, AckLevel::Received, AckLevel::Durable, AckLevel::Delivered}) {
            out.level = level == to_string(each) ? each : out.level;
        }
        out.after = text_of(*ack, "after");
        if (const Value* after = ack->find("after")) {
            draft_.after_at = after->at;
        }
        const std::string on_invalid = text_of(*ack, "on_invalid");
        out.on_invalid = on_invalid == "AR"   ? OnInvalid::Refuse
                         : on_invalid == "AA" ? OnInvalid::Accept
                                              : OnInvalid::Error;
        out.timeout = duration_of(*ack, "timeout", out.timeout);
    }

    // A peer has answered once it has the record, and not before.
    void check_reply_level(const Value& ack) {
        draft_.spec.ack.level = AckLevel::Delivered;
        const Value* level = known(ack, "level");
        if (level != nullptr && level->text != to_string(AckLevel::Delivered)) {
            diagnostics_.error(level->at,
                               "`reply` goes with the level delivered",
                               "leave `level` out, or write delivered");
        }
    }

    const Value::Key& key_;
    Value& node_;
    const config::Catalog& catalog_;
    int pipeline_lanes_;
    config::Diagnostics& diagnostics_;
    NodeDraft draft_;
};

}  // namespace

std::vector<NodeDraft> read_nodes(Value& nodes,
                                  const config::Catalog& catalog,
                                  int pipeline_lanes,
                                  Inclusions& inclusions,
                                  config::Diagnostics& diagnostics) {
    std::vector<NodeDraft> out;
    for (std::size_t i = 0; i < nodes.items.size(); ++i) {
        const Value::Key& key = nodes.keys[i];
        config::Diagnostics found;
        out.push_back(NodeReader(key, nodes.items[i], catalog, pipeline_lanes, found).read());
        inclusions.report(inclusions.of(key.name, key.at), found, diagnostics);
    }
    return out;
}

}  // namespace aorta::pipeline
