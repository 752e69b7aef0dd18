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
    bool resume = true;
    std::size_t resume_window = 32'768;  ///< ids that are remembered at the least
};

inline constexpr std::string_view kNoSpace = "file.no_space";
inline constexpr std::string_view kIoError = "file.io_error";
inline constexpr std::string_view kDenied = "file.denied";
inline constexpr std::string_view kBadName = "file.bad_name";

/// Writes what arrived together for one file in one call, syncs, notes it in the resume log, and
/// only then completes the records. A record that the log knows is completed and not written.
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

    /// A record that gets a file of its own.
    struct Put {
        const Delivery* delivery;
        std::string path;
        Result<void> result;
    };

    Group& group(const std::string& path);
    void expand_path(const Record& record);
    void append_text(const Record& record, std::string& out) const;
    void append_groups();
    void put_files();
    Result<void> expect_files(const std::vector<Put>& puts);
    void finish(const Put& put);
    void complete(const Result<void>& committed);
    void warn_of_failure(const Error& error) const;
    void report_recovery();
    void fail(const Delivery& delivery, ErrorCode code) const;

    Settings settings_;
    Host host_;
    Counter torn_tails_;
    Counter already_held_;
    std::optional<PathTemplate> path_;
    std::vector<std::uint32_t> attributes_;
    std::optional<files::Root> root_;
    std::optional<ResumeLog> log_;      // borrows root_
    std::optional<Appender> appender_;  // borrows both; none in mode OneFilePerRecord
    std::vector<Delivery> safe_;        // once the log is committed
    std::vector<Delivery> fresh_;
    std::vector<Group> groups_;
    std::size_t group_count_ = 0;
    std::string path_text_;
};

}  // namespace aorta::plugins::file_sink
