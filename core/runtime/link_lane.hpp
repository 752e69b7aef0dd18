// The sending end of an edge that crosses to another worker: a lane whose records go to a link.
#pragma once

#include "graph/lane.hpp"
#include "graph/router.hpp"
#include "transport/link.hpp"

#include <atomic>
#include <deque>
#include <future>
#include <string>

namespace aorta::runtime {

/// Hands over records in order, as far as the link's window goes; the rest waits here and holds up
/// the sources by the byte budget, or stays in the outbox before it.
class LinkLane final : public graph::Lane {
public:
    /// `node`: where the edge leads. All references outlive the lane.
    LinkLane(std::string name,
             std::uint32_t node,
             std::uint32_t edge,
             graph::Runner& home,
             base::BusyCount& active,
             transport::Link& link,
             const graph::Router& router)
        : Lane(std::move(name), Thread::Shared, home, active),
          node_(node),
          edge_(edge),
          link_(link),
          router_(router) {}

    /// What the link has not taken, and what comes afterwards, is failed(shutdown). The future is
    /// ready when it is. Once.
    std::future<void> stop();

    /// Records that the link has not taken.
    std::size_t backlog() const { return waiting() + pending_count_.load(); }

    /// Ingest time of the first of them; 0 when there is none.
    base::Nanoseconds oldest() const;

protected:
    void work(message::Batch& batch, graph::Runner& runner) override;

private:
    bool offer_first();

    const std::uint32_t node_;
    const std::uint32_t edge_;
    transport::Link& link_;
    const graph::Router& router_;
    std::deque<message::RecordPtr> pending_;  // of the running thread
    std::atomic<std::size_t> pending_count_{0};
    std::atomic<std::int64_t> pending_since_ns_{0};
    std::atomic<bool> wants_stop_{false};
    bool is_stopped_ = false;  // of the running thread
    std::promise<void> stopped_;
};

}  // namespace aorta::runtime
