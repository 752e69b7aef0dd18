#include "flow/consent/rules.hpp"

#include "flow/consent/purpose.hpp"

#include <algorithm>

namespace aorta::plugins::consent {
namespace {

// v3-Confidentiality, from the least to the most.
constexpr std::string_view kLevels = "ULMNRV";
constexpr std::size_t kNormal = 3;

/// The place of a code of confidentiality in that order.
std::optional<std::size_t> level_of(std::string_view code) {
    const std::size_t level = code.size() == 1 ? kLevels.find(code[0]) : std::string_view::npos;
    return level == std::string_view::npos ? std::nullopt : std::optional{level};
}

/// Data without a label of confidentiality is normal.
std::size_t confidentiality_of(const Use& use) {
    std::optional<std::size_t> most;
    for (const std::string& label : use.labels) {
        if (const auto level = level_of(label)) {
            most = std::max(most.value_or(0), *level);
        }
    }
    return most.value_or(kNormal);
}

bool contains(const std::vector<std::string>& list, const std::string& one) {
    return std::ranges::find(list, one) != list.end();
}

bool has_actor(const Provision& provision, const Use& use) {
    return provision.actors.empty() ||
           std::ranges::any_of(use.recipient, [&](const std::string& name) {
               return contains(provision.actors, name);
           });
}

bool has_purpose(const Provision& provision, const Use& use) {
    if (provision.purposes.empty()) {
        return provision.is_deny || use.purpose != kBreakGlass;
    }
    return std::ranges::any_of(provision.purposes, [&](const std::string& purpose) {
        // Who permits treatment has not permitted to break the glass.
        const bool is_claimed = provision.is_deny || use.purpose != kBreakGlass;
        return use.purpose == purpose || (is_claimed && is_part_of(use.purpose, purpose));
    });
}

/// A denial holds for data with any of its labels, R also for V. A permission holds for data with
/// one of its sensitivities, no more confidential than it says.
bool has_label(const Provision& provision, const Use& use) {
    const std::size_t confidentiality = confidentiality_of(use);
    std::optional<std::size_t> most;
    bool names_sensitivity = false;
    bool is_sensitive = false;
    for (const std::string& label : provision.labels) {
        if (const auto level = level_of(label)) {
            if (provision.is_deny && confidentiality >= *level) {
                return true;
            }
            most = std::max(most.value_or(0), *level);
        } else {
            names_sensitivity = true;
            is_sensitive = is_sensitive || contains(use.labels, label);
        }
    }
    if (provision.is_deny) {
        return provision.labels.empty() || is_sensitive;
    }
    return (!most || confidentiality <= *most) && (!names_sensitivity || is_sensitive);
}

bool has_data(const Provision& provision, const Use& use) {
    // What is not known of the data permits nothing and is no way around a denial.
    const bool is_unknown = provision.is_deny;
    const Period& period = provision.data_period;
    const bool has_time =
        !period.is_limited() ||
        (use.time ? (provision.is_deny ? period.overlaps(*use.time) : period.contains(*use.time))
                  : is_unknown);
    const bool has_type = provision.types.empty() ||
                          (use.type.empty() ? is_unknown : contains(provision.types, use.type));
    const bool has_instance =
        provision.instances.empty() ||
        (use.instance.empty() ? is_unknown : contains(provision.instances, use.instance));
    return has_time && has_type && has_instance;
}

bool matches(const Provision& provision, const Use& use) {
    return provision.period.contains(use.now) && (!provision.has_more || provision.is_deny) &&
           has_actor(provision, use) && has_purpose(provision, use) && has_label(provision, use) &&
           has_data(provision, use);
}

}  // namespace

std::optional<Policy> read_policy(std::string_view name) {
    constexpr std::pair<std::string_view, Policy> kPolicies[] = {
        {"deny", Policy::Deny},
        {"break-glass-only", Policy::BreakGlassOnly},
        {"basic-normal", Policy::BasicNormal},
        {"all-normal", Policy::AllNormal},
    };
    for (const auto& [known, policy] : kPolicies) {
        if (known == name) {
            return policy;
        }
    }
    return std::nullopt;
}

std::optional<bool> permits(const Consent& consent, const Use& use) {
    std::optional<bool> said;
    if (consent.base && matches(*consent.base, use)) {
        said = !consent.base->is_deny;
    }
    // An exception counts only while the consent does.
    const bool is_over = consent.base && !consent.base->period.contains(use.now);
    std::optional<bool> excepted;
    for (const Provision& exception : consent.exceptions) {
        if (!is_over && matches(exception, use)) {
            excepted = excepted.value_or(true) && !exception.is_deny;
        }
    }
    return excepted ? excepted : said;
}

bool permits(Policy policy, const Use& use) {
    const bool is_normal = confidentiality_of(use) <= kNormal;
    switch (policy) {
        case Policy::Deny:
            return false;
        case Policy::BreakGlassOnly:
            return use.purpose == kBreakGlass;
        case Policy::BasicNormal:
            return is_normal && use.purpose != kBreakGlass &&
                   (is_part_of(use.purpose, "TREAT") || is_part_of(use.purpose, "HPAYMT") ||
                    is_part_of(use.purpose, "HOPERAT"));
        case Policy::AllNormal:
            return is_normal && use.purpose != kBreakGlass;
    }
    return false;
}

}  // namespace aorta::plugins::consent
