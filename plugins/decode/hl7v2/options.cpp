#include "decode/hl7v2/options.hpp"

#include "common/hl7_tables/date_time.hpp"

namespace aorta::plugins::decode_hl7v2 {

namespace {

std::optional<hl7::Path> read_path(const Options& at, Diagnostics* report) {
    const Result<hl7::Path> path = hl7::parse_path(at.text());
    if (path.ok() && path->field != 0) {
        return *path;
    }
    if (report != nullptr) {
        report->error(at, "not the path of a field, such as PID-3.1");
    }
    return std::nullopt;
}

}  // namespace

DecoderConfig read_options(const Options& options, Diagnostics* report) {
    DecoderConfig config;
    const Options keys = options["key"];
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (const auto path = read_path(keys.item(i), report)) {
            config.key.push_back(*path);
        }
    }
    if (const Options time = options["event_time"]; !time.text().empty()) {
        config.event_time = read_path(time, report);
    }
    const Options zone = options["zone"];
    const auto minutes = hl7_tables::parse_zone(zone.text());
    if (!minutes && report != nullptr) {
        report->error(zone, "not a zone: UTC or an offset such as +01:00 is expected");
    }
    config.zone_minutes = minutes.value_or(0);
    config.limits.max_bytes = options["max_message"].bytes();
    config.limits.max_segments = static_cast<std::uint32_t>(options["max_segments"].integer());
    return config;
}

}  // namespace aorta::plugins::decode_hl7v2
