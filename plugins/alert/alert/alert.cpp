#include "alert/alert/alert.hpp"

#include <span>
#include <string>

namespace aorta::plugins::alert {

namespace {

constexpr std::string_view kRaised = "raised";
constexpr std::string_view kCleared = "cleared";

std::vector<Timing> timings(const std::vector<Rule>& rules) {
    std::vector<Timing> all;
    all.reserve(rules.size());
    for (const Rule& rule : rules) {
        all.push_back(rule.timing);
    }
    return all;
}

}  // namespace

Alert::Alert(const Options& options, const Host& host)
    : host_(host),
      rules_(read_rules(options["rules"])),
      states_(timings(rules_), static_cast<std::size_t>(options["max_states"].integer())),
      evaluator_(host),
      alert_type_(host.intern("alert")),
      raised_(host.counter("alerts_raised")),
      cleared_(host.counter("alerts_cleared")),
      evicted_(host.counter("alert_states_evicted")),
      without_key_(host.counter("alerts_without_key")) {}

Verdict Alert::process(Record& record, Out& out) {
    if (const std::string_view trouble = observe(record); !trouble.empty()) {
        return Verdict::reject(trouble);
    }
    const Nanoseconds now = host_.steady_of(record);
    raise_due(out, now);
    std::vector<StateId> pending;
    for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
        const auto [is_met, is_over] = observations_[rule];
        if (rules_[rule].per_key && record.key() == 0) {
            // Whose alert it is cannot be told: no state, so that no alert is kept back.
            if (is_met) {
                without_key_.add();
                raised_.add();
                out.emit(kAlerts, notice(rule, kRaised, record));
            }
            continue;
        }
        const StateId id{rules_[rule].per_key ? record.key() : 0, rule};
        const Step step = states_.observe(id, is_met, is_over, now);
        if (step.change != Change::None) {
            const bool is_raised = step.change == Change::Raised;
            (is_raised ? raised_ : cleared_).add();
            out.emit(kAlerts, notice(rule, is_raised ? kRaised : kCleared, record));
        }
        if (step.needs_hold) {
            pending.push_back(id);
        }
    }
    Verdict verdict = pending.empty() ? Verdict::pass(kOut) : hold(pending, out);
    settle(out);
    return verdict;
}

std::string_view Alert::observe(const Record& record) {
    evaluator_.open(record);
    observations_.clear();
    for (const Rule& rule : rules_) {
        const expression::Decision when = evaluator_.evaluate(rule.when);
        const expression::Decision clear =
            rule.clear ? evaluator_.evaluate(*rule.clear) : expression::Decision{!when.holds};
        for (const auto& decision : {when, clear}) {
            if (!decision.trouble.empty()) {
                return decision.trouble;
            }
        }
        observations_.push_back({when.holds, clear.holds});
    }
    return {};
}

Verdict Alert::hold(const std::vector<StateId>& pending, Out& out) {
    out.emit(kOut, Draft{});
    held_.emplace(++last_hold_, Held{out.absorb(), pending.size()});
    for (const StateId& id : pending) {
        states_.hold(id, last_hold_);
    }
    return Verdict::absorbed();
}

void Alert::on_timer(Out& out, Nanoseconds steady) {
    alarm_ = Nanoseconds::max();
    raise_due(out, steady);
    settle(out);
}

void Alert::raise_due(Out& out, Nanoseconds now) {
    for (const AlertStates::Due& due : states_.take_due(now)) {
        if (due.record == kGone) {
            continue;
        }
        const Record& parent = held_.at(due.record).record;
        raised_.add();
        out.emit_from(std::span{&parent, 1}, kAlerts, notice(due.id.rule, kRaised, parent));
    }
}

// What is pending is forgotten, unless it comes again at the next start.
void Alert::drain(Out& out) {
    if (host_.keeps_state()) {
        return;
    }
    for (const auto& [hold, held] : held_) {
        out.resolve(held.record, Verdict::emitted());
    }
    held_.clear();
}

Draft Alert::notice(std::uint32_t rule, std::string_view state, const Record& record) const {
    const std::string id = record.id();
    Draft draft;
    draft.content_type = alert_type_;
    draft.payload = host_.buffer(to_json({.rule = rules_[rule].name,
                                          .priority = rules_[rule].priority,
                                          .state = state,
                                          .time = host_.now(),
                                          .key = record.key(),
                                          .record = id}));
    return draft;
}

// Gives back the records that no pending alert needs any more, and sets the next alarm.
void Alert::settle(Out& out) {
    for (const Hold hold : states_.take_released()) {
        if (hold == kGone) {
            continue;
        }
        const auto held = held_.find(hold);
        if (--held->second.alerts == 0) {
            out.resolve(held->second.record, Verdict::emitted());
            held_.erase(held);
        }
    }
    const Nanoseconds alarm = states_.next_due().value_or(Nanoseconds::max());
    if (alarm != alarm_) {
        alarm_ = alarm;
        host_.set_timer(alarm);
    }
    if (states_.evicted() != counted_evictions_) {
        evicted_.add(states_.evicted() - counted_evictions_);
        counted_evictions_ = states_.evicted();
    }
}

}  // namespace aorta::plugins::alert
