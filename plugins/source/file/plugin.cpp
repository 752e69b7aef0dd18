// Reads files.
#include "source/file/file_source.hpp"

namespace aorta::plugins::file_source {
namespace {

constexpr Option kOptions[] = {
    {.name = "path",
     .type = Type::Any,
     .summary =
         "A file, a glob, a directory (its files that do not begin with a dot), or a list of "
         "these. The list is read in its order, the files of a glob or a directory by their names.",
     .required = true,
     .example = "\"in/*.hl7\""},
    reading::kFormatOption,
    reading::kMaxRecordOption,
    {.name = "watch",
     .type = Type::Bool,
     .summary = "Keep running: follow files that grow and read those that appear.",
     .default_value = "false"},
    {.name = "quiet",
     .type = Type::Duration,
     .summary = "With watch: the last HL7 v2 message of a file, or a whole file, is complete when "
                "the file has not grown for this time.",
     .default_value = "1s",
     .min = "10ms",
     .max = "1h"},
    {.name = "rescan",
     .type = Type::Duration,
     .summary =
         "With watch: look again after this time even if the kernel reports no change, as on "
         "network file systems.",
     .default_value = "5s",
     .min = "100ms",
     .max = "1h"},
    {.name = "checkpoint",
     .type = Type::Path,
     .summary = "File that holds what is settled, so that a restart neither repeats nor skips a "
                "settled record. Without, a restart reads everything again.",
     .example = "state/intake.checkpoint"},
    {.name = "checkpoint_interval",
     .type = Type::Duration,
     .summary = "How often the checkpoint is written if something was settled.",
     .default_value = "1s",
     .min = "10ms",
     .max = "1h"},
};

constexpr Port kOutputs[] = {
    {"out", "*", "bytes for hl7v2 and whole, text for lines, json for ndjson"}};

constexpr Reason kReasons[] = {
    {kRefusals.too_large, "a record is larger than max_record"},
    {kRefusals.no_message,
     "bytes that are no message: one begins with MSH and its field separator at the beginning of a "
     "line"},
    {kRefusals.end_inside, "an MLLP frame has an end byte (0x1C) inside"},
    {kRefusals.cut_off, "the input ends inside an MLLP frame"},
};

constexpr Descriptor kDescriptor{
    .id = "file",
    .kind = Kind::Source,
    .summary = "Reads HL7 v2 messages, lines or JSON lines from files, and remembers how far",
    .status = Status::Stable,
    .outputs = kOutputs,
    .concurrency = Concurrency::Serial,
    .reasons = kReasons,
    .options = kOptions,
};

std::vector<std::string> patterns_of(const Options& path) {
    const bool is_list = path.exists() && path.abi()->type == AORTA_LIST;
    return is_list ? path.texts() : std::vector{std::string{path.text()}};
}

Settings settings_of(const Options& options) {
    return {.patterns = patterns_of(options["path"]),
            .format = reading::format_of(options["format"].text()),
            .max_record_bytes = options["max_record"].bytes(),
            .watch = options["watch"].flag(),
            .quiet = options["quiet"].duration(),
            .rescan = options["rescan"].duration(),
            .checkpoint = std::string{options["checkpoint"].text()},
            .checkpoint_interval = options["checkpoint_interval"].duration()};
}

class Plugin : public FileSource {
public:
    Plugin(const Options& options, Host host) : FileSource(settings_of(options), host) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        const Options path = options["path"];
        if (!path.exists()) {
            return;  // the schema has said so
        }
        const std::vector<std::string> patterns = patterns_of(path);
        if (path.abi()->type == AORTA_MAP || patterns.empty()) {
            diagnostics.error(path, "a path or a list of paths is needed");
        }
        for (const std::string& pattern : patterns) {
            if (pattern.empty()) {
                diagnostics.error(path, "a path is empty");
            }
        }
    }
};

}  // namespace
}  // namespace aorta::plugins::file_source

AORTA_PLUGIN(aorta::plugins::file_source::Plugin, aorta::plugins::file_source::kDescriptor);
