#include "runtime/build.hpp"

#include "base/crypto.hpp"

#include <algorithm>

namespace aorta::runtime {

using graph::Lane;
using pipeline::NodeSpec;

namespace {

Lane::Thread thread_of(bool may_block) {
    return may_block ? Lane::Thread::Own : Lane::Thread::Shared;
}

}  // namespace

Pipeline::Builder::Builder(Pipeline& pipeline, config::Diagnostics& diagnostics)
    : pipeline_(pipeline),
      diagnostics_(diagnostics),
      watchdog_(pipeline.surroundings_.log, pipeline.spec_) {}

Result<void> Pipeline::Builder::build() {
    for (std::uint32_t i = 0; i < pipeline_.spec_.nodes.size(); ++i) {
        pipeline_.router_.name(i, spec(i).name);
        pipeline_.probes_.push_back(
            pipeline_.spec_.is_here(spec(i))
                ? std::make_unique<graph::NodeProbe>(
                      pipeline_.surroundings_.metrics, pipeline_.spec_.name, spec(i).name)
                : nullptr);
    }
    add_links();
    for (const auto step : {&Builder::load_libraries,
                            &Builder::add_sources,
                            &Builder::add_sinks,
                            &Builder::add_segments}) {
        if (Result<void> done = (this->*step)(); !done.ok()) {
            return done;
        }
    }
    choose_kept();
    connect();
    if (Result<void> added = add_state(); !added.ok()) {
        return added;
    }
    for (const auto& [node, lanes] : lanes_) {
        for (const Lane* lane : lanes) {
            pipeline_.progress_.add(*lane);
        }
    }
    if (!pipeline_.surroundings_.letters_file.empty()) {
        add_replay();
        add_entrances();
    }
    pipeline_.router_.on_stop([this_pipeline = &pipeline_](const std::string& reason) {
        this_pipeline->request_stop(reason.empty() ? "failed" : reason);
    });
    return {};
}

delivery::AckPolicy Pipeline::Builder::ack_policy(const NodeSpec& node) const {
    delivery::AckPolicy policy;
    switch (node.ack.level) {
        case pipeline::AckLevel::Received:
            policy.level = delivery::AckLevel::Received;
            break;
        case pipeline::AckLevel::Durable:
            policy.level = delivery::AckLevel::Durable;
            break;
        case pipeline::AckLevel::Delivered:
            policy.level = delivery::AckLevel::Delivered;
            break;
        default:
            policy.level = delivery::AckLevel::None;
    }
    policy.waits_for_node = !node.ack.after.empty();
    switch (node.ack.on_invalid) {
        case pipeline::OnInvalid::Error:
            policy.on_invalid = delivery::Answer::Error;
            break;
        case pipeline::OnInvalid::Refuse:
            policy.on_invalid = delivery::Answer::Refuse;
            break;
        case pipeline::OnInvalid::Accept:
            policy.on_invalid = delivery::Answer::Accept;
    }
    policy.timeout = node.ack.timeout;
    if (!node.ack.reply.empty()) {
        policy.reply_from = graph::index_of(pipeline_.spec_, node.ack.reply);
    }
    return policy;
}

Result<void> Pipeline::Builder::add_sources() {
    const Surroundings& around = pipeline_.surroundings_;
    const std::uint64_t epoch = around.epoch.value_or(base::random_u64());
    graph::Gate gate{around.runner, {}};
    if (around.flow != nullptr) {
        gate.is_idle = [flow = around.flow] { return flow->shared().value() == 0; };
    }
    for (const std::uint32_t index : pipeline_.plan_.sources) {
        auto node = std::make_unique<Node>();
        node->index = index;
        node->source = std::make_unique<graph::SourceNode>(
            index,
            spec(index).name,
            epoch,
            ack_policy(spec(index)),
            graph::SourceNode::Services{pipeline_.router_,
                                        pipeline_.context_,
                                        pipeline_.ledger_,
                                        gate,
                                        [this_pipeline = &pipeline_] {
                                            {
                                                const std::scoped_lock lock(this_pipeline->mutex_);
                                                --this_pipeline->unfinished_;
                                            }
                                            this_pipeline->changed_.notify_all();
                                        }},
            roots_of(spec(index), epoch));
        add_journal(*node, gate);
        settlers_[index] = &node->source->delivery();
        if (around.source_stub) {
            node->source_body = around.source_stub(spec(index), *node->source);
        } else {
            if (Result<void> made = make_instance(*node, *node->source); !made.ok()) {
                return made;
            }
            node->source_body =
                std::make_unique<InstanceSourceBody>(*node->instance, *node->source);
        }
        node->source->attach(*node->source_body);
        pipeline_.nodes_.push_back(std::move(node));
    }
    // Other workers may send for ever.
    pipeline_.unfinished_ =
        pipeline_.plan_.sources.size() + (pipeline_.plan_.incoming.empty() ? 0 : 1);
    return {};
}

/// A source at level durable has a journal; another one's records are known to the storage only as
/// far as outboxes take them.
delivery::Roots Pipeline::Builder::roots_of(const NodeSpec& source, std::uint64_t epoch) const {
    delivery::Storage* storage = pipeline_.surroundings_.storage;
    if (storage == nullptr) {
        return {};
    }
    const auto kind = source.ack.level == pipeline::AckLevel::Durable ? spool::StreamKind::Journal
                                                                      : spool::StreamKind::Passing;
    return {&storage->spool(), storage->spool().stream(kind, source.name, epoch)};
}

void Pipeline::Builder::add_journal(Node& node, const graph::Gate& gate) {
    graph::SourceNode& source = *node.source;
    const delivery::Roots& roots = source.delivery().roots();
    if (!roots.is_journal()) {
        return;
    }
    const Surroundings& around = pipeline_.surroundings_;
    node.journal = std::make_unique<delivery::Journal>(
        delivery::Journal::Services{pipeline_.codec_,
                                    source.delivery(),
                                    around.dead_letters,
                                    pipeline_.budget_,
                                    around.clock,
                                    around.log,
                                    pipeline_.spec_.name,
                                    spec(node.index).name,
                                    node.index,
                                    [&source](message::Batch& batch) { source.send_on(batch); },
                                    gate.is_idle ? gate.is_idle : [] { return true; }});
    source.attach(node.journal.get());
    around.storage->watch(roots.stream.id, [journal = node.journal.get()](std::uint64_t end) {
        journal->on_durable(end);
    });
}

bool Pipeline::Builder::is_reply_wanted(const NodeSpec& sink) const {
    const std::vector<NodeSpec>& nodes = pipeline_.spec_.nodes;  // of other workers, too
    return std::any_of(nodes.begin(), nodes.end(), [&](const NodeSpec& node) {
        return node.ack.reply == sink.name;
    });
}

Result<void> Pipeline::Builder::add_sinks() {
    for (const std::uint32_t index : pipeline_.plan_.sinks) {
        for (int number = 0; number < spec(index).lanes; ++number) {
            if (Result<void> added = add_sink_lane(index); !added.ok()) {
                return added;
            }
        }
        add_outbox(index);
    }
    return {};
}

Result<void> Pipeline::Builder::add_sink_lane(std::uint32_t index) {
    const Surroundings& around = pipeline_.surroundings_;
    auto node = std::make_unique<Node>();
    node->index = index;
    const bool may_block = spec(index).descriptor.may_block && around.flow != nullptr;
    graph::SinkSettings settings;
    settings.node = index;
    settings.on_error = spec(index).on_error;
    settings.retry = spec(index).retry;
    settings.is_reply_wanted = is_reply_wanted(spec(index));
    node->sink = std::make_unique<graph::SinkLane>(
        spec(index).name,
        thread_of(may_block),
        around.runner,
        may_block ? around.flow->blocking() : around.active,
        settings,
        graph::SinkLane::Services{
            pipeline_.router_, probe(index), pipeline_.context_, pipeline_.timers_});
    if (around.sink_stub) {
        node->body = around.sink_stub(spec(index), *node->sink);
    } else {
        if (Result<void> made = make_instance(*node, *node->sink); !made.ok()) {
            return made;
        }
        node->body = std::make_unique<graph::InstanceBody>(*node->instance);
    }
    node->sink->attach(*node->body);
    if (around.flow != nullptr) {
        around.flow->add(*node->sink);
    }
    lanes_[index].push_back(node->sink.get());
    pipeline_.nodes_.push_back(std::move(node));
    return {};
}

Result<void> Pipeline::Builder::add_segments() {
    const Surroundings& around = pipeline_.surroundings_;
    std::vector<graph::PlanSegment> segments = pipeline_.plan_.segments;
    // Upstream first, so that what a stopping node still gives finds its listeners alive.
    std::stable_sort(segments.begin(), segments.end(), [&](const auto& left, const auto& right) {
        return graph::ancestors(pipeline_.spec_, left.nodes.front()).size() <
               graph::ancestors(pipeline_.spec_, right.nodes.front()).size();
    });
    for (const graph::PlanSegment& segment : segments) {
        for (int number = 0; number < segment.lanes; ++number) {
            const bool may_block = segment.may_block && around.flow != nullptr;
            auto lane = std::make_unique<graph::SegmentLane>(
                spec(segment.nodes.front()).name,
                thread_of(may_block),
                around.runner,
                may_block ? around.flow->blocking() : around.active,
                pipeline_.router_,
                segment.nodes.back());
            for (const std::uint32_t index : segment.nodes) {
                if (Result<void> added =
                        add_stage(index, *lane, static_cast<std::uint32_t>(number));
                    !added.ok()) {
                    return added;
                }
            }
            if (around.flow != nullptr) {
                around.flow->add(*lane);
            }
            lanes_[segment.nodes.front()].push_back(lane.get());
            pipeline_.segment_lanes_.push_back(std::move(lane));
        }
    }
    return {};
}

/// Who settles what comes from a source to a node here: over a link nobody knows of which source a
/// record is, and the cut is such that it makes no difference.
std::vector<const message::Settler*> Pipeline::Builder::settlers_of(std::uint32_t source,
                                                                    std::uint32_t node) const {
    if (pipeline_.spec_.is_here(spec(source))) {
        return {settlers_.at(source)};
    }
    const auto before = graph::ancestors(pipeline_.spec_, node);
    const bool comes = std::find(before.begin(), before.end(), source) != before.end();
    return comes && pipeline_.links_ ? pipeline_.links_->settlers()
                                     : std::vector<const message::Settler*>{};
}

graph::StageSettings Pipeline::Builder::stage_settings(std::uint32_t node) const {
    graph::StageSettings settings;
    settings.node = node;
    settings.ports = static_cast<std::uint32_t>(std::max<std::size_t>(spec(node).ports.size(), 1));
    settings.on_error = spec(node).on_error;
    for (std::uint32_t source = 0; source < pipeline_.spec_.nodes.size(); ++source) {
        if (spec(source).ack.after.empty()) {
            continue;
        }
        const std::uint32_t waited_for = graph::index_of(pipeline_.spec_, spec(source).ack.after);
        const auto before = graph::ancestors(pipeline_.spec_, waited_for);
        const bool is_before = std::find(before.begin(), before.end(), node) != before.end();
        for (const message::Settler* settler : settlers_of(source, node)) {
            if (waited_for == node) {
                settings.after_of.push_back(settler);
            }
            if (is_before) {
                settings.invalid_for.push_back(settler);
            }
        }
    }
    return settings;
}

Result<void> Pipeline::Builder::add_stage(std::uint32_t index,
                                          graph::SegmentLane& lane,
                                          std::uint32_t number) {
    auto node = std::make_unique<Node>();
    node->index = index;
    node->stage = std::make_unique<graph::Stage>(
        stage_settings(index),
        graph::Stage::Services{pipeline_.router_,
                               probe(index),
                               pipeline_.context_,
                               [timers = &pipeline_.timers_, at_lane = &lane](
                                   base::Nanoseconds at) { timers->set(at, *at_lane); }});
    if (Result<void> made = make_instance(*node, *node->stage); !made.ok()) {
        return made;
    }
    node->body = std::make_unique<graph::InstanceBody>(*node->instance);
    node->stage->attach(*node->body);
    lane.add(*node->stage);
    stages_.push_back({node.get(), &lane, number});
    pipeline_.nodes_.push_back(std::move(node));
    return {};
}

void Pipeline::Builder::connect() {
    for (const graph::PlanEdge& edge : pipeline_.plan_.edges) {
        graph::Target target{lanes_.at(edge.to), spec(edge.to).required, past_need(edge.to)};
        const std::uint32_t port =
            edge.port == graph::Plan::kRejectedPort ? graph::Router::kRejected : edge.port;
        pipeline_.router_.connect(edge.from, port, std::move(target));
    }
    connect_links();
    std::vector<graph::SourceNode*> sources;
    for (const auto& node : pipeline_.nodes_) {
        if (node->source) {
            sources.push_back(node->source.get());
        }
    }
    pipeline_.budget_.on_credit([sources, links = pipeline_.links_.get()] {
        for (graph::SourceNode* source : sources) {
            source->on_credit();
        }
        if (links != nullptr) {
            links->resume();
        }
    });
}

}  // namespace aorta::runtime
