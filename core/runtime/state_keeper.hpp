// Keeps the state of a pipeline's plugins: takes snapshots that agree with the journals, and gives
// them back after a restart. docs/decisions/0007 says why it is done like this.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "delivery/journal.hpp"
#include "delivery/source_delivery.hpp"
#include "graph/segment_lane.hpp"
#include "graph/stage.hpp"
#include "spool/spool.hpp"
#include "state/places.hpp"
#include "state/snapshot.hpp"

#include <aorta/result.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace aorta::runtime {

/// One for each pipeline that keeps state. All that it is given outlives it.
///
/// A snapshot is taken while the journals pause, when no record is on its way through the lanes; it
/// is written only when all records before it are settled, so that none of them comes again.
class StateKeeper {
public:
    struct Services {
        spool::Spool& spool;
        base::Log& log;
        std::string pipeline;
        base::Nanoseconds interval;   ///< between snapshots
        std::uint64_t max_bytes = 0;  ///< of the spool
    };

    /// The plugin of a node in one lane.
    struct Kept {
        std::string node;
        std::uint32_t lane = 0;
        std::uint32_t version = 0;
        graph::Stage* stage = nullptr;
        graph::SegmentLane* at = nullptr;
    };

    struct Source {
        delivery::Journal* journal = nullptr;
        delivery::SourceDelivery* delivery = nullptr;
    };

    struct Parts {
        std::vector<Source> sources;             ///< of which what is kept comes
        std::vector<graph::SegmentLane*> lanes;  ///< between them and it, upstream first
        std::vector<Kept> kept;                  ///< in the order of their lanes
        state::Places places;                    ///< theirs
    };

    StateKeeper(Services services, Parts parts);
    StateKeeper(const StateKeeper&) = delete;
    StateKeeper& operator=(const StateKeeper&) = delete;
    ~StateKeeper();

    /// Gives the plugins their state, and tells the spool from where on their records are kept.
    /// When the spool is loaded, before the journals begin. The error names the node.
    Result<void> load(const std::stop_token& stop);

    /// Takes snapshots from now on, on a thread of its own. Nothing after `stop`. [any thread]
    void start();
    /// No snapshot is taken any more when it returns, and no journal pauses. [any thread]
    void stop();

    /// Takes a snapshot; nothing when the pipeline did not come to rest in time, when nothing has
    /// come since the last one, or when a plugin could not save. [one thread at a time]
    std::optional<state::Snapshot> take(const std::stop_token& stop);
    /// All records before the last `take` are settled.
    bool is_settled() const;
    /// Writes it. The spool keeps what comes behind it from when it is durable.
    void write(const state::Snapshot& snapshot);

private:
    using Deadline = std::chrono::steady_clock::time_point;

    void run(const std::stop_token& stop);
    Result<state::Snapshot> read() const;
    bool has_stayed() const;
    std::vector<state::Cut> pause();
    bool save_all(state::Snapshot& snapshot, const std::stop_token& stop);
    bool save(const Kept& kept, state::Snapshot& snapshot, const std::stop_token& stop);
    bool wait(Deadline until,
              const std::stop_token& stop,
              const std::function<bool()>& is_done) const;
    void look_at_room();
    void warn(const char* event, const std::string& node, const std::string& reason) const;

    const Services services_;
    const Parts parts_;
    std::vector<state::Cut> written_;  // the cuts of the last snapshot
    bool is_short_of_room_ = false;
    mutable std::mutex mutex_;  // guards what follows
    mutable std::condition_variable_any changed_;
    bool is_stopped_ = false;
    std::jthread thread_;
};

}  // namespace aorta::runtime
