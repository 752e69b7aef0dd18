// Writes records into files.
#include "sink/file/file_sink.hpp"

namespace aorta::plugins::file_sink {
namespace {

constexpr Option kOptions[] = {
    {.name = "path",
     .type = Type::Path,
     .summary = "File to write; {date}, {hour}, {id} and {attribute:NAME} are filled in for each "
                "record. Dates are UTC, by the clock that `clock` names.",
     .required = true,
     .example = "out/{date}.hl7"},
    {.name = "root",
     .type = Type::Path,
     .summary =
         "Directory that no path may leave; `path` is then relative to it. By default the part "
         "of `path` before the first placeholder.",
     .example = "out"},
    {.name = "mode",
     .type = Type::Text,
     .summary = "append: records one behind the other. one_file_per_record: a file each, written "
                "aside and renamed, so that readers never see half; `path` must hold {id}.",
     .default_value = "append",
     .one_of = "append|one_file_per_record"},
    {.name = "format",
     .type = Type::Text,
     .summary = "raw: the payload. ndjson: a JSON object a line with id, times and payload "
                "(payload_base64 where it is not UTF-8).",
     .default_value = "raw",
     .one_of = "raw|ndjson"},
    {.name = "clock",
     .type = Type::Text,
     .summary = "Whose time fills {date} and {hour}: when the record came in, when it happened "
                "(when it came in, if unknown), or now.",
     .default_value = "ingest",
     .one_of = "ingest|event|wall"},
    {.name = "separator",
     .type = Type::Text,
     .summary = "Comes after a raw record that does not end with it.",
     .default_value = "\n"},
    {.name = "line_ends",
     .type = Type::Text,
     .summary = "keep leaves a raw payload as it is; lf turns CR and CRLF into LF.",
     .default_value = "keep",
     .one_of = "keep|lf"},
    {.name = "max_bytes",
     .type = Type::Size,
     .summary = "A file that would grow beyond is followed by NAME.1.EXT, NAME.2.EXT, …; 0: never.",
     .default_value = "0",
     .min = "0",
     .example = "256MiB"},
    {.name = "max_age",
     .type = Type::Duration,
     .summary = "The same after this time since the file was opened; 0s: never.",
     .default_value = "0s",
     .min = "0s",
     .example = "1h"},
    {.name = "sync",
     .type = Type::Bool,
     .summary = "fdatasync before a record counts as delivered. Without, a power failure may lose "
                "records that were: completion is then only handed over.",
     .default_value = "true"},
    {.name = "resume",
     .type = Type::Bool,
     .summary = "Keeps a small hidden log in the root, so that after a crash no record is torn and "
                "none that comes again stands twice. The price is one more sync for each batch: up "
                "to twice the time where all goes to one file.",
     .default_value = "true"},
    {.name = "open_files",
     .type = Type::Int,
     .summary = "How many files stay open.",
     .default_value = "64",
     .min = "1",
     .max = "1024"},
};

constexpr Reason kReasons[] = {
    {kNoSpace, "The disk, a quota or a limit is full; tried again."},
    {kIoError, "The file could not be written, or another writer has it locked; tried again."},
    {kDenied, "The file may not be written, or its path leads out of the root."},
    {kBadName, "The file name that the record gives is too long."},
};

constexpr Descriptor kDescriptor{
    .id = "file",
    .kind = Kind::Sink,
    .summary = "Writes records into files, durable before they count as delivered",
    .status = Status::Stable,
    .concurrency = Concurrency::Serial,
    .may_block = true,
    .completion = Completion::Durable,
    .reasons = kReasons,
    .options = kOptions,
};

Settings settings_of(const Options& options) {
    const std::string_view clock = options["clock"].text();
    const bool is_ndjson = options["format"].text() == "ndjson";
    return {
        .path = std::string{options["path"].text()},
        .root = std::string{options["root"].text()},
        .mode = options["mode"].text() == "append" ? Mode::Append : Mode::OneFilePerRecord,
        .format = is_ndjson ? Format::Ndjson : Format::Raw,
        .clock = clock == "event"  ? Clock::Event
                 : clock == "wall" ? Clock::Wall
                                   : Clock::Ingest,
        .line_ends =
            options["line_ends"].text() == "lf" ? files::LineEnds::Lf : files::LineEnds::Keep,
        .appender = {.max_bytes = options["max_bytes"].bytes(),
                     .max_age = options["max_age"].duration(),
                     .sync = options["sync"].flag(),
                     .max_open = static_cast<std::size_t>(options["open_files"].integer()),
                     .separator = is_ndjson ? "\n" : std::string{options["separator"].text()}},
        .resume = options["resume"].flag(),
    };
}

class Plugin : public FileSink {
public:
    Plugin(const Options& options, Host host) : FileSink(settings_of(options), host) {}

    static void check(const Options& options, Diagnostics& diagnostics) {
        const auto path = PathTemplate::parse(options["path"].text(), options["root"].text());
        if (!path) {
            diagnostics.error(options["path"], path.error().message);
            return;
        }
        const std::string root{options["root"].text()};
        if (!root.empty() && options["path"].text().starts_with(root + "/")) {
            diagnostics.warning(options["path"],
                                "path is taken below root, so the files will lie in " + root + "/" +
                                    root + "; leave " + root + "/ out of path");
        }
        const bool is_per_record = options["mode"].text() != "append";
        if (is_per_record && !path->has_id()) {
            diagnostics.error(options["path"],
                              "one_file_per_record needs {id} in the path, so that no record "
                              "replaces another");
        }
        if (!options["sync"].flag()) {
            diagnostics.warning(options["sync"],
                                "without sync a power failure may lose records that count as "
                                "delivered");
        }
    }
};

}  // namespace
}  // namespace aorta::plugins::file_sink

AORTA_PLUGIN(aorta::plugins::file_sink::Plugin, aorta::plugins::file_sink::kDescriptor);
