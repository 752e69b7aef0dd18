// What was done to a record, and under which policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::privacy {

struct Report {
    std::uint64_t parts_removed = 0;          ///< whole segments; contained resources that are none
    std::uint64_t values_removed = 0;         ///< fields, elements
    std::uint64_t values_changed = 0;         ///< something is left of them
    std::vector<std::uint64_t> by_rule = {};  ///< values that a rule of the pipeline was for

    void count_rule(std::size_t rule) {
        if (by_rule.size() <= rule) {
            by_rule.resize(rule + 1);
        }
        ++by_rule[rule];
    }
};

/// "profile=safe_harbor policy=0f3a… parts_removed=1 removed=12 changed=3 rules=0,4": the text of
/// an attribute. Numbers only, no value of the record.
std::string to_text(const Report& report, std::string_view profile, std::string_view policy_hash);

}  // namespace aorta::privacy
