// Records into files.
#pragma once

#include "common/files/text.hpp"
#include "sink/file/appender.hpp"
#include "sink/file/path_template.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::file_sink {

enum class Clock { Ingest, Event, Wall };
enum class Format { Raw, Ndjson };
enum class Mode { Append, OneFilePerRecord };

struct Settings {
    std::string path;
    std::string root = {};
    Mode mode = Mode::Append;
    Format format = Format::Raw;
    Clock clock = Clock::Ingest;
    files::LineEnds line_ends = files::LineEnds::Keep;
    Appender::Settings appender = {};
};

inline constexpr std::string_view kNoSpace = "file.no_space";
inline constexpr std::string_view kIoError = "file.io_error";
inline constexpr std::string_view kDenied = "file.denied";
inline constexpr std::string_view kBadName = "file.bad_name";

/// Writes what arrived together for one file in one call, syncs, and only then completes the
/// records.
class FileSink : public Sink {
public:
    FileSink(Settings settings, Host host);

    /// Opens the root directory.
    Result<void> start() override;
    void stop() override;
    void consume(std::span<const Delivery> deliveries) override;

private:
    /// The records of a batch that go to one file.
    struct Group {
        std::string path;
        Run run;
        std::vector<Delivery> deliveries;
    };

    Group& group(const std::string& path);
    void expand_path(const Record& record);
    void append_text(const Record& record, std::string& out) const;
    void append_groups();
    void put_files(std::span<const Delivery> deliveries);
    void fail(const Delivery& delivery, ErrorCode code) const;

    Settings settings_;
    Host host_;
    Counter torn_tails_;
    std::optional<PathTemplate> path_;
    std::vector<std::uint32_t> attributes_;
    std::optional<files::Root> root_;
    std::optional<Appender> appender_;
    std::vector<Group> groups_;
    std::size_t group_count_ = 0;
    std::string path_text_;
};

}  // namespace aorta::plugins::file_sink
