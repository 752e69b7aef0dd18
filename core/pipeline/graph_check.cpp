#include "base/suggest.hpp"
#include "base/text.hpp"
#include "pipeline/nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aorta::pipeline {

namespace {

using config::Kind;

using Types = std::vector<std::string>;  // sorted, each once

bool has(const Types& types, std::string_view type) {
    return std::find(types.begin(), types.end(), type) != types.end();
}

void add_all(Types& types, const Types& others) {
    types.insert(types.end(), others.begin(), others.end());
    std::sort(types.begin(), types.end());
    types.erase(std::unique(types.begin(), types.end()), types.end());
}

class GraphCheck {
public:
    GraphCheck(std::vector<NodeDraft>& nodes,
               Inclusions& inclusions,
               config::Diagnostics& diagnostics)
        : nodes_(nodes),
          inclusions_(inclusions),
          out_(diagnostics),
          upstream_(nodes.size()),
          inputs_(nodes.size()) {
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            index_.emplace(nodes[i].spec.name, i);
            names_.push_back(nodes[i].spec.name);
            has_open_edges_ = has_open_edges_ || nodes[i].has_open_from;
        }
    }

    void run() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            for (const Edge& edge : nodes_[i].spec.from) {
                check_edge(i, edge);
            }
            tell(nodes_[i]);
        }
        const std::vector<std::size_t> order = sort();
        for (const std::size_t node : order) {
            settle_types(node);
            tell(nodes_[node]);
        }
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            check_listeners(i);
            check_after(nodes_[i]);
            check_reply(nodes_[i]);
            check_rejections(nodes_[i]);
            check_outboxes(nodes_[i]);
            tell(nodes_[i]);
        }
    }

private:
    // What was found since the last call, about this node.
    void tell(const NodeDraft& node) {
        const Inclusion* inclusion = inclusions_.of(node.spec.name, node.spec.at);
        inclusions_.report(inclusion, std::exchange(diagnostics_, {}), out_);
    }

    // In a fragment nodes have the names that it gives them.
    std::string missing_hint(const NodeDraft& node, const std::string& name) const {
        const Inclusion* inclusion = inclusions_.of(node.spec.name, node.spec.at);
        if (inclusion == nullptr) {
            return base::suggestion_hint(name, names_);
        }
        std::vector<std::string> names;
        for (const std::string& each : names_) {
            if (each.starts_with(inclusion->prefix)) {
                names.push_back(each.substr(inclusion->prefix.size()));
            }
        }
        const bool is_near_outside = !base::suggest(name, names) && base::suggest(name, names_);
        return base::suggestion_hint(name, is_near_outside ? names_ : names);
    }

    void check_edge(std::size_t node, const Edge& edge) {
        const auto found = index_.find(edge.node);
        if (found == index_.end()) {
            has_open_edges_ = true;
            if (!inclusions_.is_left_out(edge.node)) {
                diagnostics_.error(edge.at,
                                   fmt::format("there is no node `{}`", edge.node),
                                   missing_hint(nodes_[node], edge.node));
            }
            return;
        }
        const NodeDraft& from = nodes_[found->second];
        upstream_[node].push_back(found->second);
        listened_.emplace(found->second, edge.port);
        if (!from.is_known) {
            return;
        }
        if (from.spec.kind == Kind::Sink) {
            diagnostics_.error(edge.at,
                               fmt::format("`{}` is a sink: nothing comes out of it", edge.node));
        } else if (!has_port(from, edge.port)) {
            std::vector<std::string> ports;
            for (const PortSpec& port : from.spec.ports) {
                ports.push_back(port.name);
            }
            if (from.spec.kind == Kind::Processor) {
                ports.emplace_back(kRejectedPort);
            }
            diagnostics_.error(edge.at,
                               fmt::format("`{}` has no port `{}`", edge.node, edge.port),
                               "its ports are: " + base::join(ports, ", "));
        }
    }

    static bool has_port(const NodeDraft& node, std::string_view name) {
        const bool is_rejected = name == kRejectedPort && node.spec.kind == Kind::Processor;
        return is_rejected || node.has_open_ports || find_port(node, name) != nullptr;
    }

    static const PortSpec* find_port(const NodeDraft& node, std::string_view name) {
        const std::vector<PortSpec>& ports = node.spec.ports;
        const auto found = std::find_if(
            ports.begin(), ports.end(), [&](const PortSpec& port) { return port.name == name; });
        return found == ports.end() ? nullptr : &*found;
    }

    // The nodes, each behind those that it listens to. Nodes of a cycle are reported and left out,
    // and so is what lies behind them.
    std::vector<std::size_t> sort() {
        std::vector<std::size_t> waiting(nodes_.size());
        std::vector<std::vector<std::size_t>> downstream(nodes_.size());
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            waiting[i] = upstream_[i].size();
            for (const std::size_t from : upstream_[i]) {
                downstream[from].push_back(i);
            }
            if (waiting[i] == 0) {
                order.push_back(i);
            }
        }
        for (std::size_t next = 0; next < order.size(); ++next) {
            for (const std::size_t node : downstream[order[next]]) {
                if (--waiting[node] == 0) {
                    order.push_back(node);
                }
            }
        }
        std::vector<bool> seen(nodes_.size());
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (waiting[i] > 0 && !seen[i]) {
                report_cycle(i, waiting, seen);
            }
        }
        return order;
    }

    // From a node that waits one always gets to another that waits, and so into a cycle.
    void report_cycle(std::size_t start,
                      const std::vector<std::size_t>& waiting,
                      std::vector<bool>& seen) {
        std::vector<std::size_t> path;
        std::size_t node = start;
        while (!seen[node]) {
            seen[node] = true;
            path.push_back(node);
            const std::vector<std::size_t>& up = upstream_[node];
            node = *std::find_if(
                up.begin(), up.end(), [&](std::size_t each) { return waiting[each] > 0; });
        }
        const auto begin = std::find(path.begin(), path.end(), node);
        if (begin == path.end()) {
            return;  // it leads into a cycle that is reported already
        }
        std::string text = nodes_[node].spec.name;
        for (auto each = path.end(); each != begin;) {
            text += fmt::format(" -> {}", nodes_[*--each].spec.name);
        }
        diagnostics_.error(nodes_[node].spec.at,
                           "records would go round for ever: " + text,
                           "cut one `from` of these");
        tell(nodes_[node]);
    }

    void settle_types(std::size_t node) {
        NodeDraft& draft = nodes_[node];
        for (const Edge& edge : draft.spec.from) {
            const auto found = index_.find(edge.node);
            const Types types =
                found == index_.end() ? Types{} : types_of(found->second, edge.port);
            add_all(inputs_[node], types);
            check_types(draft, edge, types);
        }
        for (std::size_t i = 0; i < draft.spec.ports.size(); ++i) {
            const std::vector<config::OutputPort>& outputs = draft.spec.descriptor.outputs;
            const bool is_same = i >= outputs.size() || outputs[i].content_type == "same";
            draft.spec.ports[i].content_types =
                is_same ? inputs_[node] : Types{outputs[i].content_type};
        }
    }

    // Empty when not known.
    Types types_of(std::size_t node, std::string_view port) const {
        const PortSpec* found = find_port(nodes_[node], port);
        return port == kRejectedPort ? inputs_[node]
               : found == nullptr    ? Types{}
                                     : found->content_types;
    }

    void check_types(const NodeDraft& draft, const Edge& edge, const Types& types) {
        const Types& accepted = draft.spec.descriptor.inputs;
        if (!draft.is_known || has(accepted, "*")) {
            return;
        }
        for (const std::string& type : types) {
            if (type != "*" && !has(accepted, type)) {
                diagnostics_.error(edge.at,
                                   fmt::format("`{}` takes {}, but `{}.{}` gives {}",
                                               draft.spec.name,
                                               base::join(accepted, " or "),
                                               edge.node,
                                               edge.port,
                                               type),
                                   "put a node between them that turns the one into the other");
            }
        }
    }

    void check_listeners(std::size_t i) {
        if (has_open_edges_) {
            return;  // one of them may be the listener
        }
        const NodeDraft& node = nodes_[i];
        const auto first = listened_.lower_bound({i, ""});
        const bool has_listener = first != listened_.end() && first->first == i;
        if (node.spec.kind == Kind::Source && !has_listener) {
            diagnostics_.error(
                node.spec.at,
                fmt::format("nothing listens to the source `{}`", node.spec.name),
                fmt::format("write from: {} on another node, or remove it", node.spec.name));
            return;
        }
        const auto is_heard = [&](const PortSpec& port) {
            return listened_.contains({i, port.name});
        };
        // What a node tells on a port of its own may be all that is wanted of it: an alert's.
        const bool is_tapped =
            std::any_of(node.spec.ports.begin(), node.spec.ports.end(), is_heard);
        for (const PortSpec& port : node.spec.ports) {
            const bool is_needed = port.name != "out" || !is_tapped;
            if (node.spec.kind != Kind::Sink && is_needed && !is_heard(port)) {
                diagnostics_.warning(
                    node.spec.at,
                    fmt::format("unrouted: nothing listens to `{}.{}`, its records end there",
                                node.spec.name,
                                port.name));
            }
        }
    }

    // Whether a name that is not there, or a node of no kind, may be what was asked for.
    bool may_be_meant(const std::string& name) const {
        const auto found = index_.find(name);
        return found == index_.end() ? inclusions_.is_left_out(name)
                                     : !nodes_[found->second].has_kind;
    }

    void check_after(const NodeDraft& source) {
        const std::string& after = source.spec.ack.after;
        if (after.empty() || may_be_meant(after)) {
            return;
        }
        const auto found = index_.find(after);
        if (found == index_.end() || nodes_[found->second].spec.kind != Kind::Processor) {
            diagnostics_.error(source.after_at,
                               fmt::format("`after` names a processor, and `{}` is none", after),
                               found == index_.end() ? missing_hint(source, after) : "");
        } else if (!has_open_edges_ && !comes_to(source, found->second)) {
            diagnostics_.error(
                source.after_at,
                fmt::format("no record of `{}` comes to `{}`", source.spec.name, after),
                "name a processor behind this source");
        }
    }

    void check_reply(const NodeDraft& source) {
        const std::string& reply = source.spec.ack.reply;
        if (reply.empty() || may_be_meant(reply)) {
            return;
        }
        const auto refuse = [&](std::string message, std::string hint) {
            diagnostics_.error(source.reply_at, std::move(message), std::move(hint));
        };
        const auto found = index_.find(reply);
        if (found == index_.end() || nodes_[found->second].spec.kind != Kind::Sink) {
            refuse(fmt::format("`reply` names a sink, and `{}` is none", reply),
                   found == index_.end() ? missing_hint(source, reply) : "");
            return;
        }
        const NodeDraft& sink = nodes_[found->second];
        if (!has_open_edges_ && !comes_to(source, found->second)) {
            refuse(fmt::format("no record of `{}` comes to `{}`", source.spec.name, reply),
                   "name a sink behind this source");
        } else if (sink.is_known && !sink.spec.descriptor.replies) {
            refuse(fmt::format("the peers of `{}` give no answer that could be passed on", reply),
                   "a sink whose plugin replies is due here, such as mllp");
        } else if (!sink.spec.required) {
            refuse(fmt::format("the answer waits for `{}`, which says required: false", reply),
                   "take required: false away");
        } else if (sink.spec.has_outbox) {
            refuse(fmt::format("the answer waits for `{}`, which has an outbox", reply),
                   "take buffer: disk away there");
        }
    }

    // An outbox is not delivery.
    void check_outboxes(const NodeDraft& source) {
        if (source.spec.ack.level != AckLevel::Delivered) {
            return;
        }
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const NodeDraft& sink = nodes_[i];
            if (!sink.spec.has_outbox || !sink.spec.required || !comes_to(source, i)) {
                continue;
            }
            diagnostics_.error(
                sink.buffer_at,
                fmt::format("`{}` promises its senders delivery, and an outbox is not delivery",
                            source.spec.name),
                fmt::format("write ack: durable at `{}`, or required: false here",
                            source.spec.name));
        }
    }

    // Without `after`, data that is found wrong is dead-lettered and its sender told that all is
    // well.
    void check_rejections(const NodeDraft& source) {
        if (source.spec.ack.level != AckLevel::Delivered || !source.spec.ack.after.empty()) {
            return;
        }
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const NodeDraft& node = nodes_[i];
            const bool may_reject =
                node.spec.kind == Kind::Processor && !node.spec.descriptor.reasons.empty();
            if (may_reject && comes_to(source, i)) {
                diagnostics_.warning(
                    source.spec.at,
                    fmt::format("`{}` answers AA to data that `{}` rejects",
                                source.spec.name,
                                node.spec.name),
                    fmt::format("add after: {}, or the last node that checks, to its ack",
                                node.spec.name));
                return;
            }
        }
    }

    // Whether records of the source may reach the node.
    bool comes_to(const NodeDraft& source, std::size_t target) const {
        std::vector<bool> seen(nodes_.size());
        std::vector<std::size_t> queue = {target};
        while (!queue.empty()) {
            const std::size_t node = queue.back();
            queue.pop_back();
            if (&nodes_[node] == &source) {
                return true;
            }
            for (const std::size_t up : upstream_[node]) {
                if (!seen[up]) {
                    seen[up] = true;
                    queue.push_back(up);
                }
            }
        }
        return false;
    }

    std::vector<NodeDraft>& nodes_;
    Inclusions& inclusions_;
    config::Diagnostics& out_;
    config::Diagnostics diagnostics_;  // of the node in work
    bool has_open_edges_ = false;      // some node listens to what is not known
    std::map<std::string, std::size_t, std::less<>> index_;
    std::vector<std::string> names_;
    std::vector<std::vector<std::size_t>> upstream_;
    std::vector<Types> inputs_;
    std::set<std::pair<std::size_t, std::string>> listened_;
};

}  // namespace

void check_graph(std::vector<NodeDraft>& nodes,
                 const config::Position& at,
                 Inclusions& inclusions,
                 config::Diagnostics& diagnostics) {
    const auto has_kind = [&](Kind kind) {
        return inclusions.has_left_out() ||
               std::any_of(nodes.begin(), nodes.end(), [&](const NodeDraft& node) {
                   return node.spec.kind == kind || !node.has_kind;
               });
    };
    if (!has_kind(Kind::Source)) {
        diagnostics.error(at, "the pipeline has no source", "add a node: intake: { source: … }");
    }
    if (!has_kind(Kind::Sink)) {
        diagnostics.warning(at, "the pipeline has no sink: no record is delivered");
    }
    GraphCheck(nodes, inclusions, diagnostics).run();
}

}  // namespace aorta::pipeline
