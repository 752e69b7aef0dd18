#include "tables/store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>  // clock_gettime is no part of <ctime>

#include <algorithm>
#include <utility>

namespace aorta::tables {
namespace {

// Longer than it takes from reading a table to making its store.
constexpr std::int64_t kYoungSeconds = 120;
constexpr unsigned kAbsences = 2;  // looks after which a file is said to be gone

/// True if the file was put in place so shortly ago that what was loaded may be older.
bool is_young(const std::filesystem::path& file) {
    struct stat facts {};

    struct timespec now {};

    return ::stat(file.c_str(), &facts) == 0 && ::clock_gettime(CLOCK_REALTIME, &now) == 0 &&
           now.tv_sec - facts.st_ctim.tv_sec < kYoungSeconds;
}

}  // namespace

LiveTable::LiveTable(TableSpec spec) : spec_(std::move(spec)), table_(spec_.table) {
    if (spec_.defaults.empty() || table_ == nullptr) {
        return;
    }
    for (const std::string& column : table_->columns()) {
        const auto found = std::find_if(spec_.defaults.begin(),
                                        spec_.defaults.end(),
                                        [&](const auto& cell) { return cell.first == column; });
        defaults_.push_back(found == spec_.defaults.end()
                                ? aorta_str{"", 0}
                                : aorta_str{found->second.data(), found->second.size()});
    }
}

std::shared_ptr<const Table> LiveTable::current() const {
    const std::scoped_lock lock(mutex_);
    return table_;
}

void LiveTable::replace(std::shared_ptr<const Table> table) {
    {
        const std::scoped_lock lock(mutex_);
        table_ = std::move(table);
    }
    version_.fetch_add(1, std::memory_order_release);
}

Store::Store(const std::vector<TableSpec>& specs, Loader loader) : loader_(std::move(loader)) {
    for (const TableSpec& spec : specs) {
        tables_.emplace_back(spec);
        seen_.push_back({is_young(spec.file) ? Stamp{} : stamp_of(spec.file)});
    }
}

const LiveTable* Store::find(std::string_view name) const {
    const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const LiveTable& table) {
        return table.spec().name == name;
    });
    return found == tables_.end() ? nullptr : &*found;
}

bool Store::has_files() const {
    return std::any_of(tables_.begin(), tables_.end(), [](const LiveTable& table) {
        return !table.spec().file.empty();
    });
}

Store::Stamp Store::stamp_of(const std::filesystem::path& file) {
    struct stat facts {};

    if (file.empty() || ::stat(file.c_str(), &facts) != 0) {
        return {};
    }
    return {facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec,
            static_cast<std::uint64_t>(facts.st_size),
            facts.st_ino};
}

std::vector<Reload> Store::reload_changed() {
    std::vector<Reload> all;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
        const TableSpec& spec = tables_[i].spec();
        Seen& seen = seen_[i];
        // Before the file is read: what is written meanwhile is seen at the next look.
        const Stamp stamp = stamp_of(spec.file);
        if (stamp == Stamp{} && !spec.file.empty()) {
            // One that is missing once may be in the middle of being replaced.
            if (++seen.absences == kAbsences) {
                Reload& gone = all.emplace_back();
                gone.table = spec.name;
                gone.is_gone = true;
                gone.problems.warning({.file = spec.file.string()},
                                      "the file is not there any more, or cannot be looked at");
            }
            continue;
        }
        seen.absences = 0;
        if (stamp != seen.stamp) {
            seen.stamp = stamp;
            all.push_back(reload(tables_[i]));
        }
    }
    return all;
}

Reload Store::reload(LiveTable& table) const {
    Reload done{.table = table.spec().name};
    const auto fresh = loader_(table.spec(), done.problems);
    if (fresh == nullptr) {
        return done;
    }
    if (fresh->columns() != table.current()->columns()) {
        done.problems.error({table.spec().file.string(), 1, 1},
                            "the columns are not those that the table had",
                            "restart the pipeline to use a table of another shape");
        return done;
    }
    table.replace(fresh);
    done.is_new = true;
    done.rows = fresh->row_count();
    return done;
}

}  // namespace aorta::tables
