#include "deidentify/records/hl7v2/deidentifier.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7/reason.hpp"
#include "common/hl7_tables/date_time.hpp"

#include <algorithm>

namespace aorta::plugins::deidentify {

namespace {

struct EventField {
    std::string_view segment;
    std::uint32_t field;
};

// Times of what the message tells: the age that a date shows is the age at the latest of them.
constexpr EventField kEventFields[] = {
    {"MSH", 7},
    {"EVN", 2},
    {"EVN", 6},
    {"PID", 29},
    {"PID", 33},
    {"PV1", 44},
    {"PV1", 45},
    {"ORC", 9},
    {"OBR", 7},
    {"OBR", 22},
    {"OBX", 14},
    {"RXA", 3},
    {"FT1", 4},
    {"TXA", 4},
    {"SPM", 17},
    {"SCH", 11},
};

// Later than this no event is; the likes of 99991231 mean "without end".
constexpr int kLatestEventYear = 2199;

// LOINC codes of an observed age, and the local word.
constexpr std::string_view kAgeCodes[] = {
    "21612-7", "29553-5", "30525-0", "35659-2", "39016-1", "63900-5", "AGE"};

/// The last day that a date can mean.
int last_day(const hl7_tables::DateTime& time) {
    switch (time.precision) {
        case hl7_tables::Precision::Year:
            return time.year * 10000 + 1231;
        case hl7_tables::Precision::Month:
            return time.year * 10000 + time.month * 100 + 31;
        default:
            return time.day_number();
    }
}

int event_day(const hl7::Message& message, int fallback_day) {
    int latest = 0;
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        for (const EventField& event : kEventFields) {
            if (message.name(i) != event.segment) {
                continue;
            }
            for (const std::string_view part : message.components(message.field(i, event.field))) {
                const auto time = hl7_tables::parse_date_time(part);
                if (time && time->year <= kLatestEventYear) {
                    latest = std::max(latest, last_day(*time));
                }
            }
        }
    }
    return latest == 0 ? fallback_day : latest;
}

struct NamedField {
    std::string_view segment;
    std::uint32_t field;
};

// Names, addresses and numbers of the people of a message: words that its free text may repeat.
constexpr NamedField kNamedFields[] = {{"PID", 3},
                                       {"PID", 5},
                                       {"PID", 6},
                                       {"PID", 9},
                                       {"PID", 11},
                                       {"PID", 18},
                                       {"PID", 19},
                                       {"NK1", 2},
                                       {"NK1", 4},
                                       {"GT1", 3},
                                       {"IN1", 16},
                                       {"PV1", 7},
                                       {"PV1", 8},
                                       {"PV1", 9},
                                       {"PV1", 17},
                                       {"PV1", 19},
                                       {"OBR", 16},
                                       {"ORC", 12},
                                       {"MSH", 4}};

privacy::WordSet named_words(const hl7::Message& message) {
    privacy::WordSet words;
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        for (const NamedField& each : kNamedFields) {
            if (message.name(i) == each.segment) {
                privacy::add_words(hl7::decode(message.field(i, each.field), message.delimiters()),
                                   words);
            }
        }
    }
    return words;
}

ObservationContext observation_of(const hl7::Message& message,
                                  std::size_t segment,
                                  const Policy& policy) {
    if (message.name(segment) != "OBX") {
        return {};
    }
    const auto component = [&](std::uint32_t field, std::uint32_t n) {
        return message.get(segment, hl7::Path{.field = field, .component = n}).raw;
    };
    const auto is_age = [&](std::string_view code) {
        return std::find(std::begin(kAgeCodes),
                         std::end(kAgeCodes),
                         hl7::decode(code, message.delimiters())) != std::end(kAgeCodes);
    };
    const std::string_view type = message.field(segment, 2);
    return {.value_type = type,
            .is_age = is_age(component(3, 1)) || is_age(component(3, 4)),
            .unit = component(6, 1),
            .own = policy.find_value_type(type)};
}

/// Whether a rule for the value type goes before the one for the field; `typed` is what it says.
bool is_by_value_type(const FieldPolicy& field,
                      const ObservationContext& observation,
                      FieldPolicy& typed) {
    if (observation.own == nullptr || !field.own || field.own->rule < observation.own->rule) {
        return false;
    }
    typed = field;
    typed.own = *observation.own;
    std::erase_if(typed.parts, [&](const ComponentTreatment& part) {
        return part.own.rule > observation.own->rule;
    });
    return true;
}

std::string_view line_end_text(hl7::LineEnd line_end) {
    constexpr std::string_view kTexts[] = {"\r", "\n", "\r\n"};
    return kTexts[static_cast<std::size_t>(line_end)];
}

bool has_value(std::string_view field) {
    return !field.empty() && field != "\"\"";
}

void count(std::string_view before,
           std::string_view after,
           const FieldPolicy& policy,
           privacy::Report& report) {
    if (!has_value(before)) {
        return;
    }
    report.values_removed += after.empty() ? 1 : 0;
    report.values_changed += !after.empty() && before != after ? 1 : 0;
    if (policy.own) {
        report.count_rule(policy.own->rule);
    }
    for (const ComponentTreatment& part : policy.parts) {
        report.count_rule(part.own.rule);
    }
}

}  // namespace

Result<privacy::Report> Deidentifier::run(const hl7::Message& message,
                                          std::string_view control_id,
                                          int fallback_day,
                                          std::string& out) {
    out.clear();
    privacy::Report report;
    MessageContext context{.delimiters = message.delimiters(),
                           .reference_day = event_day(message, fallback_day),
                           .control_id = control_id};
    hl7::decode(
        message.get(patient_).raw, message.delimiters(), hl7::TextKind::Plain, context.patient);
    context.shift = rewriter_.protector().shift_for(context.patient);
    if (rewriter_.scrubs()) {
        context.known_words = named_words(message);
    }
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        const SegmentPolicy* policy =
            message.is_well_formed(i) ? policy_.find(message.name(i)) : nullptr;
        if (i > 0 && message.name(i) == "MSH") {
            return hl7::make_error(ErrorCode::InvalidData,
                                   kSecondMsh,
                                   "a second message begins inside the first",
                                   "MSH[2]");
        }
        if (policy == nullptr) {
            ++report.parts_removed;
            continue;
        }
        append_segment(message, i, *policy, context, report, out);
        out += line_end_text(message.line_end());
    }
    return report;
}

void Deidentifier::append_segment(const hl7::Message& message,
                                  std::size_t segment,
                                  const SegmentPolicy& policy,
                                  const MessageContext& context,
                                  privacy::Report& report,
                                  std::string& out) {
    const ObservationContext observation = observation_of(message, segment, policy_);
    if (policy.keeps_all && observation.own == nullptr) {
        out += message.segment(segment);
        return;
    }
    out += message.name(segment);
    std::size_t number = 1;
    if (message.is_header(segment)) {
        out += message.field(segment, 1);
        out += message.field(segment, 2);
        number = 3;
    }
    for (; number <= message.field_count(segment); ++number) {
        out += context.delimiters.field;
        const std::size_t start = out.size();
        const std::string_view field = message.field(segment, number);
        FieldPolicy typed;
        const bool is_typed =
            number == 5 && is_by_value_type(policy.field(number), observation, typed);
        const FieldPolicy& field_policy = is_typed ? typed : policy.field(number);
        rewriter_.append_field(field, field_policy, context, observation, out);
        count(field, std::string_view{out}.substr(start), field_policy, report);
    }
}

}  // namespace aorta::plugins::deidentify
