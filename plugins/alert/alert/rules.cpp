#include "alert/alert/rules.hpp"

#include "common/fhir/date_time.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

namespace aorta::plugins::alert {

namespace {

constexpr std::size_t kMaxRules = 256;
constexpr std::size_t kMaxName = 64;

// Also what stands in JSON without escaping.
bool is_rule_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxName &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '.' || c == ' ';
           });
}

std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

}  // namespace

void check_rules(Options rules, Diagnostics& report) {
    if (rules.size() == 0 || rules.size() > kMaxRules) {
        report.error(rules, "give 1 to 256 rules");
        return;
    }
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const Options rule = rules.item(i);
        const Options name = rule["name"];
        if (!is_rule_name(name.text())) {
            report.error(name.exists() ? name : rule,
                         "the name of a rule has 1 to 64 letters, digits, spaces or _ - .");
        } else if (!names.insert(name.text()).second) {
            report.error(name, "another rule has this name");
        }
        expression::compile(rule["when"], report);
        if (rule["clear"].exists()) {
            expression::compile(rule["clear"], report);
        } else {
            report.warning(rule,
                           "without 'clear' every record for which 'when' does not hold ends the "
                           "alert, also one that says nothing about it");
        }
    }
}

std::vector<Rule> read_rules(Options rules) {
    std::vector<Rule> read;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const Options rule = rules.item(i);
        const Options clear = rule["clear"];
        read.push_back({.name = std::string{rule["name"].text()},
                        .priority = std::string{rule["priority"].text()},
                        .when = expression::compile_checked(rule["when"]),
                        .clear = clear.exists() ? std::optional{expression::compile_checked(clear)}
                                                : std::nullopt,
                        .timing = {rule["delay"].duration(), rule["suppress"].duration()},
                        .per_key = rule["per"].text() != "none"});
    }
    return read;
}

std::string to_json(const Notice& notice) {
    const auto member = [](std::string_view name, std::string_view text) {
        return "\"" + std::string{name} + "\":\"" + std::string{text} + "\"";
    };
    return "{" + member("rule", notice.rule) + "," + member("priority", notice.priority) + "," +
           member("state", notice.state) + "," + member("time", fhir::to_instant(notice.time)) +
           "," + (notice.key == 0 ? "\"key\":null" : member("key", hex(notice.key))) + "," +
           member("record", notice.record) + "}";
}

}  // namespace aorta::plugins::alert
