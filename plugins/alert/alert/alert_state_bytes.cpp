// The state of an alert node as bytes: aorta.state/1, version 1. Rules are named, since a changed
// pipeline may have others, or the same ones in another order.
#include "alert/alert/alert.hpp"

#include <algorithm>
#include <string>

namespace aorta::plugins::alert {
namespace {

constexpr std::uint8_t kHeld = 1;
constexpr std::uint8_t kWasRaised = 2;

Error unreadable() {
    return {ErrorCode::Corrupt, "the bytes are not those of alert states"};
}

}  // namespace

void Alert::save(StateWriter& writer) const {
    writer.number(static_cast<std::uint32_t>(rules_.size()));
    for (const Rule& rule : rules_) {
        writer.text(rule.name);
    }
    const std::vector<AlertStates::Entry> entries = states_.entries();
    writer.number(static_cast<std::uint64_t>(entries.size()));
    for (const AlertStates::Entry& entry : entries) {
        writer.number(entry.id.key);
        writer.number(entry.id.rule);
        writer.number(static_cast<std::uint8_t>(entry.phase));
        writer.number(static_cast<std::uint8_t>((entry.record ? kHeld : 0) |
                                                (entry.raised_at ? kWasRaised : 0)));
        writer.time(entry.due);
        writer.time(entry.raised_at.value_or(Nanoseconds{0}));
    }
}

// A rule that is not there any more takes its states with it.
Result<void> Alert::load(StateReader& reader, std::uint32_t /*version*/) {
    std::vector<std::size_t> rule_now;
    for (auto left = reader.number<std::uint32_t>(); left > 0 && reader.is_good(); --left) {
        const auto found = std::ranges::find(rules_, reader.text(), &Rule::name);
        rule_now.push_back(static_cast<std::size_t>(found - rules_.begin()));
    }
    for (auto left = reader.number<std::uint64_t>(); left > 0 && reader.is_good(); --left) {
        AlertStates::Entry entry;
        entry.id.key = reader.number<std::uint64_t>();
        const auto rule = reader.number<std::uint32_t>();
        const auto phase = reader.number<std::uint8_t>();
        const auto flags = reader.number<std::uint8_t>();
        entry.due = reader.time();
        const Nanoseconds raised_at = reader.time();
        if (!reader.is_good() || rule >= rule_now.size() || phase > AlertStates::Pending) {
            return unreadable();
        }
        if (rule_now[rule] == rules_.size()) {
            continue;
        }
        entry.id.rule = static_cast<std::uint32_t>(rule_now[rule]);
        entry.phase = static_cast<AlertStates::Phase>(phase);
        if ((flags & kHeld) != 0) {
            entry.record = kGone;
        }
        if ((flags & kWasRaised) != 0) {
            entry.raised_at = raised_at;
        }
        states_.restore(entry);
    }
    if (!reader.is_good() || !reader.is_at_end()) {
        return unreadable();
    }
    // The alarm of what is pending is set by the first record or timer.
    alarm_ = states_.next_due().value_or(Nanoseconds::max());
    if (alarm_ != Nanoseconds::max()) {
        host_.set_timer(alarm_);
    }
    return {};
}

}  // namespace aorta::plugins::alert
