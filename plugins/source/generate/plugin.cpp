// Makes synthetic HL7 v2 traffic.
#include "source/generate/generate_source.hpp"
#include "source/generate/start_time.hpp"

#include <cmath>

namespace aorta::plugins::generate {
namespace {

constexpr Option kOptions[] = {
    {.name = "seed",
     .type = Type::Int,
     .summary = "The same seed gives the same messages.",
     .default_value = "1",
     .min = "0"},
    {.name = "count",
     .type = Type::Int,
     .summary = "Number of messages; 0: without end.",
     .default_value = "0",
     .min = "0",
     .example = "1000"},
    {.name = "rate",
     .type = Type::Real,
     .summary = "Messages per second; 0: as fast as the pipeline takes them.",
     .default_value = "0",
     .unit = "/s",
     .min = "0",
     .max = "10000000",
     .example = "100"},
    {.name = "patients",
     .type = Type::Int,
     .summary = "Number of patients the messages are about.",
     .default_value = "1000",
     .min = "1",
     .max = "1000000"},
    {.name = "adt",
     .type = Type::Int,
     .summary = "Share of admissions, moves, updates and discharges, as a weight.",
     .default_value = "2",
     .min = "0",
     .max = "1000000"},
    {.name = "oru",
     .type = Type::Int,
     .summary = "Share of laboratory results, as a weight.",
     .default_value = "3",
     .min = "0",
     .max = "1000000"},
    {.name = "vitals",
     .type = Type::Int,
     .summary = "Share of vital signs from monitors, as a weight.",
     .default_value = "5",
     .min = "0",
     .max = "1000000"},
    {.name = "clock",
     .type = Type::Text,
     .summary = "seed: times begin at `start` and step by `interval`. wall: messages happen now; "
                "they then differ between runs.",
     .default_value = "seed",
     .one_of = "seed|wall"},
    {.name = "start",
     .type = Type::Text,
     .summary = "Time of the first message, UTC.",
     .default_value = "2026-01-01T00:00:00Z"},
    {.name = "interval",
     .type = Type::Duration,
     .summary = "Time between two messages.",
     .default_value = "1s",
     .min = "0s",
     .max = "24h"},
    {.name = "faults",
     .type = Type::Real,
     .summary = "Share of messages made wrong on purpose: no PID, an impossible date, an unknown "
                "version, text where a number belongs.",
     .default_value = "0.0",
     .min = "0",
     .max = "1",
     .example = "0.01"},
};

constexpr Port kOutputs[] = {{"out", "bytes", "HL7 v2.5.1 messages, segments end in CR"}};

constexpr Descriptor kDescriptor{
    .id = "generate",
    .kind = Kind::Source,
    .summary = "Makes synthetic HL7 v2 traffic of a hospital: admissions, results, vital signs",
    .status = Status::Stable,
    .outputs = kOutputs,
    .concurrency = Concurrency::Serial,
    .handles_phi = false,
    .options = kOptions,
};

std::uint64_t number(const Options& option) {
    return static_cast<std::uint64_t>(option.integer());
}

Settings settings_of(const Options& options) {
    Settings settings;
    settings.traffic = {
        .seed = number(options["seed"]),
        .patients = number(options["patients"]),
        .adt = number(options["adt"]),
        .oru = number(options["oru"]),
        .vitals = number(options["vitals"]),
        .faults_per_million =
            static_cast<std::uint64_t>(std::llround(options["faults"].real() * 1e6)),
        .interval_ns = options["interval"].integer(),
    };
    if (const auto start = parse_start_time(options["start"].text()); start.ok()) {
        settings.traffic.start_time_ns = *start;
    }
    settings.count = number(options["count"]);
    settings.rate_per_second = options["rate"].real();
    settings.uses_wall_clock = options["clock"].text() == "wall";
    return settings;
}

class Plugin : public GenerateSource {
public:
    Plugin(const Options& options, Host host) : GenerateSource(settings_of(options), host) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        if (const auto start = parse_start_time(options["start"].text()); !start.ok()) {
            diagnostics.error(options["start"], start.error().message);
        }
        if (options["adt"].integer() + options["oru"].integer() + options["vitals"].integer() ==
            0) {
            diagnostics.error(options["adt"], "one of adt, oru and vitals must be above 0");
        }
    }
};

}  // namespace
}  // namespace aorta::plugins::generate

AORTA_PLUGIN(aorta::plugins::generate::Plugin, aorta::plugins::generate::kDescriptor);
