// The folder of a spool: its files, their headers, who may write.
#pragma once

#include "spool/replay.hpp"
#include "spool/scan.hpp"
#include "spool/spool.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace aorta::spool {

struct Layout {
    explicit Layout(const std::filesystem::path& folder)
        : root(folder),
          storage(folder / "storage"),
          lock(folder / "lock"),
          segments(folder / "spool"),
          quarantine(folder / "quarantine") {}

    std::filesystem::path root;
    std::filesystem::path storage;
    std::filesystem::path lock;
    std::filesystem::path segments;
    std::filesystem::path quarantine;
};

/// Where the bytes of a bad region are kept.
std::filesystem::path quarantine_path(const Layout& layout, const Damage& region);

/// A segment file as it is found.
struct FoundSegment {
    std::uint64_t number = 0;
    std::filesystem::path path = {};
    std::uint64_t bytes = 0;
    SegmentPtr segment = {};  ///< null: its header is not good
    bool is_blank = false;    ///< zeros where its headers would be
};

/// Segment files in the order of their numbers.
struct FoundLog {
    std::vector<FoundSegment> segments = {};
    std::vector<std::filesystem::path> leftovers = {};  ///< never begun, or of an earlier time
    std::uint64_t usual = 0;  ///< bytes of a segment; 0: no header is good
    Id16 log = {};
};

Result<FoundLog> find_log(const Layout& layout, FileSystem& files);

/// What the newest segments say, back to one whose checkpoint is good.
struct Tail {
    Findings found = {};
    std::size_t first = 0;  ///< of those segments
};

Result<Tail> read_tail(const FoundLog& log, FileSystem& files);
/// Files that came back after they had been let go are left over.
void forget_gone(FoundLog& log, const Gone& gone);
/// The number of a segment behind them all.
std::uint64_t next_number(const FoundLog& log);
/// InvalidConfig when the key of a segment is not there.
Result<void> check_keys(const FoundLog& log, const Keys& keys);
/// InvalidConfig when the folder's format is a newer one.
enum class Storage { New, Known };
Result<Storage> check_storage(const Layout& layout, FileSystem& files);
Result<void> write_storage(const Layout& layout, FileSystem& files);
/// Unavailable when another process has it.
Result<std::unique_ptr<File>> lock_folder(const Layout& layout, FileSystem& files);
/// Replays one segment, read from its file. A header that is not good is told as such.
Result<void> replay_found(Replay& replay,
                          const FoundSegment& found,
                          std::uint64_t usual,
                          FileSystem& files);

}  // namespace aorta::spool
