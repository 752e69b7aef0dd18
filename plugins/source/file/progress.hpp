// How far each file is settled.
#pragma once

#include "source/file/checkpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aorta::plugins::file_source {

/// Knows which bytes of which files are settled, and which records are under way. Records settle in
/// any order. Any thread may call anything; `mutex_` guards all.
class Progress {
public:
    explicit Progress(std::vector<Entry> entries = {});

    /// A number for a file that is read now. What is remembered of it is taken up if it is the same
    /// file: same inode and birth, same device or path, and contents that may have grown but begin
    /// as they did. `head` is the file's first kHeadBytes bytes, or all.
    std::uint64_t open(const FileId& id, std::string_view head, std::uint64_t size_bytes);
    /// The file's content is new: forgets what was settled, and what is under way no longer counts.
    void restart(std::uint64_t file, const FileId& id);
    /// The file is longer now, or has another name.
    void update(std::uint64_t file, const FileId& id);
    /// The file is gone. It is remembered, unless too many others are gone since.
    void retire(std::uint64_t file);

    /// The first byte that is not settled.
    std::uint64_t first_gap(std::uint64_t file) const;

    /// A record that begins at `first` is about to go on its way; when it is settled, [from, to)
    /// is. The cookie comes back in `end`; 0 when the record was settled before.
    std::uint64_t begin(std::uint64_t file,
                        std::uint64_t first,
                        std::uint64_t from,
                        std::uint64_t to);
    /// A record's fate is known. Not settled: it is to be read again after a restart.
    void end(std::uint64_t cookie, bool is_settled);

    /// All entries, if anything changed since the last call.
    std::optional<std::vector<Entry>> take_changes();
    /// Saving them failed: take_changes gives them again.
    void keep_changes();

private:
    struct File {
        Entry entry;
        std::uint64_t generation = 0;
        std::uint64_t under_way = 0;
        bool is_gone = false;
    };

    struct Way {
        std::uint64_t file = 0;
        std::uint64_t generation = 0;
        std::uint64_t from = 0;
        std::uint64_t to = 0;
    };

    void bound_gone();

    mutable std::mutex mutex_;
    std::map<std::uint64_t, File> files_;  // by number: in the order of their first opening
    std::multimap<std::uint64_t, std::uint64_t> gone_;  // inode to number
    std::unordered_map<std::uint64_t, Way> ways_;       // by cookie
    std::uint64_t last_file_ = 0;
    std::uint64_t last_cookie_ = 0;
    bool is_changed_ = false;
};

}  // namespace aorta::plugins::file_source
