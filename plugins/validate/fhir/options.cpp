#include "validate/fhir/options.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>

namespace aorta::plugins::validate_fhir {

namespace {

void complain(Diagnostics* report, const Options& at, const std::string& text) {
    if (report != nullptr) {
        report->error(at, text);
    }
}

constexpr std::streamoff kMaxFile = std::streamoff{64} << 20;

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    const std::streamoff size = in ? std::streamoff{in.tellg()} : -1;
    if (size < 0 || size > kMaxFile) {
        return std::nullopt;
    }
    in.seekg(0);
    return std::string{std::istreambuf_iterator<char>(in), {}};
}

void read_profiles(const Options& options, ValidatorConfig& config, Diagnostics* report) {
    ProfileSet known;
    const Options files = options["profiles"];
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto text = read_file(std::string{files.item(i).text()});
        if (!text) {
            complain(report, files.item(i), "cannot be read, or is over 64 MiB");
            continue;
        }
        if (const auto added = known.add(*text); !added.ok()) {
            complain(report, files.item(i), added.error().message);
            continue;
        }
        config.profile_texts.push_back(std::move(*text));
    }
    config.apply = options["apply"].texts();
    for (std::size_t i = 0; i < config.apply.size(); ++i) {
        if (known.find(config.apply[i]) == nullptr) {
            complain(report, options["apply"].item(i), "no profile of this url is among profiles");
        }
    }
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

/// Keys of invariants have a dash and no dot (obs-7); profiles bring their own, of any form.
void read_severities(const Options& map, ValidatorConfig& config, Diagnostics* report) {
    for (std::size_t i = 0; i < map.size(); ++i) {
        const std::string key{map.key(i)};
        const auto* const known =
            std::find_if(std::begin(kProblems), std::end(kProblems), [&](const ProblemInfo& info) {
                return info.reason == key;
            });
        const auto severity = severity_of(map.item(i).text());
        if (!severity) {
            complain(report, map.item(i), "error, warning or off is expected");
        } else if (known != std::end(kProblems)) {
            config.severities[static_cast<std::size_t>(known - std::begin(kProblems))] = *severity;
        } else if (key.starts_with("fhir.")) {
            complain(report, map.item(i), "not a reason that this plugin gives");
        } else {
            config.rules.insert_or_assign(key, *severity);
        }
    }
}

}  // namespace

ValidatorConfig read_options(const Options& options, Diagnostics* report) {
    ValidatorConfig config;
    read_profiles(options, config, report);
    config.vital_signs = options["vital_signs"].flag();
    for (std::string& url : options["modifier_extensions"].texts()) {
        config.structure.modifier_extensions.insert(std::move(url));
    }
    read_severities(options["severity"], config, report);
    return config;
}

}  // namespace aorta::plugins::validate_fhir
