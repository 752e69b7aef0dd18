// The words of a de-identification policy, the same for every format.
#pragma once

#include <aorta/sdk.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::privacy {

enum class Profile : std::uint8_t { SafeHarbor, LimitedDataSet, Pseudonymise };

/// What is done to a value.
enum class Action : std::uint8_t {
    Keep,
    Remove,
    Mask,        ///< letters and digits become asterisks
    Year,        ///< of a date; nothing if it shows an age above 89
    ShiftDate,   ///< by the days of the patient
    Generalise,  ///< addresses to state and three digits of the ZIP code, ages to 90, dates to
                 ///< years
    Pseudonym,   ///< keyed hash
    Token,       ///< random, from the vault if there is one
    FormatPreserving,  ///< digits, or letters and digits, encrypted in their places
    Encrypt,           ///< AES-GCM, base64
    Substitute,        ///< another text
    Perturb,           ///< a number with noise
    Scrub,             ///< text without what identifies somebody
};

/// As it stands in a policy: "shift_date".
std::string_view name_of(Action action);
std::string_view name_of(Profile profile);

struct Treatment {
    Action action = Action::Remove;
    std::string with = {};         ///< Substitute
    double span = 0;               ///< Perturb: noise lies within half of it on both sides
    bool is_proportional = false;  ///< Perturb: the span is a share of the number
    bool has_letters = false;      ///< FormatPreserving
};

struct Rule {
    enum class Selector : std::uint8_t { Path, Type, Name };

    Selector selector = Selector::Path;
    std::string selected;  ///< PID-3.1, Patient.birthDate, XAD, Address, ZPI, postalCode
    Treatment treatment;
    std::size_t index = 0;  ///< in the policy's list
};

inline constexpr std::string_view kActionNames =
    "keep|remove|mask|year|shift_date|generalise|pseudonym|token|format_preserving|encrypt|"
    "substitute|perturb|scrub";

/// The keys of a rule, for the list that a descriptor declares.
inline constexpr Option kRuleFields[] = {
    {.name = "path",
     .summary = "what the rule is for: a field or component (PID-3, PID-3.1), or an element "
                "(Patient.birthDate, Address.city)",
     .example = "Patient.birthDate"},
    {.name = "type", .summary = "or all values of a data type", .example = "HumanName"},
    {.name = "name",
     .summary = "or all elements of a name, all fields of a segment",
     .example = "postalCode"},
    {.name = "action", .summary = "what is done to them", .required = true, .one_of = kActionNames},
    {.name = "with", .summary = "substitute: the text", .example = "UNKNOWN"},
    {.name = "span",
     .type = Type::Real,
     .summary = "perturb: the width of the noise, half of it on both sides",
     .min = "0",
     .example = "2.0"},
    {.name = "proportional",
     .type = Type::Bool,
     .summary = "perturb: the span is a share of the number",
     .default_value = "false"},
    {.name = "alphabet",
     .summary = "format_preserving: what is encrypted, in its place",
     .default_value = "digits",
     .one_of = "digits|letters_and_digits"},
};

/// The rules of a list with kRuleFields. What is wrong with one goes to `report`.
std::vector<Rule> read_rules(const Options& list, Diagnostics* report);

Profile profile_of(std::string_view name);

/// True if the action works with the secret key.
bool needs_key(Action action);

}  // namespace aorta::privacy
