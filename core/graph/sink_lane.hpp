// A sink in its lane: hands over batches, takes completions from any thread, retries in order.
#pragma once

#include "graph/lane.hpp"
#include "graph/retry.hpp"
#include "graph/sink_hands.hpp"
#include "graph/sink_health.hpp"
#include "graph/stage.hpp"
#include "graph/stored_attempts.hpp"
#include "graph/timers.hpp"

#include <atomic>
#include <deque>
#include <future>
#include <mutex>
#include <string>

namespace aorta::graph {

struct SinkSettings {
    std::uint32_t node = 0;
    pipeline::OnError on_error = pipeline::OnError::Default;
    bool is_reply_wanted = false;  ///< a source answers with what this sink's peer says
    pipeline::RetrySpec retry = {};
};

/// Outages are not poison: what may succeed later is retried without end, in order, and holds the
/// lane (with hold_key: its key). What is given up (see Retry) becomes what `on_error` says, by
/// default a dead letter, or a failure that the sender is told of. A sink that can take nothing
/// more (Cancelled) stops the pipeline.
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

    /// What it gets comes from an outbox, which keeps count of failed attempts. Before the first.
    void count_in(StoredAttempts& attempts) { stored_attempts_ = &attempts; }

    SinkHealth health() const;
    /// Asks the lane to end the sink. What it has not finished then, and what comes afterwards, is
    /// failed(shutdown). The future is ready when the plugin has stopped. Once.
    std::future<void> stop();

    void complete(aorta_record* record, host::Completion completion) override;
    void store_dead_letter(aorta_record* record) override;

    bool is_reply_wanted() const override { return settings_.is_reply_wanted; }

    void reply(aorta_record* record, std::string_view answer) override;
    std::uint32_t count_attempt(const aorta_record* record) override;
    void misbehaved(std::string_view what) override;

protected:
    void work(message::Batch& batch, Runner& runner) override;

private:
    void end();
    void fail_shutdown(message::RecordPtr record);
    void collect();
    bool judge(const Slot& slot);
    void finish(Slot slot);
    void give_up(Slot slot);
    void note_breaker(bool was_open);
    message::Batch next_batch();
    void take_pending(message::Batch& next, std::size_t most);
    void consume(message::Batch batch);
    void note_health();

    bool is_down() const { return policy_.failures() != 0 || !retry_.empty(); }

    void answer_to(SinkHands::Outcome outcome, std::string_view misuse);

    const SinkSettings settings_;
    const Services services_;
    Body* body_ = nullptr;
    StoredAttempts* stored_attempts_ = nullptr;

    // Of the running thread:
    std::deque<message::RecordPtr> retry_;  // in order, before pending_
    std::deque<message::RecordPtr> pending_;
    Retry policy_;
    std::string trouble_;
    bool is_stopped_ = false;

    std::atomic<bool> wants_stop_{false};
    std::promise<void> stopped_;

    SinkHands hands_;

    mutable std::mutex health_mutex_;  // guards health_
    SinkHealth health_;
};

}  // namespace aorta::graph
