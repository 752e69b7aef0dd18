// What patients allow, and what follows from it for one use of their data.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::consent {

using Instant = std::chrono::nanoseconds;  // since 1970 UTC

/// From `begin` to before `end`.
struct Period {
    Instant begin = Instant::min();
    Instant end = Instant::max();

    bool contains(Instant time) const { return begin <= time && time < end; }

    bool contains(const Period& other) const { return begin <= other.begin && other.end <= end; }

    bool overlaps(const Period& other) const { return begin < other.end && other.begin < end; }

    bool is_limited() const { return begin != Instant::min() || end != Instant::max(); }
};

/// Consent.provision: what is permitted or denied. A list left out limits nothing.
struct Provision {
    bool is_deny = false;
    Period period = {};                       ///< in which it counts
    Period data_period = {};                  ///< of the data
    std::vector<std::string> actors = {};     ///< who receives: Organization/1, or system|value
    std::vector<std::string> purposes = {};   ///< PurposeOfUse
    std::vector<std::string> labels = {};     ///< codes of securityLabel
    std::vector<std::string> types = {};      ///< names of resource types, from `class`
    std::vector<std::string> instances = {};  ///< Type/id, from `data` with meaning `instance`
    /// It is limited by something else (action, code, data that is related …), which is not looked
    /// at: if it permits, it permits nothing; if it denies, it denies whatever else it says.
    bool has_more = false;
};

/// A consent as it is in force: an inactive one is forgotten.
struct Consent {
    std::vector<std::string> ids;       ///< Consent/id, and its identifiers
    std::vector<std::string> patients;  ///< Patient/id or system|value
    Instant updated = Instant::max();   ///< meta.lastUpdated; without it, whenever it came
    std::optional<Provision> base;      ///< without it, only the exceptions say something
    std::vector<Provision> exceptions;
};

/// One use of one piece of data.
struct Use {
    std::vector<std::string> recipient;  ///< the names of who receives
    std::string purpose;
    Instant now{0};
    std::optional<Period> time = {};       ///< of the data
    std::string type = {};                 ///< resource type; empty: not FHIR
    std::string instance = {};             ///< Type/id, if it has one
    std::vector<std::string> labels = {};  ///< codes of meta.security
};

/// What holds for patients of whom no consent speaks: the policies of IHE PCF (volume 1).
enum class Policy : std::uint8_t {
    Deny,
    BreakGlassOnly,  ///< nothing but purpose BTG
    BasicNormal,     ///< TREAT, HPAYMT and HOPERAT, for data of normal confidentiality
    AllNormal,       ///< any purpose, for data of normal confidentiality
};

std::optional<Policy> read_policy(std::string_view name);

/// What one consent says of a use; nothing, if it does not speak of it. An exception outweighs the
/// base; of several exceptions that match, one that denies outweighs.
std::optional<bool> permits(const Consent& consent, const Use& use);

bool permits(Policy policy, const Use& use);

}  // namespace aorta::plugins::consent
