#include "validate/hl7v2/profile.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7_tables/data_types.hpp"
#include "common/hl7_tables/date_time.hpp"

#include <algorithm>

namespace aorta::plugins::validate_hl7v2 {

namespace {

/// Visits the segment that a path means, or without an occurrence all of them. False if there is
/// none.
template <class Visit>
bool for_each_segment(const hl7::Message& message, const hl7::Path& path, Visit&& visit) {
    auto at = message.find(path.segment_name(), std::max(path.occurrence, 1U));
    const bool is_there = at.has_value();
    while (at) {
        visit(*at);
        at = path.occurrence != 0 ? std::nullopt : message.find_from(path.segment_name(), *at + 1);
    }
    return is_there;
}

/// True if a value holds more than separators.
bool holds_text(const hl7::Message& message, std::size_t segment, const hl7::Path& path) {
    const hl7::Delimiters& delimiters = message.delimiters();
    const char separators[] = {
        delimiters.component, delimiters.subcomponent, delimiters.repetition};
    const hl7::Value value = message.get(segment, path);
    return value.has_value() &&
           value.raw.find_first_not_of({separators, sizeof separators}) != std::string_view::npos;
}

void check_required(const hl7::Message& message,
                    const hl7::Path& path,
                    bool and_segment,
                    Reporter& report) {
    const auto text = [] {
        return std::string{"the profile of this receiver requires a value here"};
    };
    const bool is_there = for_each_segment(message, path, [&](std::size_t segment) {
        if (!holds_text(message, segment, path)) {
            report.at(Problem::RequiredFieldMissing, segment, path, text);
        }
    });
    if (!is_there && and_segment) {
        report.missing(Problem::RequiredFieldMissing, path, text);
    }
}

std::size_t characters_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

bool has_form(std::string_view text, char form) {
    switch (form) {
        case 'N':
            return hl7_tables::is_number(text);
        case 'D':
            return hl7_tables::is_date(text);
        case 'T':
            return hl7_tables::parse_date_time(text).has_value();
        default:
            return true;
    }
}

std::string allowed(const ValueRule& rule) {
    std::string text = "the profile of this receiver allows:";
    for (const std::string& value : rule.values) {
        if (text.size() > 200) {
            return text + " …";
        }
        text += " " + value;
    }
    return text;
}

void check_value(const ValueRule& rule,
                 std::size_t segment,
                 const hl7::Path& path,
                 std::string_view text,
                 Reporter& report) {
    if (!has_form(text, rule.form)) {
        report.at(Problem::DataTypeError, segment, path, [&] {
            return std::string{"the profile of this receiver wants a "} +
                   (rule.form == 'N'   ? "number"
                    : rule.form == 'D' ? "date YYYYMMDD"
                                       : "date and time YYYYMMDDHHMM");
        });
    }
    if (rule.pattern && !rule.pattern->is_in(text)) {
        report.at(Problem::PatternMismatch, segment, path, [&] {
            return "the profile of this receiver wants the pattern " + rule.pattern_text;
        });
    }
    if (!rule.values.empty() && !rule.values.contains(text)) {
        report.at(Problem::ValueNotAllowed, segment, path, [&] { return allowed(rule); });
    }
    if (rule.max_length != 0 && characters_of(text) > rule.max_length) {
        report.at(Problem::ValueTooLong, segment, path, [&] {
            return "the profile of this receiver allows " + std::to_string(rule.max_length) +
                   " characters";
        });
    }
}

void check_values(const hl7::Message& message, const ValueRule& rule, Reporter& report) {
    hl7::Path path = rule.path;
    if (path.repetition == 0) {
        path.repetition = hl7::Path::kAll;
    }
    const auto visit = [&](std::size_t segment, std::uint32_t repetition, const hl7::Value& value) {
        if (value.has_value()) {
            hl7::Path at = rule.path;
            at.repetition = repetition;
            check_value(rule, segment, at, hl7::decode(value.raw, message.delimiters()), report);
        }
    };
    for_each_segment(
        message, rule.path, [&](std::size_t segment) { message.for_each(segment, path, visit); });
}

std::string range_of(const CountRule& rule) {
    std::string text = "the profile of this receiver wants ";
    if (rule.most == UINT64_MAX) {
        return text + "at least " + std::to_string(rule.least);
    }
    return text + (rule.least == rule.most
                       ? std::to_string(rule.least)
                       : std::to_string(rule.least) + " to " + std::to_string(rule.most));
}

void check_count(const hl7::Message& message, const CountRule& rule, Reporter& report) {
    const auto is_wrong = [&](std::size_t count) {
        return count < rule.least || count > rule.most;
    };
    if (rule.path.field == 0) {
        if (is_wrong(message.count(rule.path.segment_name()))) {
            report.missing(Problem::CountOutOfRange, rule.path, [&] { return range_of(rule); });
        }
        return;
    }
    for_each_segment(message, rule.path, [&](std::size_t segment) {
        const std::string_view field = message.field(segment, rule.path.field);
        if (is_wrong(field.empty() ? 0 : message.repetitions(field).size())) {
            report.at(Problem::CountOutOfRange, segment, rule.path, [&] { return range_of(rule); });
        }
    });
}

}  // namespace

void check(const Profile& profile, const hl7::Message& message, Reporter& report) {
    for (const hl7::Path& path : profile.required) {
        check_required(message, path, true, report);
    }
    for (const hl7::Path& path : profile.required_if_present) {
        check_required(message, path, false, report);
    }
    for (const hl7::Path& path : profile.forbidden) {
        for_each_segment(message, path, [&](std::size_t segment) {
            if (holds_text(message, segment, path)) {
                report.at(Problem::ForbiddenValue, segment, path, [] {
                    return std::string{"the profile of this receiver wants nothing here"};
                });
            }
        });
    }
    for (const ValueRule& rule : profile.values) {
        check_values(message, rule, report);
    }
    for (const CountRule& rule : profile.counts) {
        check_count(message, rule, report);
    }
}

}  // namespace aorta::plugins::validate_hl7v2
