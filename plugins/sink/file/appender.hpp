// Appending whole records to files that stay open.
#pragma once

#include "common/files/fd.hpp"
#include "common/files/root.hpp"
#include "sink/file/resume_log.hpp"

#include <aorta/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::file_sink {

/// Records one behind the other: record i ends at ends[i].
struct Run {
    std::string bytes;
    std::vector<std::size_t> ends;
    std::vector<RecordId> ids;
};

/// Appends to files below a root. A file is locked against other writers while open, always ends at
/// a record's end (a failed write is cut off again), and after a failed sync is left for a new
/// part: what the kernel then has of it is unknown. Every locked file stands in the resume log
/// before anything is written to it. The parts of "a.hl7" are "a.hl7", "a.1.hl7", "a.2.hl7". One
/// thread at a time.
class Appender {
public:
    struct Settings {
        std::uint64_t max_bytes = 0;         ///< of a part; 0: no limit
        std::chrono::nanoseconds max_age{};  ///< of a part, since it was opened; 0: no limit
        bool sync = true;
        std::size_t max_open = 64;
        std::string separator = "\n";  ///< that records end with; tells a torn tail
    };

    /// `root` and `log` must outlive it.
    Appender(const files::Root& root, ResumeLog& log, Settings settings)
        : root_(root), log_(log), settings_(std::move(settings)) {}

    struct Appended {
        std::size_t records = 0;     ///< as safe as `sync` makes them, once commit() succeeded
        std::optional<Error> error;  ///< why the others are not there
    };

    Appended append(const std::string& path, const Run& run, std::chrono::nanoseconds steady);

    /// Makes the resume log promise what was appended. Records may be completed only afterwards.
    Result<void> commit();

    /// Gives all files back.
    void close_all();

    /// Files found with a tail that no separator closed, as a crash leaves them.
    std::uint64_t torn_tails() const { return torn_tails_; }

private:
    struct Open {
        std::string path;
        std::string part;  // of the path, as the resume log names it
        files::Fd fd;
        std::uint64_t size_bytes = 0;
        bool is_torn = false;
        std::chrono::nanoseconds opened{};
        std::uint64_t used = 0;
    };

    Result<Open*> find(const std::string& path, std::chrono::nanoseconds steady);
    Result<Open*> open(const std::string& path, std::chrono::nanoseconds steady);
    Result<std::uint64_t> last_part(const std::string& path) const;
    bool is_old(const Open& file, std::chrono::nanoseconds steady) const;
    Result<void> write(Open& file, std::string_view bytes);
    void close(std::vector<Open>::iterator file);
    void next_part(const std::string& path);
    void leave_in_doubt(std::vector<Open>::iterator file);
    std::vector<Open>::iterator find_open(const std::string& path);

    const files::Root& root_;
    ResumeLog& log_;
    Settings settings_;
    std::vector<Open> open_;
    // Not ours any more once the resume log says so; until then locked.
    std::vector<files::Fd> closing_;
    // Files that could not be cut or synced: the resume log has them for the next start to cut.
    std::deque<Open> doubtful_;
    // Only of files that have more than one part.
    std::map<std::string, std::uint64_t, std::less<>> parts_;
    std::uint64_t uses_ = 0;
    std::uint64_t torn_tails_ = 0;
};

}  // namespace aorta::plugins::file_sink
