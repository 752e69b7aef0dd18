// Store: the tables of a running pipeline, loaded anew when their files change.
#pragma once

#include "tables/table.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::tables {

/// Reads the table of a spec once more; null after a report.
using Loader = std::function<std::shared_ptr<const Table>(const TableSpec&, config::Diagnostics&)>;

/// One table that changes as a whole. `current` and `version` may be called by any thread,
/// `replace` by one at a time.
class LiveTable {
public:
    explicit LiveTable(TableSpec spec);

    const TableSpec& spec() const { return spec_; }

    /// The cells that stand in for a missing row; empty when none were given.
    const std::vector<aorta_str>& defaults() const { return defaults_; }

    std::shared_ptr<const Table> current() const;

    /// Grows when the table is replaced: a look at it is cheaper than `current`.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

    void replace(std::shared_ptr<const Table> table);

private:
    const TableSpec spec_;
    std::vector<aorta_str> defaults_;  // into spec_
    mutable std::mutex mutex_;         // guards table_
    std::shared_ptr<const Table> table_;
    std::atomic<std::uint64_t> version_{0};
};

/// What a look at the files found.
struct Reload {
    std::string table;
    bool is_new = false;   // else the old one stays in use
    bool is_gone = false;  // the file is not there any more
    std::size_t rows = 0;
    config::Diagnostics problems = {};  // why not; of a new one, warnings
};

/// All tables of a pipeline. `find` from any thread; `reload_changed` from one.
class Store {
public:
    explicit Store(const std::vector<TableSpec>& specs, Loader loader = {});
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    ~Store() = default;

    /// Null when there is none of this name.
    const LiveTable* find(std::string_view name) const;

    const std::deque<LiveTable>& all() const { return tables_; }

    /// True if a table comes from a file, so that it may change.
    bool has_files() const;

    /// Loads the tables anew whose file is another one than at the last look (by time, size and
    /// inode), and says how that went. A table whose new file is broken, or lacks a column that it
    /// had, or whose file is gone for two looks, stays as it was.
    std::vector<Reload> reload_changed();

private:
    /// What a file looks like from outside.
    struct Stamp {
        std::int64_t time_ns = 0;
        std::uint64_t size = 0;
        std::uint64_t inode = 0;

        friend bool operator==(const Stamp&, const Stamp&) = default;
    };

    struct Seen {
        Stamp stamp;
        unsigned absences = 0;  // looks in a row that did not find it
    };

    static Stamp stamp_of(const std::filesystem::path& file);
    Reload reload(LiveTable& table) const;

    std::deque<LiveTable> tables_;
    std::vector<Seen> seen_;
    Loader loader_;
};

}  // namespace aorta::tables
