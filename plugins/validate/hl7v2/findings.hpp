// What can be wrong with a message, and how it is said.
#pragma once

#include "common/hl7/message.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::plugins::validate_hl7v2 {

enum class Severity : std::uint8_t { Off, Warning, Error };

enum class Problem : std::uint8_t {
    UnsupportedVersion,
    UnknownVersion,
    UnsupportedMessageType,
    UnsupportedEvent,
    UnsupportedStructure,
    UnsupportedProcessingId,
    RequiredSegmentMissing,
    SegmentSequenceError,
    SegmentRepeated,
    UnexpectedSegment,
    BadSegmentName,
    RequiredFieldMissing,
    SetIdMissing,
    FieldRepeated,
    UnexpectedField,
    UnexpectedComponent,
    DataTypeError,
    TableValueNotFound,
    UserTableValueNotFound,
    ValueTooLong,
    ForbiddenValue,
    PatternMismatch,
    ValueNotAllowed,
    CountOutOfRange,
};
inline constexpr std::size_t kProblemCount = 24;

struct ProblemInfo {
    std::string_view reason;
    Severity severity;  ///< unless the pipeline says otherwise
    std::string_view summary;
};

// In the order of Problem.
inline constexpr ProblemInfo kProblems[kProblemCount] = {
    {"hl7.unsupported_version", Severity::Error, "MSH-12 is not a version that is taken"},
    {"hl7.unknown_version",
     Severity::Warning,
     "MSH-12 is no version of HL7 v2 from 2.1 to 2.8.2; the nearest one is checked"},
    {"hl7.unsupported_message_type", Severity::Warning, "HL7 has no message of the type in MSH-9"},
    {"hl7.unsupported_event", Severity::Warning, "HL7 has no such event of the type in MSH-9"},
    {"hl7.unsupported_structure",
     Severity::Warning,
     "HL7 has no structure of the name in MSH-9.3, or another for the type and event"},
    {"hl7.unsupported_processing_id", Severity::Error, "MSH-11 is not P, T or D"},
    {"hl7.required_segment_missing", Severity::Error, "a required segment is not there"},
    {"hl7.segment_sequence_error", Severity::Error, "a segment stands in the wrong place"},
    {"hl7.segment_repeated",
     Severity::Error,
     "a segment comes more often than the structure allows"},
    {"hl7.unexpected_segment",
     Severity::Warning,
     "the structure of the message has no such segment"},
    {"hl7.bad_segment_name", Severity::Error, "a line does not begin with a segment name"},
    {"hl7.required_field_missing", Severity::Error, "a required field is empty"},
    {"hl7.set_id_missing", Severity::Warning, "a required set id is empty"},
    {"hl7.field_repeated", Severity::Warning, "a field repeats more than it may"},
    {"hl7.unexpected_field", Severity::Warning, "the version has no such field"},
    {"hl7.unexpected_component",
     Severity::Warning,
     "a value has more components than its data type"},
    {"hl7.data_type_error", Severity::Error, "a value has not the form of its data type"},
    {"hl7.table_value_not_found", Severity::Error, "a code is not in its HL7 table"},
    {"hl7.user_table_value_not_found",
     Severity::Warning,
     "a code is not among the suggested ones of a user-defined table"},
    {"hl7.value_too_long", Severity::Warning, "a value is longer than its version allows"},
    {"hl7.forbidden_value", Severity::Error, "a field that the profile forbids has a value"},
    {"hl7.pattern_mismatch", Severity::Error, "a value does not match the pattern of the profile"},
    {"hl7.value_not_allowed",
     Severity::Error,
     "a value is not among those that the profile allows"},
    {"hl7.count_out_of_range",
     Severity::Error,
     "there are fewer or more segments or repetitions than the profile allows"},
};

constexpr const ProblemInfo& info_of(Problem problem) {
    return kProblems[static_cast<std::size_t>(problem)];
}

using Severities = std::array<Severity, kProblemCount>;

constexpr Severities default_severities() {
    Severities all{};
    for (std::size_t i = 0; i < kProblemCount; ++i) {
        all[i] = kProblems[i].severity;
    }
    return all;
}

/// Never holds a value of the message.
struct Finding {
    Problem problem;
    Severity severity;
    std::string path;     ///< PID-3, OBX[2]-5[3].1, PV1, or "segment 4" for a line without a name
    std::string segment;  ///< PID; empty for a line without a name
    std::string text;     ///< what to mend, for the sender
};

/// [{"reason":"hl7.…","code":"101","severity":"error","segment":"PID","path":"PID-3","text":"…"},…]
std::string to_json(const std::vector<Finding>& findings);

/// Collects the findings of a message, kMaxFindings at most. When there is no room any more, an
/// error takes the place of the last warning: no number of warnings hides one.
class Reporter {
public:
    static constexpr std::size_t kMaxFindings = 100;

    explicit Reporter(const Severities& severities) : severities_(severities) {}

    void begin(const hl7::Message& message) {
        message_ = &message;
        findings_.clear();
        warnings_ = 0;
    }

    const std::vector<Finding>& findings() const { return findings_; }

    bool wants(Problem problem) const {
        const Severity severity = severities_[static_cast<std::size_t>(problem)];
        const bool has_room =
            findings_.size() < kMaxFindings || (severity == Severity::Error && warnings_ > 0);
        return severity != Severity::Off && has_room;
    }

    /// At a place in a segment of the message: the path's segment and occurrence become those of
    /// `segment`. `text` makes the text, and is not called for what nobody wants.
    template <class Text>
    void at(Problem problem, std::size_t segment, const hl7::Path& path, Text&& text) {
        if (wants(problem)) {
            add(problem, path_in(segment, path), message_->name(segment), text());
        }
    }

    /// Where there is no segment: `path` is a whole path.
    template <class Text>
    void missing(Problem problem, const hl7::Path& path, Text&& text) {
        if (wants(problem)) {
            add(problem, hl7::to_string(path), path.segment_name(), text());
        }
    }

    void bad_line(std::size_t segment);

private:
    void add(Problem problem, std::string path, std::string_view segment, std::string text);
    std::string path_in(std::size_t segment, hl7::Path path) const;

    Severities severities_;
    const hl7::Message* message_ = nullptr;
    std::vector<Finding> findings_;
    std::size_t warnings_ = 0;  // among them
};

}  // namespace aorta::plugins::validate_hl7v2
