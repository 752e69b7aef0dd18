#include "deidentify/records/hl7v2/rewriter.hpp"

#include "common/hl7/message.hpp"
#include "common/privacy/places.hpp"
#include "deidentify/records/hl7v2/date_values.hpp"
#include "deidentify/records/hl7v2/values.hpp"

#include <algorithm>

namespace aorta::plugins::deidentify {

namespace {

constexpr std::string_view kNull = "\"\"";

struct TypeTreatment {
    std::string_view type;
    Treatment treatment;
};

// Any other type is removed: encapsulated data, names, telephones, arrays of samples.
constexpr TypeTreatment kValueTypes[] = {
    {"NM", Treatment::Number},     {"SI", Treatment::Number},   {"SN", Treatment::Structured},
    {"NR", Treatment::Structured}, {"CQ", Treatment::Quantity}, {"CE", Treatment::Coded},
    {"CWE", Treatment::Coded},     {"CNE", Treatment::Coded},   {"ID", Treatment::Coded},
    {"IS", Treatment::Coded},      {"DT", Treatment::Date},     {"TS", Treatment::Date},
    {"DTM", Treatment::Date},      {"DR", Treatment::Date},     {"XAD", Treatment::Address},
    {"AD", Treatment::Address},    {"CX", Treatment::Id},       {"EI", Treatment::Code},
    {"ST", Treatment::Scrub},      {"TX", Treatment::Scrub},    {"FT", Treatment::Scrub},
    {"CF", Treatment::Scrub},
};

using privacy::Action;

/// TQ: quantity, interval, duration, start, end, priority; the rest is text and cross references.
void append_timing(std::string_view repetition,
                   DateMode mode,
                   const MessageContext& message,
                   std::string& out) {
    ComponentWriter writer{message.delimiters.component, out};
    std::size_t n = 0;
    for (const std::string_view part : hl7::Split{repetition, message.delimiters.component}) {
        ++n;
        if (n == 4 || n == 5) {
            put_date(n, part, mode, message, writer);
        } else if (n <= 6) {
            const auto first = hl7::Split{part, message.delimiters.subcomponent}.at(1);
            writer.put(n, privacy::is_label(first) ? first : std::string_view{});
        }
    }
}

void append_location(std::string_view repetition,
                     const hl7::Delimiters& delimiters,
                     std::string& out) {
    ComponentWriter writer{delimiters.component, out};
    std::size_t n = 0;
    for (const std::string_view part : hl7::Split{repetition, delimiters.component}) {
        if (++n > 8) {
            break;
        }
        writer.put(n, part);
    }
}

void append_number(std::string_view repetition,
                   const MessageContext& message,
                   const ObservationContext& observation,
                   privacy::Profile profile,
                   std::string& out) {
    const std::string_view number = hl7::Split{repetition, message.delimiters.component}.at(1);
    if (!is_compared_number(number)) {
        return;
    }
    if (observation.is_age && profile != privacy::Profile::LimitedDataSet) {
        out += privacy::bounded_age(number, observation.unit);
    } else {
        out += number;
    }
}

}  // namespace

Treatment Rewriter::by_value_type(std::string_view type) const {
    const auto* const known = std::find_if(std::begin(kValueTypes),
                                           std::end(kValueTypes),
                                           [&](const auto& each) { return each.type == type; });
    if (known == std::end(kValueTypes)) {
        return Treatment::Remove;
    }
    switch (known->treatment) {
        case Treatment::Address:
            return config_.profile == privacy::Profile::LimitedDataSet ? Treatment::CityAddress
                                                                       : Treatment::Address;
        case Treatment::Scrub:
            return config_.text == TextMode::Scrub ? Treatment::Scrub : Treatment::Remove;
        default:
            return known->treatment;
    }
}

void Rewriter::append_field(std::string_view field,
                            const FieldPolicy& policy,
                            const MessageContext& message,
                            const ObservationContext& observation,
                            std::string& out) {
    Treatment treatment = policy.treatment;
    const OwnTreatment* own = policy.own ? &*policy.own : nullptr;
    if (treatment == Treatment::ByValueType) {
        treatment = by_value_type(observation.value_type);
        // Only numbers can be bounded.
        if (observation.is_age && treatment != Treatment::Number &&
            config_.profile != privacy::Profile::LimitedDataSet) {
            treatment = Treatment::Remove;
        }
        own = own == nullptr ? observation.own : own;
    }
    const bool is_kept =
        own != nullptr ? own->treatment.action == Action::Keep : treatment == Treatment::Keep;
    const bool is_removed =
        own != nullptr ? own->treatment.action == Action::Remove : treatment == Treatment::Remove;
    if (field.empty() || field == kNull || (is_kept && policy.parts.empty())) {
        out += field;
        return;
    }
    if (own == nullptr && treatment == Treatment::ControlId && policy.parts.empty()) {
        out += message.control_id;
        return;
    }
    if (is_removed && policy.parts.empty()) {
        return;
    }
    const std::size_t start = out.size();
    bool is_first = true;
    for (const std::string_view repetition : hl7::Split{field, message.delimiters.repetition}) {
        if (!is_first) {
            out += message.delimiters.repetition;
        }
        is_first = false;
        if (repetition == kNull) {
            out += repetition;
        } else {
            append_repetition(repetition, policy, own, treatment, message, observation, out);
        }
    }
    if (out.find_first_not_of(message.delimiters.repetition, start) == std::string::npos) {
        out.resize(start);
    }
}

/// What the profile or a rule makes of the whole, then what rules make of components.
void Rewriter::append_repetition(std::string_view repetition,
                                 const FieldPolicy& policy,
                                 const OwnTreatment* own,
                                 Treatment treatment,
                                 const MessageContext& message,
                                 const ObservationContext& observation,
                                 std::string& out) {
    const std::size_t start = out.size();
    if (own != nullptr) {
        append_own(repetition, own->treatment, treatment, message, out);
    } else {
        append_treated(repetition, treatment, message, observation, out);
    }
    if (policy.parts.empty()) {
        return;
    }
    const char separator = message.delimiters.component;
    const std::string whole = out.substr(start);
    out.resize(start);
    const hl7::Split before{repetition, separator};
    const hl7::Split after{whole, separator};
    std::size_t count = after.size();
    for (const ComponentTreatment& part : policy.parts) {
        count = std::max(count, std::size_t{part.component});
    }
    ComponentWriter writer{separator, out};
    for (std::size_t n = 1; n <= count; ++n) {
        const auto part = std::find_if(policy.parts.begin(),
                                       policy.parts.end(),
                                       [&](const auto& each) { return each.component == n; });
        if (part == policy.parts.end()) {
            writer.put(n, after.at(n));
        } else if (!before.at(n).empty()) {
            writer.put(n, own_part(before.at(n), part->own.treatment, message));
        }
    }
}

void Rewriter::append_treated(std::string_view repetition,
                              Treatment treatment,
                              const MessageContext& message,
                              const ObservationContext& observation,
                              std::string& out) {
    const hl7::Delimiters& delimiters = message.delimiters;
    switch (treatment) {
        case Treatment::Keep:
            out += repetition;
            return;
        case Treatment::Coded:
        case Treatment::CodeOnly:
            return append_coded(repetition, treatment == Treatment::CodeOnly, delimiters, out);
        case Treatment::ScrubbedCoded:
            return append_coded_text(
                repetition,
                delimiters,
                [&](std::string_view raw) { return scrubbed(raw, message); },
                out);
        case Treatment::Scrub:
            return append_scrubbed(repetition, message, out);
        case Treatment::Number:
            return append_number(repetition, message, observation, config_.profile, out);
        case Treatment::Structured:
            // An age may hide in it; which of its numbers it would be is not worth a guess.
            return observation.is_age ? void() : append_structured(repetition, delimiters, out);
        case Treatment::Quantity:
            return observation.is_age ? void() : append_quantity(repetition, delimiters, out);
        case Treatment::Label:
            return append_labels(repetition, delimiters, out);
        case Treatment::First: {
            const auto first = hl7::Split{repetition, delimiters.component}.at(1);
            const auto code = hl7::Split{first, delimiters.subcomponent}.at(1);
            out += code.empty() ? code : first;
            return;
        }
        case Treatment::Range:
            out += is_range(repetition) ? repetition : std::string_view{};
            return;
        case Treatment::Date:
        case Treatment::Occurrence:
            return append_dates(
                repetition, treatment == Treatment::Occurrence, config_.dates, message, out);
        case Treatment::Timing:
            return append_timing(repetition, config_.dates, message, out);
        case Treatment::Address:
        case Treatment::CityAddress:
            return append_address(repetition,
                                  treatment == Treatment::CityAddress,
                                  config_.is_us_by_default,
                                  delimiters,
                                  out);
        case Treatment::Location:
            return append_location(repetition, delimiters, out);
        case Treatment::Id:
        case Treatment::Code:
        case Treatment::Surrogate:
            return append_code(repetition, treatment, delimiters, out);
        default:
            return;  // the others are done with the whole field
    }
}

}  // namespace aorta::plugins::deidentify
