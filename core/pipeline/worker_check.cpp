// What a cut of a pipeline into workers must be.
#include "base/text.hpp"
#include "pipeline/workers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace aorta::pipeline {
namespace {

class CutCheck {
public:
    CutCheck(const PipelineSpec& spec, bool has_key, config::Diagnostics& diagnostics)
        : spec_(spec), has_key_(has_key), diagnostics_(diagnostics) {}

    void run() {
        for (const NodeSpec& node : spec_.nodes) {
            for (const Edge& edge : node.from) {
                check_edge(node, edge);
            }
        }
        for (const LinkSpec& link : spec_.links) {
            check_use(link);
        }
        check_loops();
        for (const NodeSpec& node : spec_.nodes) {
            if (node.kind == config::Kind::Source) {
                check_source(node);
            }
        }
        check_outboxes();
        check_verdicts();
        check_lanes();
    }

private:
    void check_edge(const NodeSpec& node, const Edge& edge) {
        const NodeSpec* sender = spec_.find(edge.node);
        if (sender == nullptr || sender->worker == node.worker) {
            return;
        }
        const std::string& from = sender->worker;
        crossings_.emplace(from, node.worker);
        if (spec_.link(from, node.worker) == nullptr) {
            diagnostics_.error(
                edge.at,
                fmt::format("`{}` in the worker `{}` listens to `{}` in `{}`, and there is no link "
                            "from `{}` to `{}`",
                            node.name,
                            node.worker,
                            edge.node,
                            from,
                            from,
                            node.worker),
                fmt::format("add to links: {{ from: {}, to: {}, dial: {}, address: "
                            "\"tcp://HOST:7401\" }}",
                            from,
                            node.worker,
                            from));
        }
    }

    void check_use(const LinkSpec& link) {
        if (crossings_.contains({link.from, link.to})) {
            return;
        }
        const bool is_turned = crossings_.contains({link.to, link.from});
        diagnostics_.error(link.at,
                           fmt::format("no edge goes from `{}` to `{}`", link.from, link.to),
                           is_turned ? "records go the other way: change `from` and `to`; `dial` "
                                       "says who connects"
                                     : "remove the link");
    }

    /// Workers that a worker sends to, first hand.
    std::vector<std::string> next(const std::string& worker) const {
        std::vector<std::string> found;
        for (const auto& [from, to] : crossings_) {
            if (from == worker) {
                found.push_back(to);
            }
        }
        return found;
    }

    void check_loops() {
        std::set<std::string> done;
        for (const WorkerSpec& worker : spec_.workers) {
            std::vector<std::string> path;
            follow(worker, worker.name, path, done);
        }
    }

    void follow(const WorkerSpec& begin,
                const std::string& worker,
                std::vector<std::string>& path,
                std::set<std::string>& done) {
        const auto at = std::ranges::find(path, worker);
        if (at != path.end()) {
            std::vector<std::string> loop(at, path.end());
            loop.push_back(worker);
            diagnostics_.error(begin.at,
                               "records would come back to a worker: " + base::join(loop, " -> "),
                               "two that wait for each other could stop for ever, and none could "
                               "be drained first: move nodes so that records go one way");
            return;
        }
        if (!done.insert(worker).second) {
            return;
        }
        path.push_back(worker);
        for (const std::string& to : next(worker)) {
            follow(begin, to, path, done);
        }
        path.pop_back();
    }

    /// What a source promises, and an outbox of a link on the way of its records does not keep.
    void check_source(const NodeSpec& source) {
        if (source.ack.level == AckLevel::None) {
            return;
        }
        const bool is_delivered = source.ack.level == AckLevel::Delivered;
        for (const LinkSpec& link : spec_.links) {
            if (!link.has_outbox || !comes_to_link(source, link)) {
                continue;
            }
            if (is_delivered) {
                diagnostics_.error(
                    link.at,
                    fmt::format("`{}` promises its senders delivery, and an outbox is not delivery",
                                source.name),
                    fmt::format("write ack: durable at `{}`, or take buffer: disk away here",
                                source.name));
            } else if (!source.ack.after.empty() && is_behind(link, source.ack.after)) {
                diagnostics_.error(
                    link.at,
                    fmt::format("`{}` answers when `{}` has looked at a record, and that lies "
                                "behind this outbox",
                                source.name,
                                source.ack.after),
                    "move that node to the other side, or take buffer: disk away here");
            }
        }
    }

    bool comes_to_link(const NodeSpec& source, const LinkSpec& link) const {
        return std::ranges::any_of(spec_.nodes, [&](const NodeSpec& node) {
            return node.worker == link.to && std::ranges::any_of(node.from, [&](const Edge& edge) {
                       return is_from(edge, link.from) && is_before(source, *spec_.find(edge.node));
                   });
        });
    }

    /// Whether records come to a node over a link.
    bool is_behind(const LinkSpec& link, const std::string& name) const {
        const NodeSpec* target = spec_.find(name);
        return target != nullptr && std::ranges::any_of(spec_.nodes, [&](const NodeSpec& node) {
                   return node.worker == link.to && is_before(node, *target) &&
                          std::ranges::any_of(node.from, [&](const Edge& edge) {
                              return is_from(edge, link.from);
                          });
               });
    }

    /// Whether records of a node may come to another one, or it is that one.
    bool is_before(const NodeSpec& node, const NodeSpec& target) const {
        std::vector<const NodeSpec*> found{&target};
        for (std::size_t next = 0; next < found.size(); ++next) {
            for (const Edge& edge : found[next]->from) {
                const NodeSpec* from = spec_.find(edge.node);
                if (from != nullptr && std::ranges::find(found, from) == found.end()) {
                    found.push_back(from);
                }
            }
        }
        return std::ranges::find(found, &node) != found.end();
    }

    /// Whether the edge comes from this worker.
    bool is_from(const Edge& edge, const std::string& worker) const {
        const NodeSpec* from = spec_.find(edge.node);
        return from != nullptr && from->worker == worker;
    }

    /// Whether records come to the node from sources of other workers.
    bool has_foreign(const NodeSpec& node) const {
        return std::ranges::any_of(spec_.nodes, [&](const NodeSpec& source) {
            return source.kind == config::Kind::Source && source.worker != node.worker &&
                   is_before(source, node);
        });
    }

    void refuse_outbox(const config::Position& at, std::string_view whose) {
        diagnostics_.error(at,
                           fmt::format("{} has an outbox, and its records come over a link", whose),
                           "write buffer: disk at that link instead: its sender keeps them until "
                           "they are delivered");
    }

    /// The worker behind a link does not answer for what it has taken: the one before it does.
    void check_outboxes() {
        for (const NodeSpec& node : spec_.nodes) {
            if (node.has_outbox && has_foreign(node)) {
                refuse_outbox(node.at, fmt::format("`{}`", node.name));
            }
        }
        for (const LinkSpec& link : spec_.links) {
            const bool is_chained = std::ranges::any_of(spec_.nodes, [&](const NodeSpec& node) {
                return std::ranges::any_of(node.from, [&](const Edge& edge) {
                    return node.worker == link.to && is_from(edge, link.from) &&
                           has_foreign(*spec_.find(edge.node));
                });
            });
            if (link.has_outbox && is_chained) {
                refuse_outbox(link.at, "this link");
            }
        }
    }

    /// Over a link nobody knows any more which source a record is of.
    void check_verdicts() {
        for (const NodeSpec& node : spec_.nodes) {
            const NodeSpec* waits = nullptr;
            for (const NodeSpec& source : spec_.nodes) {
                const bool is_foreign = source.kind == config::Kind::Source &&
                                        source.worker != node.worker && is_before(source, node);
                if (!is_foreign || source.ack.level == AckLevel::None) {
                    continue;
                }
                if (waits == nullptr) {
                    waits = &source;
                } else if (waits->ack.after != source.ack.after &&
                           (is_verdict(node, *waits) || is_verdict(node, source))) {
                    diagnostics_.error(
                        source.at,
                        fmt::format("the answers of `{}` and `{}` wait for different nodes, and "
                                    "`{}` cannot tell their records apart behind a link",
                                    waits->name,
                                    source.name,
                                    node.name),
                        "give both the same `after`, or move the node before the link");
                    return;
                }
            }
        }
    }

    /// Whether what the node says of a record matters for the source's answer.
    bool is_verdict(const NodeSpec& node, const NodeSpec& source) const {
        const NodeSpec* after = spec_.find(source.ack.after);
        return after != nullptr && node.kind == config::Kind::Processor && is_before(node, *after);
    }

    /// Without a secret of its own, a sender keys the records of a patient anew at each start.
    void check_lanes() {
        for (const NodeSpec& node : spec_.nodes) {
            if (!has_key_ && node.lanes > 1 && has_foreign(node)) {
                diagnostics_.error(
                    node.at,
                    fmt::format("`{}` runs in {} lanes behind a link, and the pipeline has no "
                                "`key`: when a sender restarts, records of one patient would take "
                                "another lane and could overtake each other",
                                node.name,
                                node.lanes),
                    "add key: !secret file:pipeline.key, or write lanes: 1 for this node");
            }
        }
    }

    const PipelineSpec& spec_;
    const bool has_key_;
    config::Diagnostics& diagnostics_;
    std::set<std::pair<std::string, std::string>> crossings_;  // workers
};

}  // namespace

void check_cut(const PipelineSpec& spec, bool has_key, config::Diagnostics& diagnostics) {
    CutCheck(spec, has_key, diagnostics).run();
}

}  // namespace aorta::pipeline
