#include "flow/route/router.hpp"

#include <algorithm>
#include <string>

namespace aorta::plugins::route {

namespace {

constexpr std::size_t kMaxCases = 64;

bool is_port_name(std::string_view name) {
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && is_letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
           });
}

}  // namespace

void Router::check(Options cases, Diagnostics& report) {
    if (cases.size() == 0 || cases.size() > kMaxCases) {
        report.error(cases, "give 1 to 64 cases, each a port name and a condition");
        return;
    }
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const std::string name{cases.key(i)};
        if (!is_port_name(name)) {
            report.error(cases.item(i),
                         "'" + name + "' is no port name: lower case letters, digits and _");
        } else if (name == "out" || name == "rejected") {
            report.error(
                cases.item(i),
                "every route has the port '" + name + "' already: give the case another name");
        }
        expression::compile(cases.item(i), report);
    }
}

Router::Router(Options cases, Mode mode) : mode_(mode) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
        conditions_.push_back(expression::compile_checked(cases.item(i)));
    }
}

Routing Router::route(expression::RecordEvaluator& evaluator) {
    ports_.clear();
    for (std::size_t i = 0; i < conditions_.size(); ++i) {
        const expression::Decision decision = evaluator.evaluate(conditions_[i]);
        if (!decision.trouble.empty()) {
            return {.trouble = decision.trouble};
        }
        if (decision.holds) {
            ports_.push_back(static_cast<std::uint32_t>(i + 1));
            if (mode_ == Mode::First) {
                break;
            }
        }
    }
    if (ports_.empty()) {
        ports_.push_back(kOut);
    }
    return {.ports = ports_};
}

}  // namespace aorta::plugins::route
