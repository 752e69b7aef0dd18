#include "alert/alert/alert_states.hpp"

#include <algorithm>

namespace aorta::plugins::alert {

Step AlertStates::observe(StateId id, bool is_met, bool is_over, Nanoseconds now) {
    forget_expired(now);
    const auto found = entries_.find(id);
    const Place entry = found == entries_.end() ? Place{} : found->second;
    if (found == entries_.end() || entry->phase == Inactive) {
        return is_met ? start(id, now) : Step{};
    }
    if (entry->phase == Pending && is_met && now >= entry->due) {
        raise(entry, now);
        return {Change::Raised};
    }
    if (is_met || !is_over) {
        return {};
    }
    const Change change = entry->phase == Active ? Change::Cleared : Change::None;
    release(*entry);
    if (suppressed_until(*entry) <= now) {
        erase(entry);
    } else {
        move(entry, Inactive);
    }
    return {change};
}

// The condition is met for the first time.
Step AlertStates::start(StateId id, Nanoseconds now) {
    auto found = entries_.find(id);
    if (found == entries_.end()) {
        if (!make_room()) {
            return {Change::Raised};
        }
        auto& inactive = phases_[Inactive];
        found = entries_.emplace(id, inactive.insert(inactive.end(), Entry{id})).first;
    }
    const Place entry = found->second;
    const Nanoseconds delayed_until = now + rules_[id.rule].delay;
    entry->due = std::max(delayed_until, suppressed_until(*entry));
    if (entry->due <= now) {
        raise(entry, now);
        return {Change::Raised};
    }
    move(entry, Pending);
    return {Change::None, entry->due == delayed_until};
}

void AlertStates::hold(StateId id, Hold record) {
    Entry& entry = *entries_.at(id);
    entry.record = record;
    timers_.emplace(entry.due, id);
}

std::vector<AlertStates::Due> AlertStates::take_due(Nanoseconds now) {
    std::vector<Due> due;
    while (!timers_.empty() && timers_.begin()->first <= now) {
        const Place entry = entries_.at(timers_.begin()->second);
        due.push_back({entry->id, *entry->record});
        raise(entry, entry->due);
    }
    return due;
}

std::vector<AlertStates::Entry> AlertStates::entries() const {
    std::vector<Entry> all;
    for (const std::list<Entry>& phase : phases_) {
        all.insert(all.end(), phase.begin(), phase.end());
    }
    return all;
}

void AlertStates::restore(Entry entry) {
    if (entries_.contains(entry.id) || !make_room()) {
        return;
    }
    if (entry.record) {
        entry.record = kGone;
        timers_.emplace(entry.due, entry.id);
    }
    auto& phase = phases_[entry.phase];
    entries_.emplace(entry.id, phase.insert(phase.end(), entry));
}

std::optional<Nanoseconds> AlertStates::next_due() const {
    return timers_.empty() ? std::nullopt : std::optional{timers_.begin()->first};
}

void AlertStates::raise(Place entry, Nanoseconds now) {
    release(*entry);
    entry->raised_at = now;
    move(entry, Active);
}

void AlertStates::move(Place entry, Phase phase) {
    auto& target = phases_[phase];
    target.splice(target.end(), phases_[entry->phase], entry);
    entry->phase = phase;
}

void AlertStates::release(Entry& entry) {
    if (entry.record) {
        timers_.erase({entry.due, entry.id});
        released_.push_back(*entry.record);
        entry.record.reset();
    }
}

void AlertStates::erase(Place entry) {
    release(*entry);
    entries_.erase(entry->id);
    phases_[entry->phase].erase(entry);
}

// An inactive alert is remembered only while `suppress` keeps it back.
void AlertStates::forget_expired(Nanoseconds now) {
    auto& inactive = phases_[Inactive];
    while (!inactive.empty() && suppressed_until(inactive.front()) <= now) {
        erase(inactive.begin());
    }
}

// False if every state is pending: those are not given up, since an alert would be lost.
bool AlertStates::make_room() {
    while (entries_.size() >= max_states_) {
        ++evicted_;
        auto& oldest = phases_[Inactive].empty() ? phases_[Active] : phases_[Inactive];
        if (oldest.empty()) {
            return false;
        }
        erase(oldest.begin());
    }
    return true;
}

}  // namespace aorta::plugins::alert
