// A stage: one processor instance in one lane. Hands it batches and turns its verdicts into fates.
#pragma once

#include "graph/router.hpp"
#include "host/node_host.hpp"
#include "metrics/registry.hpp"

#include <aorta/abi.h>
#include <aorta/result.hpp>

#include <atomic>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aorta::graph {

/// What runs in a node: a plugin instance, or a stand-in of a test. Calls as in abi.h.
class Body {
public:
    Body() = default;
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    virtual ~Body() = default;
    virtual Result<void> process(const aorta_batch& batch);
    virtual Result<void> on_timer(const aorta_out& out, std::int64_t now_ns);
    virtual Result<void> stop(const aorta_out* out);
    virtual Result<void> consume(const aorta_batch& batch);
    /// The state as bytes, and back. Only of those that have one.
    virtual Result<std::string> save();
    virtual Result<void> load(std::uint32_t version, std::string_view bytes);
};

/// Counters of a node, shared by its lanes.
struct NodeProbe {
    NodeProbe(metrics::Registry& registry, const std::string& pipeline, const std::string& node);
    metrics::Counter& in;
    metrics::Counter& passed;
    metrics::Counter& emitted;
    metrics::Counter& dropped;
    metrics::Counter& rejected;
    metrics::Counter& failed;
};

struct StageSettings {
    std::uint32_t node = 0;
    std::uint32_t ports = 1;
    pipeline::OnError on_error = pipeline::OnError::Default;
    /// Sources whose answers wait for this node.
    std::vector<const message::Settler*> after_of = {};
    /// Sources for which a rejection here is told to the sender.
    std::vector<const message::Settler*> invalid_for = {};
};

/// Created first, then given its body, since the body's host needs the stage. One thread at a time.
class Stage final : public host::NodeServices {
public:
    /// `set_alarm` asks for a run of the stage's lane at that time.
    struct Services {
        const Router& router;
        NodeProbe& probe;
        host::NodeContext& context;
        std::function<void(base::Nanoseconds)> set_alarm;
    };

    Stage(StageSettings settings, Services services);
    ~Stage() override;

    void attach(Body& body) { body_ = &body; }

    /// What the plugin knows outlives the process. Before the start.
    void keep_state() { is_state_kept_ = true; }

    /// Other records of the past end before it. Before the start.
    void needs_past(PastNeed need) { past_ = std::move(need); }

    /// Between two runs, on the thread of the lane.
    Result<std::string> save() { return body_->save(); }

    Result<void> load(std::uint32_t version, std::string_view bytes) {
        return body_->load(version, bytes);
    }

    /// Runs the batch through the plugin. `pointers` are those of the batch when it has as many;
    /// the stages of a segment hand them on while nobody is added or removed. Afterwards `batch`
    /// holds what leaves by port 0, in order; the rest is on its way.
    void run(message::Batch& batch, std::vector<aorta_record*>& pointers, Runner& runner);
    /// Calls on_timer if the alarm is due; what leaves by port 0 is appended to `batch`.
    void run_timer(message::Batch& batch, Runner& runner);
    /// Ends the plugin: what it holds comes back, or is failed(shutdown). Once; nothing is run
    /// afterwards.
    void stop(message::Batch& batch, Runner& runner);

    void set_timer(base::Nanoseconds at) override;

    bool is_state_kept() const override { return is_state_kept_; }

    void misbehaved(std::string_view what) override;

private:
    struct Detail {  // of a record whose verdict is not a plain pass
        std::uint32_t port = 0;
        std::uint32_t code = 0;
        std::string reason;
        std::string where;
    };

    struct Sent {  // emitted or resolved while the record `before` was in process
        std::uint32_t before = 0;
        std::uint32_t port = 0;
        message::RecordPtr record;
        bool is_child = false;  // of the record `before` itself
    };
    struct Calls;  // the C functions of aorta_out

    void begin(message::Batch& batch, Runner& runner);
    void fail_unanswered();
    bool all_passed() const;
    void settle_verdicts(message::Batch& batch);
    void settle(std::uint32_t index, message::RecordPtr record, message::Batch& next);
    bool may_pass(message::RecordPtr& record, std::uint32_t port);
    void end(message::RecordPtr record, std::uint32_t verdict, const Detail& given);
    void place(message::RecordPtr record, std::uint32_t port, message::Batch& next);
    void drop(message::RecordPtr record, const Detail& detail);
    void reject(message::RecordPtr record, const Detail& detail);
    void fail(message::RecordPtr record, const Detail& detail);
    void mark_after(const message::Record& record) const;
    void wake_at(std::int64_t at_ns, std::int64_t now_ns);
    void flush_sent(message::Batch& next);
    void count();
    std::uint32_t current() const;
    Detail& detail(std::uint32_t index);
    message::Record* in_process(std::uint32_t index) const;
    void send_child(Sent child);

    const StageSettings settings_;
    const Services services_;
    Body* body_ = nullptr;
    bool is_state_kept_ = false;
    std::optional<PastNeed> past_;  // none: nothing is of the past
    aorta_out out_;
    static constexpr std::int64_t kNoAlarm = std::numeric_limits<std::int64_t>::max();
    std::atomic<std::int64_t> alarm_ns_{kNoAlarm};
    std::atomic<std::int64_t> wake_ns_{0};  // when the lane will be woken; past: not again

    // Of the call in progress.
    message::Batch* batch_ = nullptr;
    Runner* runner_ = nullptr;
    std::vector<aorta_record*>* records_ = nullptr;
    std::vector<std::uint8_t> verdicts_;
    std::vector<std::uint32_t> detail_of_;  // 1 + index into details_; empty until one is needed
    std::vector<Detail> details_;
    std::vector<Sent> sent_;
    mutable std::uint32_t scanned_ = 0;
    std::uint64_t children_ = 0;
    bool is_flooded_ = false;
    bool has_absorbed_ = false;

    std::unordered_map<const aorta_record*, message::RecordPtr> held_;

    struct {
        std::uint64_t passed = 0, emitted = 0, dropped = 0, rejected = 0, failed = 0;
    } counts_;
};

}  // namespace aorta::graph
