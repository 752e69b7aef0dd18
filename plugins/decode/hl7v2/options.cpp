#include "decode/hl7v2/options.hpp"

#include "common/hl7_tables/path_option.hpp"

namespace aorta::plugins::decode_hl7v2 {

namespace {

constexpr std::string_view kNoPath = "not the path of one value, such as PID-3.1";

hl7::CharsetChoice read_charset(const Options& at, Diagnostics* report) {
    const hl7::CharsetChoice choice = hl7::read_charset(at.text(), '~');
    using Kind = hl7::CharsetChoice::Kind;
    if (choice.kind != Kind::None && choice.kind != Kind::Known && report != nullptr) {
        report->error(at, "not a known character set: such as 8859/1, UTF-8 or ISO IR87");
    }
    return choice;
}

CharsetConfig read_charset_options(const Options& charset, Diagnostics* report) {
    CharsetConfig config;
    config.always_utf8 = charset["to_utf8"].text() == "always";
    if (const Options assumed = charset["assume"]; assumed.text() != "guess") {
        config.assumed = read_charset(assumed, report);
    }
    config.overriding = read_charset(charset["override"], report);
    const std::string_view invalid = charset["invalid"].text();
    config.invalid = invalid == "replace" ? hl7::Invalid::Replace
                     : invalid == "keep"  ? hl7::Invalid::Keep
                                          : hl7::Invalid::Reject;
    return config;
}

}  // namespace

DecoderConfig read_options(const Options& options, Diagnostics* report) {
    DecoderConfig config;
    using hl7_tables::PathForm;
    config.key = hl7_tables::read_paths(options["key"], PathForm::Value, kNoPath, report);
    if (const Options time = options["event_time"]; !time.text().empty()) {
        config.event_time = hl7_tables::read_path(time, PathForm::Value, kNoPath, report);
    }
    const Options zone = options["zone"];
    const auto found = hl7_tables::Zone::find(zone.text());
    if (!found && report != nullptr) {
        report->error(zone,
                      "not a zone: UTC, an offset such as +01:00, or a name such as Europe/Berlin "
                      "that the system's tzdata knows");
    }
    config.zone.configured = found.value_or(hl7_tables::Zone{});
    config.zone.fold =
        options["fold"].text() == "latest" ? hl7_tables::Fold::Latest : hl7_tables::Fold::Earliest;
    config.charset = read_charset_options(options["charset"], report);
    config.limits.max_bytes = options["max_message"].bytes();
    config.limits.max_segments = static_cast<std::uint32_t>(options["max_segments"].integer());
    return config;
}

}  // namespace aorta::plugins::decode_hl7v2
