// The rules of an alert node, from its options.
#pragma once

#include "alert/alert/alert_states.hpp"
#include "common/expression/record_evaluator.hpp"

#include <aorta/sdk.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::alert {

struct Rule {
    std::string name;
    std::string priority;
    expression::Expression when;
    std::optional<expression::Expression>
        clear;  ///< without: the alert ends when `when` does not hold
    Timing timing;
    bool per_key = true;
};

/// Reports what is wrong with the option `rules`, and warns of what is easily wrong.
void check_rules(Options rules, Diagnostics& report);

/// From rules that check_rules accepted.
std::vector<Rule> read_rules(Options rules);

/// One alert as it leaves the node. Holds no patient data: the key is a keyed hash.
struct Notice {
    std::string_view rule;
    std::string_view priority;
    std::string_view state;  ///< raised or cleared
    Nanoseconds time;        ///< since 1970 UTC
    std::uint64_t key;       ///< 0: none
    std::string_view record;
};

/// One JSON object, without a line end.
std::string to_json(const Notice& notice);

}  // namespace aorta::plugins::alert
