// A running pipeline: instances, lanes and edges made from a spec; started, watched, drained.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/diagnostic.hpp"
#include "delivery/dead_letters.hpp"
#include "delivery/ledger.hpp"
#include "delivery/record_codec.hpp"
#include "delivery/storage.hpp"
#include "delivery/undertaker.hpp"
#include "graph/flow.hpp"
#include "graph/plan.hpp"
#include "graph/segment_lane.hpp"
#include "graph/sink_lane.hpp"
#include "graph/source_node.hpp"
#include "graph/timers.hpp"
#include "message/interner.hpp"
#include "metrics/registry.hpp"
#include "pipeline/spec.hpp"
#include "runtime/isolated.hpp"
#include "runtime/letter_replay.hpp"
#include "runtime/link_state.hpp"
#include "runtime/progress_watch.hpp"
#include "runtime/state_keeper.hpp"
#include "runtime/table_watch.hpp"
#include "tables/store.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace aorta::runtime {

class LinkLane;
class Links;

/// What a pipeline runs in. All of it outlives the pipeline.
struct Surroundings {
    const base::Clock& clock;
    base::Log& log;
    metrics::Registry& metrics;
    message::Interner& names;
    delivery::DeadLetters& dead_letters;
    graph::Runner& runner;
    base::BusyCount& active;
    /// Null in tests: lanes are run by whoever owns the runner.
    graph::Flow* flow = nullptr;
    /// Of the journals and outboxes. Null in tests and where the pipeline has neither: then
    /// `durable` promises no more than `received`, and outboxes are left out.
    delivery::Storage* storage = nullptr;
    /// Nodes that are gone, whose records become dead letters.
    std::vector<std::string> to_dead_letters = {};
    /// Tests: stands in for a sink's plugin; the node's SinkLane is told of completions.
    std::function<std::unique_ptr<graph::Body>(const pipeline::NodeSpec&, graph::SinkLane&)>
        sink_stub = {};
    /// Tests: stands in for a source's plugin.
    std::function<std::unique_ptr<graph::SourceBody>(const pipeline::NodeSpec&, graph::SourceNode&)>
        source_stub = {};
    /// Tests: the epoch of the sources' ids, so that they are the same in each run; else random.
    std::optional<std::uint64_t> epoch = {};
    /// Whose letters are sent again when they are asked for; none: nobody's (tests).
    std::filesystem::path letters_file = {};
    spool::Keys letters_keys = {};
    /// Told of each source record that is settled, and of what leaves by ports.
    delivery::Ledger::Observer on_settled = {};
    graph::Router::Observer on_routed = {};
};

struct SinkStatus {
    std::string node;
    graph::SinkHealth health;
    std::optional<std::uint64_t> outbox = {};  ///< records in it; none without an outbox
};

struct PipelineStatus {
    std::string name;
    delivery::LedgerCounts ledger;
    std::vector<SinkStatus> sinks;
    std::string dead_letters_trouble;
    std::uint64_t budget_used = 0;
    std::uint64_t budget_limit = 0;
    bool is_draining = false;
    std::optional<spool::SpoolHealth> spool = {};
    std::vector<std::string> stuck = {};  ///< nodes that make no progress
    std::vector<LinkState> links = {};
    std::vector<IsolatedStatus> isolated = {};
};

/// Created, started, and drained by one thread; status and the ledger may be read by any.
class Pipeline {
public:
    /// Loads the plugins and makes their instances. Problems are reported to `diagnostics`. A
    /// plugin that hangs in its constructor or start ends the process (see StartWatchdog).
    static Result<std::unique_ptr<Pipeline>> create(pipeline::PipelineSpec spec,
                                                    const Surroundings& surroundings,
                                                    config::Diagnostics& diagnostics);
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;
    ~Pipeline();

    /// Starts sinks and processors, then sources. After a failure, too, `drain` ends what runs.
    Result<void> start(config::Diagnostics& diagnostics);

    /// Waits until all sources are finished, a node's `on_error: stop` has asked for it, or
    /// `request_stop` was called.
    void wait();
    void request_stop(const std::string& reason);
    /// Non-empty when a node's `on_error: stop` ended the pipeline.
    std::string stop_reason() const;

    /// Stops the sources, lets everything settle, then ends the plugins. Sources that are finished
    /// leave all the time that it takes; once a stop is requested, what is left after `grace` is
    /// failed(shutdown). False when a plugin did not come back: end the process, do not destroy.
    /// Once after each start.
    bool drain(base::Nanoseconds grace);

    /// Between start and drain.
    bool is_started() const { return is_started_; }

    const pipeline::PipelineSpec& spec() const { return spec_; }

    const delivery::Ledger& ledger() const { return ledger_; }

    PipelineStatus status() const;

    graph::Timers& timers() { return timers_; }

    /// Tests and benchmarks: push records as a source would.
    graph::SourceNode& source(std::string_view node);

    host::NodeContext& context() { return context_; }

    const graph::NodeProbe& probe(std::uint32_t node) const { return *probes_[node]; }

    const graph::Plan& plan() const { return plan_; }

    /// Answers None to senders that have waited too long. Called by the worker now and then.
    /// Returns the next deadline (steady clock), or Nanoseconds::max().
    base::Nanoseconds expire_answers();
    /// CURVE keys of links are read again. [any thread]
    void reload_keys();
    /// Looks which lanes make no progress, and tells the log. Called by the worker now and then.
    void look_at_progress();
    /// Parts of drain, for tests that run the lanes themselves.
    void stop_sources();
    std::vector<std::future<void>> stop_sinks();
    std::vector<graph::SegmentLane*> segments() const;

private:
    struct Node;
    class Builder;

    Pipeline(pipeline::PipelineSpec spec, const Surroundings& surroundings);

    void publish_metrics();
    void publish_storage();
    void publish_links();
    std::vector<LinkState> link_states() const;
    void publish_isolated();
    std::vector<IsolatedStatus> isolated() const;
    void give_up_isolated();
    void read_back();
    void begin(const spool::Loaded& loaded, const std::stop_token& stop);
    void refuse_state(const Error& why);
    void begin_ledger(const spool::Loaded& loaded);
    void begin_ledger_unread();
    void bury(const spool::Loaded& loaded, const std::stop_token& stop);
    bool has_caught_up() const;
    bool outboxes_are_done() const;
    void stop_reading_back();
    graph::SinkHealth sink_health(std::uint32_t node) const;  // of all its lanes
    bool is_stop_requested() const;
    bool wait_stop(base::Nanoseconds timeout) const;

    const pipeline::PipelineSpec spec_;
    const graph::Plan plan_;
    const Surroundings surroundings_;
    std::vector<std::string> node_names_;
    tables::Store tables_;
    message::Budget budget_;
    host::NodeContext context_;
    delivery::RecordCodec codec_;
    delivery::Ledger ledger_;
    graph::Router router_;
    graph::Timers timers_;
    std::unique_ptr<Links> links_;          // null: the pipeline is not cut
    std::unique_ptr<LetterReplay> replay_;  // null: no letters are sent again
    Entrances entrances_;                   // for replay_
    std::vector<std::unique_ptr<delivery::Undertaker>> undertakers_;
    std::atomic<bool> is_read_back_begun_;  // or there is nothing to read back
    bool is_ledger_begun_ = false;          // of the thread that reads back, then of its owner's
    std::vector<std::unique_ptr<graph::NodeProbe>> probes_;
    std::vector<std::unique_ptr<Node>> nodes_;  // instances, sources first to stop
    std::vector<std::unique_ptr<graph::SegmentLane>> segment_lanes_;  // upstream first
    std::vector<std::unique_ptr<LinkLane>> link_lanes_;
    std::unique_ptr<StateKeeper> state_;  // null: no plugin's state is kept
    ProgressWatch progress_;
    std::unique_ptr<TableWatch> table_watch_;  // while started, if a table has a file
    bool is_started_ = false;

    mutable std::mutex mutex_;  // guards the four below
    mutable std::condition_variable changed_;
    std::size_t unfinished_ = 0;
    bool is_stopping_ = false;
    std::string stop_reason_;
};

}  // namespace aorta::runtime
