#include "runtime/state_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

namespace aorta::runtime {
namespace {

using Clock = std::chrono::steady_clock;
using graph::SegmentLane;
using state::Snapshot;

/// So long may a pause hold up new records before it is given up for this time.
constexpr auto kLongestPause = std::chrono::milliseconds(100);
/// So long may a plugin take to save.
constexpr auto kLongestSave = std::chrono::seconds(5);
/// Conditions that nobody announces are looked at this often: in a pause, and out of one.
constexpr auto kLookInPause = std::chrono::milliseconds(1);
constexpr auto kLookOutside = std::chrono::milliseconds(50);
/// Large states are written less often: on average not more than this.
constexpr std::size_t kBytesPerSecond = 1U << 20U;

std::chrono::nanoseconds time_to_write(const Snapshot& snapshot) {
    std::size_t bytes = 0;
    for (const state::NodeState& node : snapshot.nodes) {
        bytes += node.bytes.size();
    }
    return std::chrono::seconds(bytes / kBytesPerSecond);
}

/// Sends on what waited, however the pause ends.
class Pause {
public:
    explicit Pause(const std::vector<StateKeeper::Source>& sources) : sources_(sources) {}

    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

    ~Pause() {
        for (const StateKeeper::Source& source : sources_) {
            source.journal->resume();
        }
    }

private:
    const std::vector<StateKeeper::Source>& sources_;
};

}  // namespace

StateKeeper::StateKeeper(Services services, Parts parts)
    : services_(std::move(services)), parts_(std::move(parts)) {}

StateKeeper::~StateKeeper() {
    stop();
}

Result<Snapshot> StateKeeper::read() const {
    const Result<std::string> bytes = services_.spool.snapshot(state::kSnapshotName);
    if (!bytes.ok()) {
        return bytes.error();
    }
    return bytes->empty() ? Snapshot{} : state::decode(*bytes);
}

Result<void> StateKeeper::load(const std::stop_token& stop) {
    const state::Places places = state::read_places(services_.spool);
    const bool has_stored = std::ranges::any_of(
        places, [](const state::Place& place) { return !place.stored_as.empty(); });
    Result<Snapshot> found = has_stored ? read() : Snapshot{};
    if (!found.ok()) {
        return Error{found.error().code, found.error().message, parts_.kept.front().node};
    }
    std::size_t taken_up = 0;
    for (const state::Place& place : places) {
        for (const Kept& kept : parts_.kept) {
            const state::NodeState* stored =
                kept.node == place.node ? found->find(place.stored_as, kept.lane) : nullptr;
            if (stored == nullptr) {
                continue;
            }
            // Owned by the call: it may come later than anybody waits for it.
            auto result = std::make_shared<Result<void>>();
            const auto done = kept.at->call([result, stage = kept.stage, state = *stored] {
                *result = stage->load(state.version, state.bytes);
            });
            if (!wait(Deadline::max(), stop, [&] {
                    return done.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
                })) {
                return Error{ErrorCode::Cancelled, "the pipeline stops"};
            }
            if (!result->ok()) {
                return Error{result->error().code,
                             "the state of `" + kept.node +
                                 "` cannot be taken up: " + result->error().message,
                             kept.node};
            }
            ++taken_up;
        }
    }
    services_.log.info("state_taken_up",
                       {{"pipeline", services_.pipeline}, {"states", std::to_string(taken_up)}});
    written_ = found->cuts;
    for (const Source& source : parts_.sources) {
        const spool::StreamId stream = source.delivery->roots().stream.id;
        services_.spool.keep(stream, found->next(stream));
    }
    return {};
}

void StateKeeper::start() {
    const std::scoped_lock lock(mutex_);
    if (is_stopped_) {
        return;
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void StateKeeper::stop() {
    std::jthread thread;
    {
        const std::scoped_lock lock(mutex_);
        is_stopped_ = true;
        thread.swap(thread_);
    }
    // It is asked to stop, and joined.
}

void StateKeeper::run(const std::stop_token& stop) {
    const auto never = [] { return false; };
    std::chrono::nanoseconds pause = services_.interval;
    while (!stop.stop_requested()) {
        wait(Clock::now() + pause, stop, never);
        look_at_room();
        std::optional<Snapshot> snapshot = take(stop);
        if (!snapshot) {
            continue;
        }
        pause = std::max<std::chrono::nanoseconds>(services_.interval, time_to_write(*snapshot));
        wait(Deadline::max(), stop, [this] { return is_settled() || has_stayed(); });
        if (has_stayed()) {
            services_.log.warn("state_snapshots_ended",
                               {{"pipeline", services_.pipeline},
                                {"reason", "a record has failed and stays in the journal"}});
            return;
        }
        if (!stop.stop_requested()) {
            write(*snapshot);
        }
    }
}

std::optional<Snapshot> StateKeeper::take(const std::stop_token& stop) {
    Snapshot snapshot;
    const Pause pause{parts_.sources};
    snapshot.cuts = this->pause();
    if (snapshot.cuts.size() != parts_.sources.size() || snapshot.cuts == written_ ||
        !save_all(snapshot, stop)) {
        return std::nullopt;
    }
    return snapshot;
}

/// Fewer cuts than sources: one of them is not able to.
std::vector<state::Cut> StateKeeper::pause() {
    std::vector<state::Cut> cuts;
    for (const Source& source : parts_.sources) {
        if (const auto next = source.journal->pause()) {
            cuts.push_back({source.delivery->roots().stream.id, *next});
        }
    }
    return cuts;
}

/// Upstream first: when a lane is quiet and nothing can come to it, all that it gave has arrived
/// behind it.
bool StateKeeper::save_all(Snapshot& snapshot, const std::stop_token& stop) {
    const Deadline until = Clock::now() + kLongestPause;
    if (!wait(until, stop, [this] {
            return std::ranges::all_of(
                parts_.sources, [](const Source& source) { return source.journal->is_paused(); });
        })) {
        return false;
    }
    for (SegmentLane* lane : parts_.lanes) {
        if (!wait(until, stop, [lane] { return lane->is_quiet(); })) {
            return false;
        }
        for (const Kept& kept : parts_.kept) {
            if (kept.at == lane && !save(kept, snapshot, stop)) {
                return false;
            }
        }
    }
    return true;
}

bool StateKeeper::save(const Kept& kept, Snapshot& snapshot, const std::stop_token& stop) {
    // Owned by the call: it may come later than anybody waits for it.
    auto saved = std::make_shared<Result<std::string>>(std::string{});
    const auto done = kept.at->call([saved, stage = kept.stage] { *saved = stage->save(); });
    if (!wait(Clock::now() + kLongestSave, stop, [&] {
            return done.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
        })) {
        return false;
    }
    if (!saved->ok()) {
        warn("state_not_saved", kept.node, saved->error().message);
        return false;
    }
    snapshot.nodes.push_back({kept.node, kept.lane, kept.version, std::move(**saved)});
    return true;
}

bool StateKeeper::is_settled() const {
    return std::ranges::all_of(parts_.sources, [](const Source& source) {
        return source.delivery->unsettled()->is_cut_settled();
    });
}

bool StateKeeper::has_stayed() const {
    return std::ranges::any_of(parts_.sources, [](const Source& source) {
        return source.delivery->unsettled()->has_stayed();
    });
}

void StateKeeper::write(const Snapshot& snapshot) {
    written_ = snapshot.cuts;
    state::write_places(services_.spool, parts_.places);
    services_.spool.snapshot(state::kSnapshotName,
                             state::encode(snapshot),
                             [&spool = services_.spool, cuts = snapshot.cuts] {
                                 for (const state::Cut& cut : cuts) {
                                     spool.keep(cut.stream, cut.next);
                                 }
                             });
}

bool StateKeeper::wait(Deadline until,
                       const std::stop_token& stop,
                       const std::function<bool()>& is_done) const {
    const auto look = until == Deadline::max() ? kLookOutside : kLookInPause;
    while (!is_done()) {
        if (stop.stop_requested() || Clock::now() >= until) {
            return false;
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, look, [] { return false; });
    }
    return true;
}

/// The spool gives up what is kept before it makes anybody wait.
void StateKeeper::look_at_room() {
    const bool is_short = services_.spool.health().bytes > services_.max_bytes / 2;
    if (is_short && !is_short_of_room_) {
        services_.log.warn("state_replay_cut_short",
                           {{"pipeline", services_.pipeline},
                            {"reason",
                             "the storage is nearly full: after a restart the state may "
                             "lack what came since the last snapshot"}});
    }
    is_short_of_room_ = is_short;
}

void StateKeeper::warn(const char* event,
                       const std::string& node,
                       const std::string& reason) const {
    services_.log.warn(event,
                       {{"pipeline", services_.pipeline}, {"node", node}, {"reason", reason}});
}

}  // namespace aorta::runtime
