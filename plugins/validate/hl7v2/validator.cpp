#include "validate/hl7v2/validator.hpp"

#include <algorithm>

namespace aorta::plugins::validate_hl7v2 {

Validator::Validator(ValidatorConfig config)
    : versions_(std::move(config.versions)),
      profile_(std::move(config.profile)),
      report_(config.severities),
      structure_(profile_.segments),
      fields_(config.observation_type) {}

const std::vector<Finding>& Validator::run(const hl7::Message& message) {
    report_.begin(message);
    const hl7_definitions::Version version = check_version(message);
    structure_.begin(message, version, report_);
    fields_.begin(message, version);
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        if (!message.is_well_formed(i)) {
            report_.bad_line(i);
            continue;
        }
        structure_.check(i, report_);
        if (i == 0 || !message.is_header(i)) {
            fields_.check(i, report_);
        }
    }
    structure_.finish(report_);
    check(profile_, message, report_);
    return report_.findings();
}

/// The version that the message is checked by.
hl7_definitions::Version Validator::check_version(const hl7::Message& message) {
    const std::string_view text = message.get(0, hl7::Path{.field = 12, .component = 1}).raw;
    const auto match = hl7_definitions::version_of(text);
    if (text.empty() || text == "\"\"") {
        return match.version;  // a required field that is missing
    }
    const bool is_taken =
        versions_.empty() || std::find(versions_.begin(), versions_.end(), text) != versions_.end();
    const hl7::Path path{.field = 12, .component = 1};
    if (!is_taken) {
        report_.at(Problem::UnsupportedVersion, 0, path, [&] {
            std::string taken = "this receiver takes:";
            for (const std::string& each : versions_) {
                taken += " " + each;
            }
            return taken;
        });
    } else if (!match.is_exact) {
        report_.at(Problem::UnknownVersion, 0, path, [&] {
            return "not a version of HL7 v2; checked as " +
                   std::string{hl7_definitions::name_of(match.version)};
        });
    }
    return match.version;
}

}  // namespace aorta::plugins::validate_hl7v2
