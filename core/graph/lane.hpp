// A lane: a serial piece of a pipeline with an inbox. Whoever runs it (a flow-graph node, a
// source's thread, a thread of its own), it is never entered twice, and batches never overtake each
// other.
#pragma once

#include "base/busy_count.hpp"
#include "base/clock.hpp"
#include "message/record.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace aorta::graph {

class Lane;

/// Runs lanes that have work. `post` is called once when a lane becomes runnable; the runner then
/// calls `Lane::run` until it returns false. [any thread]
class Runner {
public:
    Runner() = default;
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;
    virtual ~Runner() = default;
    virtual void post(Lane& lane) = 0;
};

class Lane {
public:
    enum class Thread { Shared, Own };

    /// `home` runs the lane when nobody better is at hand; `active` counts the lanes that are
    /// scheduled or running. Both outlive the lane.
    Lane(std::string name, Thread thread, Runner& home, base::BusyCount& active)
        : name_(std::move(name)), thread_(thread), home_(home), active_(active) {}

    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    virtual ~Lane() = default;

    /// Appends records (moved out of `batch`) and makes the lane runnable. [any thread]
    void offer(message::Batch& batch, Runner& runner);
    void offer(message::RecordPtr record, Runner& runner);
    /// Makes the lane run even with an empty inbox: a timer is due, a sink has completed. [any
    /// thread]
    void wake();
    /// Takes what waits (up to 64 records or 64 KiB; up to 256 records under backlog) and works on
    /// it. True when more waits: the lane stays scheduled and must be run again. [one thread at a
    /// time]
    bool run(Runner& runner);

    bool has_own_thread() const { return thread_ == Thread::Own; }

    const std::string& name() const { return name_; }

    /// Rises by one when a run begins and when it ends: odd while the lane is running. [any thread]
    std::uint64_t turns() const { return turns_.load(std::memory_order_relaxed); }

    /// Nothing waits in it, and it does not run.
    bool is_quiet() const;
    /// Records in the inbox.
    std::size_t waiting() const;
    /// Ingest time (wall clock) of the first record in the inbox; 0 when it is empty.
    base::Nanoseconds oldest_waiting() const;

    std::size_t index = 0;  ///< for the runner's own use

protected:
    /// Called by run. Leaves `batch` empty.
    virtual void work(message::Batch& batch, Runner& runner) = 0;

    Runner& home() const { return home_; }

private:
    bool schedule();  // under mutex_; true when the caller must post
    bool take();      // fills taken_; true when there is something to do
    void post(Runner& runner);

    const std::string name_;
    const Thread thread_;
    Runner& home_;
    base::BusyCount& active_;
    mutable std::mutex mutex_;  // guards inbox_, head_, is_scheduled_, is_woken_
    message::Batch inbox_;
    std::size_t head_ = 0;  // records before it are taken
    bool is_scheduled_ = false;
    bool is_woken_ = false;
    message::Batch taken_;  // of the running thread
    std::atomic<std::uint64_t> turns_{0};
};

/// Runs lanes on the calling thread, one after the other. A backlog goes to the lane's home, and so
/// do lanes with a thread of their own.
class InlineRunner final : public Runner {
public:
    explicit InlineRunner(Runner& home) : home_(home) {}

    void post(Lane& lane) override;
    void run();

private:
    Runner& home_;
    std::vector<Lane*> ready_;
};

}  // namespace aorta::graph
