#include "deidentify/hl7v2/rewriter.hpp"

#include "common/hl7/message.hpp"
#include "common/hl7_tables/date_time.hpp"
#include "deidentify/hl7v2/values.hpp"

#include <algorithm>
#include <charconv>

namespace aorta::plugins::deidentify {

namespace {

constexpr std::string_view kNull = "\"\"";
constexpr int kOldestYear = 1800;
constexpr int kLatestYear = 2199;

struct TypeTreatment {
    std::string_view type;
    Treatment treatment;
};

// Any other type is removed: text, encapsulated data, names, telephones, arrays of samples.
constexpr TypeTreatment kValueTypes[] = {
    {"NM", Treatment::Number},
    {"SI", Treatment::Number},
    {"SN", Treatment::Structured},
    {"NR", Treatment::Structured},
    {"CQ", Treatment::Quantity},
    {"CE", Treatment::Coded},
    {"CWE", Treatment::Coded},
    {"CNE", Treatment::Coded},
    {"ID", Treatment::Coded},
    {"IS", Treatment::Coded},
    {"DT", Treatment::Date},
    {"TS", Treatment::Date},
    {"DTM", Treatment::Date},
    {"DR", Treatment::Date},
    {"XAD", Treatment::Address},
    {"AD", Treatment::Address},
    {"CX", Treatment::Id},
    {"EI", Treatment::Code},
};

Treatment by_value_type(std::string_view type, Profile profile) {
    const auto* const known = std::find_if(std::begin(kValueTypes),
                                           std::end(kValueTypes),
                                           [&](const auto& each) { return each.type == type; });
    if (known == std::end(kValueTypes)) {
        return Treatment::Remove;
    }
    if (profile == Profile::LimitedDataSet) {
        if (known->treatment == Treatment::Date) {
            return Treatment::Keep;
        }
        if (known->treatment == Treatment::Address) {
            return Treatment::CityAddress;
        }
    }
    return known->treatment;
}

/// Puts the year of a date in place of the date, or nothing.
void put_year(std::size_t number,
              std::string_view date,
              const MessageContext& message,
              ComponentWriter& writer) {
    const auto time =
        hl7_tables::parse_date_time(hl7::Split{date, message.delimiters.subcomponent}.at(1));
    if (time && time->year >= kOldestYear && time->year <= kLatestYear &&
        !shows_age_above_89(time->day_number(), message.reference_day)) {
        writer.put(number, date.substr(0, 4));
    }
}

void append_dates(std::string_view repetition,
                  bool begins_with_code,
                  const MessageContext& message,
                  std::string& out) {
    ComponentWriter writer{message.delimiters.component, out};
    std::size_t n = 0;
    for (const std::string_view part : hl7::Split{repetition, message.delimiters.component}) {
        if (++n == 1 && begins_with_code) {
            writer.put(n, is_label(part) ? part : std::string_view{});
        } else {
            put_year(n, part, message, writer);
        }
    }
}

/// TQ: quantity, interval, duration, start, end, priority; the rest is text and cross references.
void append_timing(std::string_view repetition, const MessageContext& message, std::string& out) {
    ComponentWriter writer{message.delimiters.component, out};
    std::size_t n = 0;
    for (const std::string_view part : hl7::Split{repetition, message.delimiters.component}) {
        ++n;
        if (n == 4 || n == 5) {
            put_year(n, part, message, writer);
        } else if (n <= 6) {
            const auto first = hl7::Split{part, message.delimiters.subcomponent}.at(1);
            writer.put(n, is_label(first) ? first : std::string_view{});
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
                   Profile profile,
                   std::string& out) {
    const std::string_view number = hl7::Split{repetition, message.delimiters.component}.at(1);
    if (!is_compared_number(number)) {
        return;
    }
    if (observation.is_age && profile == Profile::SafeHarbor) {
        out += bounded_age(number, observation.unit);
    } else {
        out += number;
    }
}

}  // namespace

bool shows_age_above_89(int birth_day, int event_day) {
    return birth_day + 90 * 10000 <= event_day;
}

void Rewriter::append_field(std::string_view field,
                            Treatment treatment,
                            const MessageContext& message,
                            const ObservationContext& observation,
                            std::string& out) {
    if (treatment == Treatment::ByValueType) {
        treatment = by_value_type(observation.value_type, config_.profile);
    }
    if (treatment == Treatment::Keep || field.empty() || field == kNull) {
        out += field;
        return;
    }
    if (treatment == Treatment::ControlId) {
        out += message.control_id;
        return;
    }
    if (treatment == Treatment::Remove) {
        return;
    }
    const std::size_t start = out.size();
    bool is_first = true;
    for (const std::string_view repetition : hl7::Split{field, message.delimiters.repetition}) {
        if (!is_first) {
            out += message.delimiters.repetition;
        }
        is_first = false;
        append_repetition(repetition, treatment, message, observation, out);
    }
    if (out.find_first_not_of(message.delimiters.repetition, start) == std::string::npos) {
        out.resize(start);
    }
}

void Rewriter::append_repetition(std::string_view repetition,
                                 Treatment treatment,
                                 const MessageContext& message,
                                 const ObservationContext& observation,
                                 std::string& out) {
    const hl7::Delimiters& delimiters = message.delimiters;
    if (repetition == kNull) {
        out += repetition;
        return;
    }
    switch (treatment) {
        case Treatment::Coded:
        case Treatment::CodeOnly:
            return append_coded(repetition, treatment == Treatment::CodeOnly, delimiters, out);
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
            return append_dates(repetition, treatment == Treatment::Occurrence, message, out);
        case Treatment::Timing:
            return append_timing(repetition, message, out);
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
            return append_code(repetition, treatment == Treatment::Id, delimiters, out);
        default:
            return;  // the others are done with the whole field
    }
}

void Rewriter::append_code(std::string_view repetition,
                           bool is_cx,
                           const hl7::Delimiters& delimiters,
                           std::string& out) {
    if (!config_.random_codes || repetition.empty()) {
        return;
    }
    if (!is_cx) {
        out += codes_.code_for(repetition);
        return;
    }
    // The same number of two assigning authorities is two identifiers.
    const hl7::Split parts{repetition, delimiters.component};
    if (parts.at(1).empty()) {
        return;
    }
    std::string identifier{parts.at(1)};
    identifier += delimiters.component;
    identifier += parts.at(4);
    ComponentWriter writer{delimiters.component, out};
    writer.put(1, codes_.code_for(identifier));
    if (const std::string_view type = parts.at(5); type.size() <= 5 && is_label(type)) {
        writer.put(5, type);
    }
}

}  // namespace aorta::plugins::deidentify
