#include "source/file/progress.hpp"

#include <algorithm>
#include <utility>

namespace aorta::plugins::file_source {

namespace {

constexpr std::size_t kMaxGone = 10'000;

bool is_same(const Entry& known,
             const FileId& id,
             std::string_view head,
             std::uint64_t size_bytes) {
    const auto& ranges = known.settled.ranges();
    return known.id.born_ns == id.born_ns &&
           (known.id.device == id.device || known.id.path == id.path) &&
           begins_as(known.id, head) && (ranges.empty() || ranges.rbegin()->second <= size_bytes);
}

}  // namespace

Progress::Progress(std::vector<Entry> entries) {
    for (Entry& entry : entries) {
        const std::uint64_t number = ++last_file_;
        gone_.emplace(entry.id.inode, number);
        files_.emplace(number, File{.entry = std::move(entry), .is_gone = true});
    }
}

std::uint64_t Progress::open(const FileId& id, std::string_view head, std::uint64_t size_bytes) {
    const std::lock_guard lock{mutex_};
    is_changed_ = true;
    const auto [first, last] = gone_.equal_range(id.inode);
    for (auto gone = first; gone != last; ++gone) {
        const std::uint64_t number = gone->second;
        File& file = files_.at(number);
        if (is_same(file.entry, id, head, size_bytes)) {
            gone_.erase(gone);
            file.is_gone = false;
            file.entry.id = id;
            return number;
        }
    }
    const std::uint64_t number = ++last_file_;
    files_[number].entry.id = id;
    return number;
}

void Progress::restart(std::uint64_t file, const FileId& id) {
    const std::lock_guard lock{mutex_};
    File& restarted = files_.at(file);
    restarted.entry = {id, {}};
    ++restarted.generation;
    is_changed_ = true;
}

void Progress::update(std::uint64_t file, const FileId& id) {
    const std::lock_guard lock{mutex_};
    files_.at(file).entry.id = id;
    is_changed_ = true;
}

void Progress::retire(std::uint64_t file) {
    const std::lock_guard lock{mutex_};
    File& retired = files_.at(file);
    retired.is_gone = true;
    gone_.emplace(retired.entry.id.inode, file);
    bound_gone();
    is_changed_ = true;
}

// Forgets the oldest of those that nothing of is under way.
void Progress::bound_gone() {
    for (auto file = files_.begin(); file != files_.end() && gone_.size() > kMaxGone;) {
        if (!file->second.is_gone || file->second.under_way != 0) {
            ++file;
            continue;
        }
        const auto [first, last] = gone_.equal_range(file->second.entry.id.inode);
        const std::uint64_t number = file->first;
        gone_.erase(
            std::find_if(first, last, [&](const auto& gone) { return gone.second == number; }));
        file = files_.erase(file);
    }
}

std::uint64_t Progress::first_gap(std::uint64_t file) const {
    const std::lock_guard lock{mutex_};
    return files_.at(file).entry.settled.first_gap();
}

std::uint64_t Progress::begin(std::uint64_t file,
                              std::uint64_t first,
                              std::uint64_t from,
                              std::uint64_t to) {
    const std::lock_guard lock{mutex_};
    File& read = files_.at(file);
    if (read.entry.settled.covers(first, first + 1)) {
        return 0;
    }
    ++read.under_way;
    ways_.emplace(++last_cookie_, Way{file, read.generation, from, to});
    return last_cookie_;
}

void Progress::end(std::uint64_t cookie, bool is_settled) {
    const std::lock_guard lock{mutex_};
    const auto found = ways_.find(cookie);
    if (found == ways_.end()) {
        return;
    }
    const Way way = found->second;
    ways_.erase(found);
    File& file = files_.at(way.file);
    --file.under_way;
    if (is_settled && file.generation == way.generation) {
        file.entry.settled.add(way.from, way.to);
        is_changed_ = true;
    }
}

std::optional<std::vector<Entry>> Progress::take_changes() {
    const std::lock_guard lock{mutex_};
    if (!std::exchange(is_changed_, false)) {
        return std::nullopt;
    }
    // Gone ones first: they are the oldest when the file is read again.
    std::vector<Entry> entries;
    for (const bool is_gone : {true, false}) {
        for (const auto& [number, file] : files_) {
            if (file.is_gone == is_gone) {
                entries.push_back(file.entry);
            }
        }
    }
    return entries;
}

void Progress::keep_changes() {
    const std::lock_guard lock{mutex_};
    is_changed_ = true;
}

}  // namespace aorta::plugins::file_source
