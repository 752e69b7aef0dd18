#include "common/privacy/policy.hpp"

#include <array>

namespace aorta::privacy {
namespace {

constexpr std::array<std::string_view, 13> kNames = {"keep",
                                                     "remove",
                                                     "mask",
                                                     "year",
                                                     "shift_date",
                                                     "generalise",
                                                     "pseudonym",
                                                     "token",
                                                     "format_preserving",
                                                     "encrypt",
                                                     "substitute",
                                                     "perturb",
                                                     "scrub"};
constexpr std::array<std::string_view, 3> kProfiles = {
    "safe_harbor", "limited_data_set", "pseudonymise"};

template <class Enum, std::size_t N>
std::optional<Enum> find_value(const std::array<std::string_view, N>& names,
                               std::string_view name) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == name) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

void say(Diagnostics* report, const Options& at, std::string_view problem) {
    if (report != nullptr) {
        report->error(at, problem);
    }
}

std::optional<Rule> read_rule(const Options& from, Diagnostics* report) {
    constexpr std::string_view kSelectors[] = {"path", "type", "name"};
    Rule rule;
    int count = 0;
    for (std::size_t i = 0; i < std::size(kSelectors); ++i) {
        const Options given = from[kSelectors[i]];
        if (given.exists()) {
            rule.selector = static_cast<Rule::Selector>(i);
            rule.selected = given.text();
            ++count;
        }
    }
    if (count != 1 || rule.selected.empty()) {
        say(report, from, "a rule has one of path, type and name");
        return std::nullopt;
    }
    Treatment& treatment = rule.treatment;
    const auto action = find_value<Action>(kNames, from["action"].text());
    if (!action) {
        say(report, from, "no action of this name: " + std::string{kActionNames});
    }
    treatment.action = action.value_or(Action::Remove);
    treatment.with = from["with"].text();
    treatment.span = from["span"].real();
    treatment.is_proportional = from["proportional"].flag();
    treatment.has_letters = from["alphabet"].text() == "letters_and_digits";
    if ((treatment.action == Action::Substitute) != from["with"].exists()) {
        say(report, from, "substitute, and nothing else, has a text: with");
    }
    if ((treatment.action == Action::Perturb) != (treatment.span > 0)) {
        say(report, from, "perturb, and nothing else, has a span above 0");
    }
    return rule;
}

}  // namespace

std::string_view name_of(Action action) {
    return kNames[static_cast<std::size_t>(action)];
}

std::string_view name_of(Profile profile) {
    return kProfiles[static_cast<std::size_t>(profile)];
}

Profile profile_of(std::string_view name) {
    return find_value<Profile>(kProfiles, name).value_or(Profile::SafeHarbor);
}

bool needs_key(Action action) {
    switch (action) {
        case Action::ShiftDate:
        case Action::Pseudonym:
        case Action::FormatPreserving:
        case Action::Encrypt:
        case Action::Perturb:
            return true;
        default:
            return false;
    }
}

std::vector<Rule> read_rules(const Options& list, Diagnostics* report) {
    std::vector<Rule> rules;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (auto rule = read_rule(list.item(i), report)) {
            rule->index = i;
            rules.push_back(std::move(*rule));
        }
    }
    return rules;
}

}  // namespace aorta::privacy
