#include "validate/hl7v2/options.hpp"

#include "common/hl7_tables/path_option.hpp"

#include <algorithm>
#include <optional>

namespace aorta::plugins::validate_hl7v2 {

namespace {

void complain(Diagnostics* report, const Options& at, const std::string& text) {
    if (report != nullptr) {
        report->error(at, text);
    }
}

using hl7_tables::PathForm;

std::optional<hl7::Path> read_path(const Options& at, PathForm form, Diagnostics* report) {
    return hl7_tables::read_path(
        at, form, "not the path of a field, such as PID-18 or OBR[1]-3.1", report);
}

void read_paths(const Options& list, std::vector<hl7::Path>& paths, Diagnostics* report) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (const auto path = read_path(list.item(i), PathForm::Value, report)) {
            paths.push_back(*path);
        }
    }
}

char read_form(std::string_view text) {
    return text == "number" ? 'N' : text == "date" ? 'D' : text == "date_time" ? 'T' : '\0';
}

ValueRule read_value(const hl7::Path& path, const Options& rule, Diagnostics* report) {
    ValueRule made{.path = path,
                   .max_length = static_cast<std::size_t>(rule["max_length"].integer()),
                   .form = read_form(rule["type"].text())};
    for (std::string& value : rule["one_of"].texts()) {
        made.values.insert(std::move(value));
    }
    if (const Options matches = rule["matches"]; matches.exists()) {
        made.pattern_text = matches.text();
        auto pattern = expression::Pattern::compile("^(?:" + made.pattern_text + ")$");
        if (pattern.ok()) {
            made.pattern = std::move(*pattern);
        } else {
            complain(report, matches, pattern.error().message);
        }
    }
    return made;
}

void read_values(const Options& list, Profile& profile, Diagnostics* report) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (const auto path = read_path(list.item(i)["path"], PathForm::Value, report)) {
            profile.values.push_back(read_value(*path, list.item(i), report));
        }
    }
}

void read_counts(const Options& list, Profile& profile, Diagnostics* report) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Options rule = list.item(i);
        const auto path = read_path(rule["path"], PathForm::ValueOrSegment, report);
        CountRule made{.path = path.value_or(hl7::Path{}), .least = rule["at_least"].bytes()};
        if (rule["at_most"].exists()) {
            made.most = rule["at_most"].bytes();
        }
        if (made.least > made.most) {
            complain(report, rule, "at_least is more than at_most");
        }
        if (path && path->component == 0) {
            profile.counts.push_back(made);
        } else if (path) {
            complain(report, rule["path"], "a segment or a field is expected");
        }
    }
}

void read_segments(const Options& list, Profile& profile, Diagnostics* report) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Options segment = list.item(i);
        const auto path = hl7::parse_path(segment["name"].text());
        if (!path.ok() || path->occurrence != 0 || path->field != 0) {
            complain(report, segment["name"], "not the name of a segment, such as ZPD");
            continue;
        }
        profile.segments.emplace(path->segment_name());
        const Options fields = segment["fields"];
        for (std::size_t k = 0; k < fields.size(); ++k) {
            hl7::Path field = *path;
            field.field = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(fields.item(k)["number"].bytes(), hl7::Path::kMax));
            if (fields.item(k)["required"].flag()) {
                profile.required_if_present.push_back(field);
            }
            profile.values.push_back(read_value(field, fields.item(k), report));
        }
    }
}

Profile read_profile(const Options& options, Diagnostics* report) {
    Profile profile;
    const Options shared = options["profile"];
    for (const Options& from : {options, shared}) {
        read_paths(from["required"], profile.required, report);
        read_paths(from["forbidden"], profile.forbidden, report);
    }
    read_values(options["patterns"], profile, report);
    read_values(shared["values"], profile, report);
    read_counts(shared["counts"], profile, report);
    read_segments(shared["segments"], profile, report);
    return profile;
}

std::optional<hl7_definitions::Type> read_type(const Options& option, Diagnostics* report) {
    if (option.text().empty()) {
        return std::nullopt;
    }
    const auto type = hl7_definitions::find_type(option.text());
    if (!type) {
        complain(report, option, "not a data type of HL7 v2, such as ST or NM");
    }
    return type;
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
                           .observation_type = read_type(options["observation_type"], report),
                           .profile = read_profile(options, report)};
    for (std::size_t i = 0; i < config.versions.size(); ++i) {
        if (!hl7_definitions::version_of(config.versions[i]).is_exact) {
            complain(report, options["versions"].item(i), "not a version of HL7 v2, 2.1 to 2.8.2");
        }
    }
    read_severities(options["severity"], config, report);
    return config;
}

}  // namespace aorta::plugins::validate_hl7v2
