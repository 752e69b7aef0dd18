// When an alert is raised and when it is cleared: delay, hysteresis, re-alert suppression.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace aorta::plugins::alert {

using Nanoseconds = std::chrono::nanoseconds;

struct Timing {
    Nanoseconds delay{0};     ///< the condition must last so long before the alert is raised
    Nanoseconds suppress{0};  ///< not raised again sooner than this after it was raised
};

struct StateId {
    std::uint64_t key = 0;
    std::uint32_t rule = 0;

    friend auto operator<=>(const StateId&, const StateId&) = default;
};

/// Names a record that is kept so that an alert which a timer raises has a parent.
using Hold = std::uint64_t;

/// A record that is not here any more: it was held before a restart, and its alert has left.
inline constexpr Hold kGone = 0;

enum class Change { None, Raised, Cleared };

/// What an observation leads to.
struct Step {
    Change change = Change::None;
    bool needs_hold = false;  ///< the alert is due by a timer: call hold() with this record
};

/// The alerts of all keys: inactive → pending → active → inactive. Only what is not plainly
/// inactive takes memory, at most `max_states`. Knows no clock: times are steady and passed in. One
/// thread.
///
/// A pending alert is raised by its timer when its delay is over. One that is kept back only by
/// `suppress` waits for the next observation that still meets the condition.
class AlertStates {
public:
    AlertStates(std::vector<Timing> rules, std::size_t max_states)
        : rules_(std::move(rules)), max_states_(max_states) {}

    /// An observation of one rule. `is_met`: its condition holds; `is_over`: the alert ends
    /// (ignored while the condition holds). Neither: the state stays as it is.
    Step observe(StateId id, bool is_met, bool is_over, Nanoseconds now);

    /// Keeps a record for an alert whose observation just said needs_hold.
    void hold(StateId id, Hold record);

    struct Due {
        StateId id;
        Hold record;
    };

    /// Raises what is due, as of then; the records are released.
    std::vector<Due> take_due(Nanoseconds now);

    /// When take_due has something to do.
    std::optional<Nanoseconds> next_due() const;

    /// The holds that ended since the last call, one entry for each hold().
    std::vector<Hold> take_released() { return std::exchange(released_, {}); }

    /// States forgotten for want of room: inactive ones first, then active ones (which are raised
    /// again if the condition is met again), each time the one that changed longest ago. When all
    /// are pending, a new alert is raised at once and has no state; that counts here too.
    std::uint64_t evicted() const { return evicted_; }

    std::size_t size() const { return entries_.size(); }

    enum Phase : std::uint8_t { Inactive, Active, Pending };

    struct Entry {
        StateId id = {};
        Phase phase = Inactive;
        Nanoseconds due{0};  ///< pending
        std::optional<Nanoseconds> raised_at = std::nullopt;
        std::optional<Hold> record = std::nullopt;
    };

    /// All entries, of each phase the longest unchanged first.
    std::vector<Entry> entries() const;
    /// Adds what `entries` gave, in that order, to a new object. Whatever was held is gone.
    void restore(Entry entry);

private:
    using Place = std::list<Entry>::iterator;

    Step start(StateId id, Nanoseconds now);
    void raise(Place entry, Nanoseconds now);
    void move(Place entry, Phase phase);
    void release(Entry& entry);
    void erase(Place entry);
    void forget_expired(Nanoseconds now);
    bool make_room();

    Nanoseconds suppressed_until(const Entry& entry) const {
        return entry.raised_at ? *entry.raised_at + rules_[entry.id.rule].suppress
                               : Nanoseconds::min();
    }

    std::vector<Timing> rules_;
    std::size_t max_states_;
    std::list<Entry> phases_[3];  // by Phase, the longest unchanged first
    std::map<StateId, Place> entries_;
    std::set<std::pair<Nanoseconds, StateId>> timers_;  // of the entries with a record
    std::vector<Hold> released_;
    std::uint64_t evicted_ = 0;
};

}  // namespace aorta::plugins::alert
