// Checking an HL7 v2 message against the rules of its version and of the pipeline.
#pragma once

#include "common/hl7/message.hpp"
#include "validate/hl7v2/field_check.hpp"
#include "validate/hl7v2/findings.hpp"
#include "validate/hl7v2/profile.hpp"
#include "validate/hl7v2/structure_check.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::plugins::validate_hl7v2 {

struct ValidatorConfig {
    std::vector<std::string> versions = {};  ///< empty: all that HL7 v2 has
    std::optional<hl7_definitions::Type> observation_type = {};
    Profile profile = {};
    Severities severities = default_severities();
};

/// Reads one message after the other, reusing its memory. One thread at a time.
class Validator {
public:
    explicit Validator(ValidatorConfig config);

    /// All findings: of the header, then of each segment in turn, then what is missing, then those
    /// of the profile; Reporter::kMaxFindings at most. Valid until the next call.
    const std::vector<Finding>& run(const hl7::Message& message);

private:
    hl7_definitions::Version check_version(const hl7::Message& message);

    std::vector<std::string> versions_;
    Profile profile_;
    Reporter report_;
    StructureCheck structure_;
    FieldCheck fields_;
};

}  // namespace aorta::plugins::validate_hl7v2
