#include "validate/hl7v2/validator.hpp"

#include "common/hl7/escape.hpp"

#include <algorithm>
#include <optional>

namespace aorta::plugins::validate_hl7v2 {

namespace {

using hl7_tables::DataType;

constexpr int kAssumedVersion = 251;
constexpr std::string_view kNull = "\"\"";

bool has_value(std::string_view text) {
    return !text.empty() && text != kNull;
}

std::size_t max_control_id_size(int version) {
    return version >= 270 ? 199 : 20;
}

struct ObservationType {
    std::string_view name;
    DataType type;
    std::uint8_t first_component;
    std::uint8_t last_component;
};

// SN is comparator, number, separator, number.
constexpr ObservationType kObservationTypes[] = {
    {"NM", DataType::Nm, 1, 1},
    {"SI", DataType::Si, 1, 1},
    {"DT", DataType::Dt, 1, 1},
    {"TM", DataType::Tm, 1, 1},
    {"TS", DataType::Dtm, 1, 1},
    {"DTM", DataType::Dtm, 1, 1},
    {"DR", DataType::Dtm, 1, 2},
    {"SN", DataType::Nm, 2, 2},
    {"SN", DataType::Nm, 4, 4},
};

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

}  // namespace

const std::vector<Finding>& Validator::run(const hl7::Message& message) {
    findings_.clear();
    check_header(message);
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        check_segment(message, i);
    }
    check_structure(message);
    check_own_rules(message);
    return findings_;
}

bool Validator::is_wanted(Problem problem) const {
    return config_.severities[static_cast<std::size_t>(problem)] != Severity::Off &&
           findings_.size() < kMaxFindings;
}

void Validator::report(Problem problem, std::string path) {
    if (is_wanted(problem)) {
        findings_.push_back(
            {problem, config_.severities[static_cast<std::size_t>(problem)], std::move(path)});
    }
}

/// The path's segment and occurrence become those of `segment`, a first repetition is left out.
void Validator::report_at(const hl7::Message& message,
                          std::size_t segment,
                          Problem problem,
                          hl7::Path path) {
    if (!is_wanted(problem)) {
        return;  // counting occurrences for nothing would be quadratic
    }
    const std::string_view name = message.name(segment);
    std::copy_n(name.begin(), name.size(), path.segment);
    std::uint32_t occurrence = 1;
    for (auto at = message.find(name); at && *at < segment; at = message.find_from(name, *at + 1)) {
        ++occurrence;
    }
    path.occurrence = occurrence > 1 ? occurrence : 0;
    path.repetition = path.repetition > 1 ? path.repetition : 0;
    report(problem, hl7::to_string(path));
}

void Validator::check_header(const hl7::Message& message) {
    const std::string_view version = message.get(0, hl7::Path{.field = 12, .component = 1}).raw;
    version_ = hl7_tables::parse_version(version);
    const auto& taken = config_.versions;
    const bool is_taken = taken.empty()
                              ? version_ != 0
                              : std::find(taken.begin(), taken.end(), version) != taken.end();
    if (has_value(version) && !is_taken) {
        report(Problem::UnsupportedVersion, "MSH-12");
    }
    if (version_ == 0) {
        version_ = kAssumedVersion;
    }
    if (message.field(0, 10).size() > max_control_id_size(version_)) {
        report(Problem::ValueTooLong, "MSH-10");
    }
}

void Validator::check_segment(const hl7::Message& message, std::size_t segment) {
    if (!message.is_well_formed(segment)) {
        report(Problem::BadSegmentName, "segment " + std::to_string(segment + 1));
        return;
    }
    const std::string_view name = message.name(segment);
    if (message.is_header(segment) && segment > 0) {
        report_at(message, segment, Problem::SegmentSequenceError, {});
    }
    const SegmentRule* rule = find_segment_rule(name);
    if (rule == nullptr) {
        return;
    }
    for (const RequiredField& required : rule->required) {
        if (version_ >= required.from && version_ <= required.to &&
            message.field(segment, required.field).empty()) {
            report_at(message, segment, Problem::RequiredFieldMissing, {.field = required.field});
        }
    }
    check_types(message, segment, *rule);
    if (name == "OBX") {
        check_observation(message, segment);
    }
}

void Validator::check_types(const hl7::Message& message,
                            std::size_t segment,
                            const SegmentRule& rule) {
    for (const TypedField& typed : rule.typed) {
        std::uint32_t repetition = 0;
        for (const std::string_view each :
             message.repetitions(message.field(segment, typed.field))) {
            ++repetition;
            const hl7::Split parts = message.components(each);
            for (std::size_t n = 1; n <= typed.components; ++n) {
                const std::string_view value = message.subcomponents(parts.at(n)).at(1);
                if (has_value(value) && !hl7_tables::is_of_type(value, typed.type)) {
                    report_at(message,
                              segment,
                              Problem::DataTypeError,
                              {.field = typed.field, .repetition = repetition});
                    break;
                }
            }
        }
    }
    for (const TableField& coded : rule.tables) {
        const std::string_view code = message.components(message.field(segment, coded.field)).at(1);
        if (has_value(code) && !hl7_tables::is_in_table(code, coded.table)) {
            report_at(message,
                      segment,
                      hl7_tables::is_user_defined(coded.table) ? Problem::UserTableValueNotFound
                                                               : Problem::TableValueNotFound,
                      {.field = coded.field});
        }
    }
}

void Validator::check_observation(const hl7::Message& message, std::size_t segment) {
    const std::string_view value = message.field(segment, 5);
    if (!has_value(value)) {
        return;
    }
    const std::string_view type = message.field(segment, 2);
    if (type.empty()) {
        report_at(message, segment, Problem::RequiredFieldMissing, {.field = 2});
        return;
    }
    for (const ObservationType& known : kObservationTypes) {
        if (known.name != type) {
            continue;
        }
        std::uint32_t repetition = 0;
        for (const std::string_view each : message.repetitions(value)) {
            ++repetition;
            for (std::size_t n = known.first_component; n <= known.last_component; ++n) {
                const std::string_view part = message.components(each).at(n);
                if (has_value(part) && !hl7_tables::is_of_type(part, known.type)) {
                    report_at(message,
                              segment,
                              Problem::DataTypeError,
                              {.field = 5, .repetition = repetition});
                    break;
                }
            }
        }
    }
}

void Validator::check_structure(const hl7::Message& message) {
    const hl7::Split type = message.components(message.field(0, 9));
    const std::string_view code = type.at(1);
    if (!has_value(code)) {
        return;  // a required field that is missing
    }
    const MessageRule* rule = find_message_rule(code, type.at(2));
    if (rule == nullptr) {
        report(Problem::UnsupportedMessageType, "MSH-9");
        return;
    }
    std::size_t last = 0;
    for (std::string_view name : hl7::Split{rule->segments, ' '}) {
        const bool is_anywhere = name.starts_with('+');
        name.remove_prefix(is_anywhere ? 1 : 0);
        const auto at = message.find(name);
        if (!at) {
            report(Problem::RequiredSegmentMissing, std::string{name});
            continue;
        }
        if (is_anywhere) {
            continue;
        }
        if (*at < last) {
            report(Problem::SegmentSequenceError, std::string{name});
        }
        last = std::max(last, *at);
    }
    if (!rule->required.empty()) {
        for (const std::string_view text : hl7::Split{rule->required, ' '}) {
            check_required(message, *hl7::parse_path(text));
        }
    }
}

void Validator::check_own_rules(const hl7::Message& message) {
    for (const hl7::Path& path : config_.required) {
        check_required(message, path);
    }
    for (const hl7::Path& path : config_.forbidden) {
        for_each_segment(message, path, [&](std::size_t segment) {
            if (holds_text(message, segment, path)) {
                report_at(message, segment, Problem::ForbiddenValue, path);
            }
        });
    }
    for (const PatternRule& rule : config_.patterns) {
        for_each_segment(message, rule.path, [&](std::size_t segment) {
            const hl7::Value value = message.get(segment, rule.path);
            if (value.has_value() &&
                !rule.pattern.is_in(hl7::decode(value.raw, message.delimiters()))) {
                report_at(message, segment, Problem::PatternMismatch, rule.path);
            }
        });
    }
}

void Validator::check_required(const hl7::Message& message, const hl7::Path& path) {
    const bool is_there = for_each_segment(message, path, [&](std::size_t segment) {
        if (!holds_text(message, segment, path)) {
            report_at(message, segment, Problem::RequiredFieldMissing, path);
        }
    });
    if (!is_there) {
        report(Problem::RequiredFieldMissing, hl7::to_string(path));
    }
}

std::string to_json(const std::vector<Finding>& findings) {
    // Reasons and paths hold nothing that JSON would have to escape.
    std::string out = "[";
    for (const Finding& finding : findings) {
        out += out.size() > 1 ? "," : "";
        out += R"({"reason":")";
        out += kProblems[static_cast<std::size_t>(finding.problem)].reason;
        out += R"(","path":")";
        out += finding.path;
        out += R"(","severity":")";
        out += finding.severity == Severity::Error ? "error" : "warning";
        out += R"("})";
    }
    return out + "]";
}

}  // namespace aorta::plugins::validate_hl7v2
