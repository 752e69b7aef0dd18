#include "sink/mllp/policy.hpp"

#include <algorithm>
#include <optional>

namespace aorta::plugins::mllp {
namespace {

constexpr std::int64_t kMostRetries = 1000;

constexpr CauseInfo answer(std::string_view name, std::string_view reason) {
    return {name, reason, ErrorCode::ResourceExhausted, ErrorCode::InvalidData};
}

constexpr std::array<CauseInfo, kCauses> kInfos{{
    answer("AA", "mllp.aa"),
    answer("AE", "mllp.ae"),
    answer("AR", "mllp.ar"),
    answer("CA", "mllp.ca"),
    answer("CE", "mllp.ce"),
    answer("CR", "mllp.cr"),
    answer("NAK", "mllp.nak"),
    {"wrong_answer", "mllp.wrong_answer", ErrorCode::ResourceExhausted, ErrorCode::Denied},
    {"timeout", "mllp.no_answer", ErrorCode::Timeout, ErrorCode::Denied},
    {"connect", "mllp.unreachable", ErrorCode::Unavailable, ErrorCode::Denied},
}};

std::optional<Action> action_of(std::string_view word) {
    constexpr std::pair<std::string_view, Action> kWords[] = {{"done", Action::Done},
                                                              {"hold", Action::Hold},
                                                              {"dead_letter", Action::DeadLetter},
                                                              {"stop", Action::Stop}};
    for (const auto& [name, action] : kWords) {
        if (name == word) {
            return action;
        }
    }
    return std::nullopt;
}

/// `hold`, or { retry: 3, then: dead_letter }.
std::optional<Rule> rule_of(const Options& given) {
    if (given.abi()->type == AORTA_STRING) {
        const auto action = action_of(given.text());
        return action ? std::optional(Rule{.action = *action}) : std::nullopt;
    }
    const Options retry = given["retry"];
    const Options then = given["then"];
    const bool has_then = then.exists();
    const auto last = has_then ? action_of(then.text()) : Action::DeadLetter;
    if (!retry.exists() || retry.abi()->type != AORTA_INT || retry.abi()->integer < 1 ||
        retry.abi()->integer > kMostRetries || !last || given.size() != (has_then ? 2U : 1U)) {
        return std::nullopt;
    }
    return Rule{Action::Retry, static_cast<unsigned>(retry.abi()->integer), *last};
}

}  // namespace

const CauseInfo& info_of(Cause cause) {
    return kInfos[static_cast<std::size_t>(cause)];
}

Policy::Policy() {
    (*this)[Cause::AA].action = Action::Done;
    (*this)[Cause::CA].action = Action::Done;
    for (const Cause refusal : {Cause::AE, Cause::AR, Cause::CE, Cause::CR}) {
        (*this)[refusal].action = Action::DeadLetter;
    }
    (*this)[Cause::Nak] = {Action::Retry, 3, Action::DeadLetter};
}

Policy read_policy(const Options& on, const Complain& complain) {
    Policy policy;
    for (std::size_t i = 0; i < on.size(); ++i) {
        const auto* const found = std::find_if(
            kInfos.begin(), kInfos.end(), [&](const auto& info) { return info.name == on.key(i); });
        if (found == kInfos.end()) {
            complain(
                on.item(i),
                "`" + std::string{on.key(i)} +
                    "` is none of AA, AE, AR, CA, CE, CR, NAK, wrong_answer, timeout, connect");
            continue;
        }
        const auto cause = static_cast<Cause>(found - kInfos.begin());
        const std::optional<Rule> rule = rule_of(on.item(i));
        if (!rule) {
            complain(
                on.item(i),
                "`" + std::string{on.key(i)} +
                    "` takes done, hold, dead_letter, stop or { retry: 3, then: dead_letter }");
        } else if (cause == Cause::Connect &&
                   (rule->action == Action::Done ||
                    (rule->action == Action::Retry && rule->then == Action::Done))) {
            complain(on.item(i), "a message that was never sent cannot be done");
        } else {
            policy[cause] = *rule;
        }
    }
    return policy;
}

}  // namespace aorta::plugins::mllp
