// What a sink knows after a crash of what it had written before.
#pragma once

#include "common/files/fd.hpp"
#include "common/files/root.hpp"
#include "sink/file/id_window.hpp"
#include "sink/file/resume_format.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::plugins::file_sink {

/// A hidden file in the root of a sink that says which records stand in its files, and how far each
/// file that the sink has locked goes. Records are completed only after commit() said so, hence
/// after a crash what a locked file holds beyond was never completed: open() cuts it off. The
/// layout and the rules are in docs/formats/file-sink-resume.md. One thread at a time.
class ResumeLog {
public:
    /// Two processes may run sinks of one template: each takes a log of its own, `name`, `name`
    /// with .1, …; whoever starts takes over all that nobody has locked.
    static constexpr std::size_t kMaxLogs = 16;

    struct Settings {
        std::string name;   ///< of the log without ".resume"
        bool is_on = true;  ///< off: what a crash left is cut off and the log removed
        bool sync = true;
        std::size_t window = std::size_t{1} << 17U;  ///< ids remembered at the least
    };

    /// `root` must outlive the log.
    ResumeLog(const files::Root& root, Settings settings)
        : root_(root), settings_(std::move(settings)), window_(settings_.window) {}

    /// What open() found.
    struct Recovered {
        std::uint64_t cut_files = 0;
        std::uint64_t cut_bytes = 0;
        std::uint64_t changed_files = 0;  ///< not as the log says: left alone
        bool is_damaged = false;          ///< the log is: no file was cut
    };

    /// Reads the logs of earlier processes, cuts their files back and takes a log, unless that is
    /// done. Before it succeeded nothing may be asked or written.
    Result<void> open();

    /// What was found since the last call.
    Recovered take_recovered() { return std::exchange(recovered_, {}); }

    bool knows(const RecordId& id) const { return window_.contains(id); }

    /// To be committed: the file `path` is locked, and its records end at `length`.
    void hold(const std::string& path, int fd, std::uint64_t length);

    /// To be committed: a file of one record may appear; until release() it is none of ours, and
    /// open() removes it.
    void expect(const std::string& path);

    /// To be committed: the file may be another's from now on.
    void release(const std::string& path);

    /// To be committed: the record stands in a file.
    void remember(const RecordId& id);

    /// Makes what was said since the last time durable. After a failure the next call says it
    /// again.
    Result<void> commit();

private:
    struct Found {
        std::string name;
        files::Fd fd;  // none: another process has it locked
        ResumeContents contents;
    };

    Result<void> take_over();
    Result<std::vector<Found>> find_logs() const;
    Result<void> recover(const Found& log);
    Result<void> remove_unfinished(const std::string& path);
    Result<void> cut_back(const std::string& path, const FileState& state);
    Result<void> take_log(std::vector<Found>& logs);
    Result<void> rewrite();
    Result<void> append(std::string_view bytes);
    std::string log_name(std::size_t number) const;

    const files::Root& root_;
    Settings settings_;
    IdWindow window_;
    std::map<std::string, FileState> held_;
    Recovered recovered_;
    // Since the last commit:
    std::set<std::string> touched_;
    std::vector<RecordId> ids_;
    // The log; without one, or when what it holds is doubtful, it is written anew.
    std::string name_;
    files::Fd fd_;
    std::uint64_t size_bytes_ = 0;
    std::uint64_t rewrite_at_bytes_ = 0;
    bool is_sound_ = false;
    bool is_open_ = false;
};

}  // namespace aorta::plugins::file_sink
