// Checking an HL7 v2 message against the rules of its version and of the pipeline.
#pragma once

#include "common/expression/pattern.hpp"
#include "common/hl7/message.hpp"
#include "validate/hl7v2/rules.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::validate_hl7v2 {

enum class Severity : std::uint8_t { Off, Warning, Error };

enum class Problem : std::uint8_t {
    RequiredFieldMissing,
    RequiredSegmentMissing,
    DataTypeError,
    TableValueNotFound,
    UserTableValueNotFound,
    UnsupportedVersion,
    UnsupportedMessageType,
    SegmentSequenceError,
    BadSegmentName,
    ValueTooLong,
    ForbiddenValue,
    PatternMismatch,
};
inline constexpr std::size_t kProblemCount = 12;

struct ProblemInfo {
    std::string_view reason;
    std::string_view summary;
    Severity severity;  ///< unless the pipeline says otherwise
};

// In the order of Problem.
inline constexpr ProblemInfo kProblems[kProblemCount] = {
    {"hl7.required_field_missing", "a required field is empty", Severity::Error},
    {"hl7.required_segment_missing", "a required segment is not there", Severity::Error},
    {"hl7.data_type_error", "a value does not have the form of its data type", Severity::Error},
    {"hl7.table_value_not_found", "a code is not in its HL7 table", Severity::Error},
    {"hl7.user_table_value_not_found",
     "a code is not among the suggested ones of a user-defined table",
     Severity::Warning},
    {"hl7.unsupported_version", "MSH-12 is not a version that is taken", Severity::Error},
    {"hl7.unsupported_message_type", "there are no rules for the type in MSH-9", Severity::Warning},
    {"hl7.segment_sequence_error", "a segment stands in the wrong place", Severity::Error},
    {"hl7.bad_segment_name", "a line does not begin with a segment name", Severity::Error},
    {"hl7.value_too_long", "a value is longer than its version allows", Severity::Warning},
    {"hl7.forbidden_value", "a field that the pipeline forbids has a value", Severity::Error},
    {"hl7.pattern_mismatch", "a value does not match the pattern of its path", Severity::Error},
};

struct Finding {
    Problem problem;
    Severity severity;
    std::string path;  ///< PID-3, OBX[2]-5[3], PV1, or "segment 4"
};

/// What the values at a path must look like, whole and unescaped.
struct PatternRule {
    hl7::Path path;  ///< without an occurrence: in every such segment
    expression::Pattern pattern;
};

struct ValidatorConfig {
    std::vector<std::string> versions;  ///< empty: all that HL7 v2 has
    std::vector<hl7::Path> required;    ///< without an occurrence: in every such segment
    std::vector<hl7::Path> forbidden;   ///< the same
    std::vector<PatternRule> patterns = {};
    std::array<Severity, kProblemCount> severities = default_severities();

    static constexpr std::array<Severity, kProblemCount> default_severities() {
        std::array<Severity, kProblemCount> all{};
        for (std::size_t i = 0; i < kProblemCount; ++i) {
            all[i] = kProblems[i].severity;
        }
        return all;
    }
};

/// Reads one message after the other, reusing its memory. One thread at a time.
class Validator {
public:
    explicit Validator(ValidatorConfig config) : config_(std::move(config)) {}

    /// All findings in the order of the message, kMaxFindings at most; valid until the next call.
    const std::vector<Finding>& run(const hl7::Message& message);

    static constexpr std::size_t kMaxFindings = 100;

private:
    void check_header(const hl7::Message& message);
    void check_segment(const hl7::Message& message, std::size_t segment);
    void check_types(const hl7::Message& message, std::size_t segment, const SegmentRule& rule);
    void check_observation(const hl7::Message& message, std::size_t segment);
    void check_structure(const hl7::Message& message);
    void check_own_rules(const hl7::Message& message);
    void check_required(const hl7::Message& message, const hl7::Path& path);
    void report(Problem problem, std::string path);
    void report_at(const hl7::Message& message,
                   std::size_t segment,
                   Problem problem,
                   hl7::Path path);
    bool is_wanted(Problem problem) const;

    ValidatorConfig config_;
    int version_ = 0;
    std::vector<Finding> findings_;
};

/// [{"reason":"hl7.…","path":"PID-3","severity":"error"},…]
std::string to_json(const std::vector<Finding>& findings);

}  // namespace aorta::plugins::validate_hl7v2
