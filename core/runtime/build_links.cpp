// The part of the builder that makes outboxes, and the ends of links to other workers.
#include "base/crypto.hpp"
#include "runtime/build.hpp"

#include <algorithm>

namespace aorta::runtime {

using graph::Lane;
using pipeline::NodeSpec;

/// A quarter of the budget for all outboxes together: sources wait when half of it is used.
std::uint64_t Pipeline::Builder::window_bytes() const {
    const pipeline::PipelineSpec& whole = pipeline_.spec_;
    const auto of_sinks = std::ranges::count_if(
        whole.nodes, [&](const NodeSpec& node) { return node.has_outbox && whole.is_here(node); });
    const auto of_links =
        std::ranges::count_if(pipeline_.plan_.outgoing, [&](const graph::PlanEdge& edge) {
            return whole.link(whole.part, spec(edge.to).worker)->has_outbox;
        });
    return pipeline_.budget_.limit() / (4 * static_cast<std::uint64_t>(of_sinks + of_links));
}

/// Before `to`, which is a sink's or a link's lanes.
std::unique_ptr<Pipeline::Node> Pipeline::Builder::make_outbox(std::uint32_t index,
                                                               const std::string& name,
                                                               graph::Target to) {
    const Surroundings& around = pipeline_.surroundings_;
    spool::Spool& spool = around.storage->spool();
    const spool::StreamState stream =
        spool.stream(spool::StreamKind::Outbox, name, around.epoch.value_or(base::random_u64()));
    auto node = std::make_unique<Node>();
    node->index = index;
    node->outbox = std::make_unique<graph::Outbox>(index,
                                                   name,
                                                   stream,
                                                   std::move(to),
                                                   around.runner,
                                                   around.active,
                                                   graph::Outbox::Services{spool,
                                                                           pipeline_.codec_,
                                                                           pipeline_.ledger_,
                                                                           around.dead_letters,
                                                                           pipeline_.context_,
                                                                           window_bytes()});
    around.storage->watch(
        stream.id, [outbox = node->outbox.get()](std::uint64_t end) { outbox->on_durable(end); });
    if (around.flow != nullptr) {
        around.flow->add(*node->outbox);
    }
    return node;
}

void Pipeline::Builder::add_outbox(std::uint32_t index) {
    if (!spec(index).has_outbox || pipeline_.surroundings_.storage == nullptr) {
        return;
    }
    auto node = make_outbox(index, spec(index).name, {lanes_.at(index)});
    for (const Lane* lane : lanes_[index]) {
        pipeline_.progress_.add(*lane);
    }
    for (const auto& other : pipeline_.nodes_) {
        if (other->sink && other->index == index) {
            other->sink->count_in(node->outbox->attempts());
        }
    }
    lanes_[index] = {node->outbox.get()};
    // Before the sink's lanes, since it outlives the records that they hold.
    const auto at = std::find_if(pipeline_.nodes_.begin(),
                                 pipeline_.nodes_.end(),
                                 [&](const auto& other) { return other->index == index; });
    pipeline_.nodes_.insert(at, std::move(node));
}

void Pipeline::Builder::add_links() {
    if (pipeline_.plan_.outgoing.empty() && pipeline_.plan_.incoming.empty()) {
        return;
    }
    const Surroundings& around = pipeline_.surroundings_;
    pipeline_.links_ = std::make_unique<Links>(
        pipeline_.spec_,
        Links::Services{around.clock, around.log, around.names, pipeline_.budget_, around.runner});
    for (const graph::PlanEdge& edge : pipeline_.plan_.outgoing) {
        link_lanes_[edge.number] = add_link_lane(edge);
    }
}

/// The lane, or the outbox before it.
Lane* Pipeline::Builder::add_link_lane(const graph::PlanEdge& edge) {
    const Surroundings& around = pipeline_.surroundings_;
    LinkEnd& end = pipeline_.links_->end(pipeline_.spec_.part, spec(edge.to).worker);
    const std::string name = graph::edge_name(pipeline_.spec_, edge);
    auto lane = std::make_unique<LinkLane>(
        name, edge.to, edge.number, around.runner, around.active, end.link(), pipeline_.router_);
    end.add(*lane);
    if (around.flow != nullptr) {
        around.flow->add(*lane);
    }
    pipeline_.link_lanes_.push_back(std::move(lane));
    Lane* first = pipeline_.link_lanes_.back().get();
    if (end.spec().has_outbox && around.storage != nullptr) {
        pipeline_.nodes_.push_back(make_outbox(edge.to, name, {{first}}));
        first = pipeline_.nodes_.back()->outbox.get();
    }
    return first;
}

void Pipeline::Builder::connect_links() {
    for (const graph::PlanEdge& edge : pipeline_.plan_.outgoing) {
        const std::uint32_t port =
            edge.port == graph::Plan::kRejectedPort ? graph::Router::kRejected : edge.port;
        pipeline_.router_.connect(
            edge.from, port, {{link_lanes_.at(edge.number)}, spec(edge.to).required, no_past()});
    }
    for (const graph::PlanEdge& edge : pipeline_.plan_.incoming) {
        LinkEnd& end = pipeline_.links_->end(spec(edge.from).worker, pipeline_.spec_.part);
        end.connect(edge.number, {lanes_.at(edge.to), spec(edge.to).required});
    }
}

}  // namespace aorta::runtime
