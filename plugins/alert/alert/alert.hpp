// The alert processor: evaluates rules, passes records on, sends alerts.
#pragma once

#include "alert/alert/alert_states.hpp"
#include "alert/alert/rules.hpp"
#include "common/expression/record_evaluator.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace aorta::plugins::alert {

inline constexpr std::uint32_t kOut = 0;
inline constexpr std::uint32_t kAlerts = 1;

/// A record that starts the delay of an alert is held until the alert is decided, so that the alert
/// has a parent; a copy of it goes on at once.
class Alert final : public Processor {
public:
    static void check(const Options& options, Diagnostics& report) {
        check_rules(options["rules"], report);
    }

    Alert(const Options& options, const Host& host);

    Verdict process(Record& record, Out& out) override;
    void on_timer(Out& out, Nanoseconds steady) override;
    void drain(Out& out) override;

    static constexpr std::uint32_t kStateVersion = 1;
    void save(StateWriter& writer) const;
    Result<void> load(StateReader& reader, std::uint32_t version);

private:
    struct Observation {
        bool is_met = false;
        bool is_over = false;
    };

    struct Held {
        Record record;
        std::size_t alerts = 0;
    };

    /// Evaluates every rule into observations_; gives the reason for which the record is rejected.
    std::string_view observe(const Record& record);
    Verdict hold(const std::vector<StateId>& pending, Out& out);
    void raise_due(Out& out, Nanoseconds now);
    Draft notice(std::uint32_t rule, std::string_view state, const Record& record) const;
    void settle(Out& out);

    Host host_;
    std::vector<Rule> rules_;
    AlertStates states_;
    expression::RecordEvaluator evaluator_;
    std::vector<Observation> observations_;
    std::map<Hold, Held> held_;
    Hold last_hold_ = 0;
    Nanoseconds alarm_ = Nanoseconds::max();
    std::uint64_t counted_evictions_ = 0;
    std::uint32_t alert_type_;
    Counter raised_;
    Counter cleared_;
    Counter evicted_;
    Counter without_key_;
};

}  // namespace aorta::plugins::alert
