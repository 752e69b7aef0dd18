// A sink in its lane: hands over batches, takes completions from any thread, retries in order.
#pragma once

#include "graph/lane.hpp"
#include "graph/stage.hpp"
#include "graph/timers.hpp"

#include <atomic>
#include <deque>
#include <future>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace aorta::graph {

/// How a sink is doing. Times are of the steady clock; 0 is never.
struct SinkHealth {
    bool is_down = false;         ///< its last attempt failed and is being retried
    std::string reason;           ///< why, a declared id
    std::uint64_t waiting = 0;    ///< records that it has not finished
    base::Nanoseconds oldest{0};  ///< ingest time (wall clock) of the oldest of them

    /// Another lane of the same sink, or more of this one's records.
    void add(const SinkHealth& other);
};

struct SinkSettings {
    std::uint32_t node = 0;
    FailureAction on_error = FailureAction::Default;
    bool is_reply_wanted = false;  ///< a source answers with what this sink's peer says
    base::Nanoseconds first_retry = std::chrono::milliseconds(100);
    base::Nanoseconds longest_retry = std::chrono::seconds(30);
};

/// Outages are not poison: what may succeed later is retried without end, in order, and holds the
/// lane (with hold_key: its key). What the peer refuses for good becomes a dead letter, or a
/// failure that the sender is told of. A sink that can take nothing more (Cancelled) stops the
/// pipeline.
class SinkLane final : public Lane, public host::NodeServices {
public:
    struct Services {
        const Router& router;
        NodeProbe& probe;
        host::NodeContext& context;
        Timers& timers;
    };

    SinkLane(std::string name,
             Thread thread,
             Runner& home,
             base::BusyCount& active,
             SinkSettings settings,
             Services services);
    ~SinkLane() override;

    void attach(Body& body) { body_ = &body; }

    SinkHealth health() const;
    /// Asks the lane to end the sink. What it has not finished then, and what comes afterwards, is
    /// failed(shutdown). The future is ready when the plugin has stopped. Once.
    std::future<void> stop();

    void complete(aorta_record* record, host::Completion completion) override;
    void store_dead_letter(aorta_record* record) override;

    bool is_reply_wanted() const override { return settings_.is_reply_wanted; }

    void reply(aorta_record* record, std::string_view answer) override;
    void misbehaved(std::string_view what) override;

protected:
    void work(message::Batch& batch, Runner& runner) override;

private:
    struct Slot {
        message::RecordPtr record;  // null once it was handed to the dead letters
        bool is_completed = false;
        host::Completion completion;
        message::BufferRef reply = {};
    };

    void end();
    void fail_shutdown(message::RecordPtr record);
    void collect();
    void finish(Slot slot);
    bool wants_retry(const host::Completion& completion) const;
    void plan_retry(base::Nanoseconds retry_after);
    message::Batch next_batch();
    void consume(message::Batch batch);
    void note_health();
    Slot* find(const aorta_record* record);
    void close_slot(Slot& slot);

    const SinkSettings settings_;
    const Services services_;
    Body* body_ = nullptr;

    // Of the running thread:
    std::deque<message::RecordPtr> retry_;  // in order, before pending_
    std::deque<message::RecordPtr> pending_;
    base::Nanoseconds retry_at_{0};
    std::uint32_t attempts_ = 0;
    std::string trouble_;
    bool is_stopped_ = false;

    std::atomic<bool> wants_stop_{false};
    std::promise<void> stopped_;

    mutable std::mutex mutex_;  // guards slots_ and open_
    std::vector<Slot> slots_;   // in the sink's hands
    std::size_t open_ = 0;      // of them not completed, and one for the call of consume

    mutable std::mutex health_mutex_;  // guards health_
    SinkHealth health_;
};

}  // namespace aorta::graph
