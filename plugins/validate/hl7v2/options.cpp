#include "validate/hl7v2/options.hpp"

#include <algorithm>
#include <optional>

namespace aorta::plugins::validate_hl7v2 {

namespace {

std::optional<hl7::Path> read_path(const Options& at, Diagnostics* report) {
    const auto path = hl7::parse_path(at.text());
    if (path.ok() && path->field != 0 && path->occurrence != hl7::Path::kAll &&
        path->repetition != hl7::Path::kAll) {
        return *path;
    }
    if (report != nullptr) {
        report->error(at, "not the path of a field, such as PID-18 or OBR[1]-3.1");
    }
    return std::nullopt;
}

std::vector<hl7::Path> read_paths(const Options& list, Diagnostics* report) {
    std::vector<hl7::Path> paths;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (const auto path = read_path(list.item(i), report)) {
            paths.push_back(*path);
        }
    }
    return paths;
}

std::vector<PatternRule> read_patterns(const Options& list, Diagnostics* report) {
    std::vector<PatternRule> rules;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Options matches = list.item(i)["matches"];
        const auto path = read_path(list.item(i)["path"], report);
        std::string anchored{"^(?:"};
        anchored.append(matches.text()).append(")$");
        auto pattern = expression::Pattern::compile(anchored);
        if (!pattern.ok() && report != nullptr) {
            report->error(matches, pattern.error().message);
        }
        if (path && pattern.ok()) {
            rules.push_back({*path, std::move(*pattern)});
        }
    }
    return rules;
}

std::optional<Severity> severity_of(std::string_view text) {
    if (text == "error") {
        return Severity::Error;
    }
    if (text == "warning") {
        return Severity::Warning;
    }
    return text == "off" ? std::optional{Severity::Off} : std::nullopt;
}

void read_severities(const Options& map, ValidatorConfig& config, Diagnostics* report) {
    for (std::size_t i = 0; i < map.size(); ++i) {
        const auto* const known =
            std::find_if(std::begin(kProblems), std::end(kProblems), [&](const ProblemInfo& info) {
                return info.reason == map.key(i);
            });
        const auto severity = severity_of(map.item(i).text());
        if (known != std::end(kProblems) && severity) {
            config.severities[static_cast<std::size_t>(known - std::begin(kProblems))] = *severity;
        } else if (report != nullptr && severity) {
            report->error(map.item(i), "not a reason that this plugin gives");
        } else if (report != nullptr) {
            report->error(map.item(i), "error, warning or off is expected");
        }
    }
}

}  // namespace

ValidatorConfig read_options(const Options& options, Diagnostics* report) {
    ValidatorConfig config{.versions = options["versions"].texts(),
                           .required = read_paths(options["required"], report),
                           .forbidden = read_paths(options["forbidden"], report),
                           .patterns = read_patterns(options["patterns"], report)};
    for (std::size_t i = 0; report != nullptr && i < config.versions.size(); ++i) {
        if (hl7_tables::parse_version(config.versions[i]) == 0) {
            report->error(options["versions"].item(i), "not a version of HL7 v2, 2.1 to 2.8.2");
        }
    }
    read_severities(options["severity"], config, report);
    return config;
}

}  // namespace aorta::plugins::validate_hl7v2
