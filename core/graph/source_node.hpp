// A source in the pipeline: makes records of drafts, opens their receipts, sends them on, and
// brings answers and fates back to the plugin.
#pragma once

#include "delivery/journal.hpp"
#include "delivery/source_delivery.hpp"
#include "graph/flow.hpp"
#include "graph/router.hpp"
#include "host/node_host.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace aorta::graph {

/// The plugin, as its node calls it. [any thread; must not block]
class SourceBody {
public:
    SourceBody() = default;
    SourceBody(const SourceBody&) = delete;
    SourceBody& operator=(const SourceBody&) = delete;
    virtual ~SourceBody() = default;
    virtual void on_credit() = 0;
    virtual void on_ack(std::uint64_t cookie, const aorta_outcome& outcome) = 0;
    virtual void on_settled(std::uint64_t cookie, const aorta_outcome& outcome) = 0;
};

/// CPU time that the calling thread has used.
std::int64_t thread_cpu_ns();

/// How a source runs what it pushes: on its own thread when the pipeline is idle and the work is
/// less than a hop over the graph would cost, else on the runner.
struct Gate {
    Runner& runner;
    /// True when nothing is running; null: never inline.
    std::function<bool()> is_idle;
    /// Measures the work.
    std::function<std::int64_t()> cpu_ns = thread_cpu_ns;
};

class SourceNode final : public host::NodeServices, public delivery::SourcePeer {
public:
    struct Services {
        const Router& router;
        host::NodeContext& context;
        delivery::Ledger& ledger;
        Gate gate;
        std::function<void()> on_finished;
    };

    /// `epoch` is new at each start, so that ids of different runs differ: a number that was never
    /// durable may be given again after a crash, and a sink that remembers ids must not take the
    /// one for the other.
    SourceNode(std::uint32_t node,
               std::string name,
               std::uint64_t epoch,
               const delivery::AckPolicy& policy,
               Services services,
               delivery::Roots roots = {});
    ~SourceNode() override;

    void attach(SourceBody& body) { body_ = &body; }

    /// Before the first push; null: none.
    void attach(delivery::Journal* maybe_journal) { maybe_journal_ = maybe_journal; }

    /// Records that the journal gives back go where pushed ones go.
    void send_on(message::Batch& batch);

    delivery::SourceDelivery& delivery() { return delivery_; }

    bool is_finished() const { return is_finished_.load(); }

    /// The byte budget has room again.
    void on_credit();

    /// The plugin has stopped: what it pushes from now on is refused.
    void close() { is_closed_.store(true); }

    void push(const aorta_draft* const* drafts, std::uint32_t count) override;
    void finished() override;
    void refuse(const aorta_draft& draft, const host::Completion& why) override;
    aorta_ack_policy ack_policy() const override;
    void misbehaved(std::string_view what) override;

    void answer(std::uint64_t cookie,
                delivery::Answer answer,
                const message::Fate& why,
                std::string_view reply) override;
    void settled(std::uint64_t cookie, const message::Fate& fate) override;

private:
    message::RecordPtr admit(const aorta_draft& draft,
                             std::int64_t now_ns,
                             message::Receipt& receipt);
    message::Batch admit(const aorta_draft* const* drafts,
                         std::uint32_t count,
                         std::vector<message::Receipt*>& receipts);
    bool runs_here(std::uint32_t count);
    void run_here(message::Batch& batch);

    const std::uint32_t node_;
    const std::string name_;
    const std::array<std::uint64_t, 2> root_;
    const Services services_;
    delivery::SourceDelivery delivery_;
    SourceBody* body_ = nullptr;
    delivery::Journal* maybe_journal_ = nullptr;
    std::atomic<bool> is_finished_{false};
    std::atomic<std::int64_t> record_cost_ns_{0};  // of the last batch that ran here; 0: not known
    std::atomic<bool> is_closed_{false};
    metrics::Counter& in_;
};

}  // namespace aorta::graph
