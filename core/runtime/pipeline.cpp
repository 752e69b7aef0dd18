#include "runtime/pipeline.hpp"

#include "base/check.hpp"
#include "base/crypto.hpp"
#include "pipeline/tables.hpp"
#include "runtime/build.hpp"

#include <algorithm>
#include <chrono>
#include <future>

namespace aorta::runtime {
namespace {

/// What a plugin in the middle of a call gets when the grace is over.
constexpr base::Nanoseconds kLastMoment = std::chrono::seconds(1);
/// How often a drain looks whether a stop was asked for.
constexpr base::Nanoseconds kLook = std::chrono::milliseconds(50);
/// A plugin that is in one call for longer makes no progress.
constexpr base::Nanoseconds kPatience = std::chrono::seconds(30);

std::vector<std::string> names_of(const pipeline::PipelineSpec& spec) {
    std::vector<std::string> names;
    for (const pipeline::NodeSpec& node : spec.nodes) {
        names.push_back(node.name);
    }
    return names;
}

host::NodeContext make_context(const pipeline::PipelineSpec& spec,
                               const Surroundings& around,
                               message::Budget& budget,
                               const tables::Store& store) {
    host::NodeContext context{
        budget, around.names, around.clock, around.log, around.metrics, spec.name, {}, &store};
    if (spec.key.empty()) {
        // No secret given: keys are good within this process, and differ at the next start.
        context.key_hash.emplace(std::to_string(base::random_u64()) +
                                 std::to_string(base::random_u64()));
    } else {
        context.key_hash.emplace(spec.key.reveal());
    }
    return context;
}

}  // namespace

Pipeline::Pipeline(pipeline::PipelineSpec spec, const Surroundings& surroundings)
    : spec_(std::move(spec)),
      plan_(graph::make_plan(spec_)),
      surroundings_(surroundings),
      node_names_(names_of(spec_)),
      tables_(spec_.tables, pipeline::load_table),
      budget_(static_cast<std::uint64_t>(spec_.budget_bytes)),
      context_(make_context(spec_, surroundings, budget_, tables_)),
      codec_(surroundings.names, budget_, node_names_),
      router_(surroundings.dead_letters),
      timers_(surroundings.clock),
      is_read_back_begun_(surroundings.storage == nullptr),
      progress_(kPatience) {
    ledger_.observe(surroundings_.on_settled);
    router_.observe(surroundings_.on_routed);
}

Result<std::unique_ptr<Pipeline>> Pipeline::create(pipeline::PipelineSpec spec,
                                                   const Surroundings& surroundings,
                                                   config::Diagnostics& diagnostics) {
    std::unique_ptr<Pipeline> made{new Pipeline(std::move(spec), surroundings)};
    Builder builder{*made, diagnostics};
    if (Result<void> built = builder.build(); !built.ok()) {
        return built.error();
    }
    made->publish_metrics();
    made->publish_storage();
    made->publish_links();
    made->publish_isolated();
    return made;
}

Pipeline::~Pipeline() {
    surroundings_.metrics.forget(this);
    timers_.stop();
    stop_reading_back();
    state_.reset();
    budget_.on_credit({});
    if (links_) {
        links_->stop();
    }
    // Nodes that hold records settle them as lost: the sources go last, since they are told.
    segment_lanes_.clear();
    link_lanes_.clear();
    while (!nodes_.empty()) {
        nodes_.pop_back();
    }
}

void Pipeline::publish_metrics() {
    const metrics::Labels labels{{"pipeline", spec_.name}};
    const auto counted = [&](const char* fate, auto member) {
        surroundings_.metrics.counter_of(
            "aorta_records_total",
            {{"pipeline", spec_.name}, {"fate", fate}},
            "Source records by fate.",
            [this, member] { return static_cast<double>(ledger_.counts().*member); },
            this);
    };
    counted("in", &delivery::LedgerCounts::in);
    counted("replayed", &delivery::LedgerCounts::replayed);
    counted("delivered", &delivery::LedgerCounts::delivered);
    counted("filtered", &delivery::LedgerCounts::filtered);
    counted("dead_lettered", &delivery::LedgerCounts::dead_lettered);
    counted("failed", &delivery::LedgerCounts::failed);
    surroundings_.metrics.gauge(
        "aorta_records_held",
        labels,
        "Source records not settled yet.",
        [this] { return static_cast<double>(ledger_.held()); },
        this);
    surroundings_.metrics.gauge(
        "aorta_budget_used_bytes",
        labels,
        "Bytes of records in memory.",
        [this] { return static_cast<double>(budget_.used()); },
        this);
    surroundings_.metrics.gauge(
        "aorta_budget_limit_bytes",
        labels,
        "The pipeline's byte budget.",
        [this] { return static_cast<double>(budget_.limit()); },
        this);
    for (const std::uint32_t index : plan_.sinks) {
        const metrics::Labels sink{{"pipeline", spec_.name}, {"node", spec_.nodes[index].name}};
        surroundings_.metrics.gauge(
            "aorta_sink_up",
            sink,
            "1 unless the sink's last attempt failed.",
            [this, index] { return sink_health(index).is_down ? 0.0 : 1.0; },
            this);
        surroundings_.metrics.gauge(
            "aorta_sink_breaker_open",
            sink,
            "1 while the sink is spared: one record tries it now and then.",
            [this, index] { return sink_health(index).is_breaker_open ? 1.0 : 0.0; },
            this);
        surroundings_.metrics.gauge(
            "aorta_sink_waiting_records",
            sink,
            "Records that the sink has not finished.",
            [this, index] { return static_cast<double>(sink_health(index).waiting); },
            this);
        surroundings_.metrics.gauge(
            "aorta_sink_oldest_unsent_seconds",
            sink,
            "Age of the oldest record that the sink has not finished.",
            [this, index] {
                const base::Nanoseconds oldest = sink_health(index).oldest;
                return oldest.count() == 0
                           ? 0.0
                           : std::chrono::duration<double>(surroundings_.clock.now() - oldest)
                                 .count();
            },
            this);
    }
}

graph::SinkHealth Pipeline::sink_health(std::uint32_t index) const {
    graph::SinkHealth health;
    for (const auto& node : nodes_) {
        if (node->sink && node->index == index) {
            health.add(node->sink->health());
        }
    }
    return health;
}

Result<void> Pipeline::start(config::Diagnostics& diagnostics) {
    StartWatchdog watchdog{surroundings_.log, spec_};
    is_started_ = true;
    if (surroundings_.flow != nullptr) {
        surroundings_.flow->start();
        timers_.start();
        if (tables_.has_files()) {
            table_watch_ = std::make_unique<TableWatch>(
                tables_, spec_.name, surroundings_.log, surroundings_.metrics);
        }
    }
    for (const bool sources : {false, true}) {
        for (const auto& node : nodes_) {
            if (!node->instance || (node->source != nullptr) != sources) {
                continue;
            }
            const pipeline::NodeSpec& node_spec = spec_.nodes[node->index];
            watchdog.watch(node_spec, "start");
            if (Result<void> started = node->instance->start(node_spec.at, diagnostics);
                !started.ok()) {
                return started;
            }
        }
        if (sources) {
            continue;
        }
        if (links_) {
            if (Result<void> started = links_->start(diagnostics); !started.ok()) {
                return started;
            }
        }
        read_back();
    }
    if (replay_) {
        replay_->start(std::move(entrances_));
    }
    return {};
}

void Pipeline::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_stopping_ || unfinished_ == 0; });
}

void Pipeline::request_stop(const std::string& reason) {
    {
        const std::scoped_lock lock(mutex_);
        is_stopping_ = true;
        if (stop_reason_.empty()) {
            stop_reason_ = reason;
        }
    }
    changed_.notify_all();
}

bool Pipeline::is_stop_requested() const {
    const std::scoped_lock lock(mutex_);
    return is_stopping_;
}

bool Pipeline::wait_stop(base::Nanoseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return is_stopping_; });
}

std::string Pipeline::stop_reason() const {
    const std::scoped_lock lock(mutex_);
    return stop_reason_;
}

void Pipeline::stop_sources() {
    if (replay_) {
        replay_->stop_taking();
    }
    for (const auto& node : nodes_) {
        if (!node->source) {
            continue;
        }
        if (node->instance && !node->instance->stop(nullptr).ok()) {
            node->source->misbehaved("an exception crossed the border");
        }
        node->source->close();
        if (node->journal) {
            node->journal->stop();
        }
    }
    if (links_) {
        links_->close();
    }
}

std::vector<graph::SegmentLane*> Pipeline::segments() const {
    std::vector<graph::SegmentLane*> all;
    for (const auto& lane : segment_lanes_) {
        all.push_back(lane.get());
    }
    return all;
}

std::vector<std::future<void>> Pipeline::stop_sinks() {
    std::vector<std::future<void>> stopped;
    for (const auto& node : nodes_) {
        if (node->sink) {
            stopped.push_back(node->sink->stop());
        }
    }
    for (const auto& lane : link_lanes_) {
        stopped.push_back(lane->stop());
    }
    return stopped;
}

bool Pipeline::drain(base::Nanoseconds grace) {
    is_started_ = false;
    table_watch_.reset();
    const base::Clock& clock = surroundings_.clock;
    base::Nanoseconds deadline = base::Nanoseconds::max();
    // Sources that are simply finished leave all the time that is needed, unless a stop is asked
    // for.
    const auto wait = [&](base::Nanoseconds more, const auto& is_done) {
        while (!is_done(kLook)) {
            if (deadline == base::Nanoseconds::max() && is_stop_requested()) {
                deadline = clock.steady() + grace;
            }
            if (deadline != base::Nanoseconds::max() && clock.steady() >= deadline + more) {
                return false;
            }
        }
        return true;
    };
    const auto comes_back = [&](const std::future<void>& stopped) {
        const auto is_ready = [&](base::Nanoseconds time) {
            return stopped.wait_for(time) == std::future_status::ready;
        };
        if (wait(base::Nanoseconds{0}, is_ready)) {
            return true;
        }
        give_up_isolated();  // they may wait for their processes
        return wait(kLastMoment, is_ready);
    };
    // What a storage holds is given all the time when the sources are finished, and none when a
    // stop is asked for.
    while (!has_caught_up() && !wait_stop(kLook)) {
    }
    if (state_) {
        state_->stop();
    }
    stop_sources();
    // Upstream first: what a stopping node still gives (delays, windows) finds its listeners alive.
    for (const auto& lane : segment_lanes_) {
        if (!comes_back(lane->stop())) {
            return false;
        }
    }
    wait(base::Nanoseconds{0}, [&](base::Nanoseconds time) { return ledger_.wait_settled(time); });
    // What came over links is in the ledger of the worker that it comes from.
    wait(base::Nanoseconds{0},
         [&](base::Nanoseconds time) { return !links_ || links_->wait_idle(time); });
    while (!outboxes_are_done() && !wait_stop(kLook)) {
    }
    stop_reading_back();
    // From here on nobody wakes a lane but the sinks' plugins, and they until they have stopped.
    timers_.stop();
    for (const std::future<void>& stopped : stop_sinks()) {
        if (!comes_back(stopped)) {
            return false;
        }
    }
    if (links_) {
        // What has no answer is sent again at the next start, if an outbox holds it.
        links_->wait_answered(kLastMoment);
        links_->stop();
    }
    if (replay_) {
        replay_->close();
    }
    return surroundings_.flow == nullptr || surroundings_.flow->stop(kLastMoment);
}

base::Nanoseconds Pipeline::expire_answers() {
    base::Nanoseconds next = base::Nanoseconds::max();
    for (const auto& node : nodes_) {
        if (node->source) {
            next = std::min(next, node->source->delivery().expire());
        }
    }
    return next;
}

void Pipeline::look_at_progress() {
    for (const std::string& node : progress_.look(surroundings_.clock.steady())) {
        surroundings_.log.error("no_progress", {{"pipeline", spec_.name}, {"node", node}});
    }
}

graph::SourceNode& Pipeline::source(std::string_view name) {
    for (const auto& node : nodes_) {
        if (node->source && spec_.nodes[node->index].name == name) {
            return *node->source;
        }
    }
    AORTA_CHECK(false);
    return *nodes_.front()->source;
}

PipelineStatus Pipeline::status() const {
    PipelineStatus status;
    status.name = spec_.name;
    status.ledger = ledger_.counts();
    for (const std::uint32_t index : plan_.sinks) {
        status.sinks.push_back({spec_.nodes[index].name, sink_health(index)});
        for (const auto& node : nodes_) {
            if (node->outbox && node->index == index) {
                status.sinks.back().outbox = node->outbox->held();
            }
        }
    }
    if (surroundings_.storage != nullptr) {
        status.spool = surroundings_.storage->spool().health();
    }
    status.dead_letters_trouble = surroundings_.dead_letters.trouble();
    status.budget_used = budget_.used();
    status.budget_limit = budget_.limit();
    status.is_draining = is_stop_requested();
    status.stuck = progress_.stuck();
    status.links = link_states();
    status.isolated = isolated();
    return status;
}

}  // namespace aorta::runtime
