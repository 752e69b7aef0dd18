#include "spool/table.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::spool {
namespace {

// The bits of a mark.
constexpr std::uint8_t kOver = 1U << 0U;
constexpr std::uint8_t kReleased = 1U << 1U;
constexpr unsigned kFateShift = 2;  // 3 bits: one more than the fate
constexpr std::uint8_t kFateBits = 7U << kFateShift;
constexpr unsigned kParkedShift = 5;  // 2 bits: how many; 3 means that the count is elsewhere
constexpr std::uint8_t kParkedBits = 3U << kParkedShift;
constexpr std::uint8_t kSeen = 1U << 7U;
constexpr std::uint32_t kMany = 3;

constexpr std::uint32_t parked_bits(std::uint8_t mark) {
    return (mark & kParkedBits) >> kParkedShift;
}

constexpr std::uint8_t fate_bits(std::uint8_t mark) {
    return static_cast<std::uint8_t>((mark & kFateBits) >> kFateShift);
}

constexpr std::uint8_t with_fate(std::uint8_t mark, std::uint8_t fate) {
    return static_cast<std::uint8_t>((mark & ~kFateBits) | (fate << kFateShift));
}

}  // namespace

const std::uint8_t* Marks::find(std::uint64_t sequence) const {
    const auto page = pages_.find(sequence / kEntriesOfPage);
    return page == pages_.end() ? nullptr : &page->second->marks[sequence % kEntriesOfPage];
}

std::uint8_t& Marks::at(std::uint64_t sequence) {
    std::unique_ptr<Page>& page = pages_[sequence / kEntriesOfPage];
    if (!page) {
        page = std::make_unique<Page>();
    }
    return page->marks[sequence % kEntriesOfPage];
}

void Marks::see(std::uint64_t sequence) {
    at(sequence) |= kSeen;
}

bool Marks::is_seen(std::uint64_t sequence) const {
    const std::uint8_t* const mark = find(sequence);
    return mark != nullptr && (*mark & kSeen) != 0;
}

bool Marks::is_over(std::uint64_t sequence) const {
    const std::uint8_t* const mark = find(sequence);
    return mark == nullptr || (*mark & kOver) != 0;
}

bool Marks::is_released(std::uint64_t sequence) const {
    const std::uint8_t* const mark = find(sequence);
    return mark != nullptr && (*mark & kReleased) != 0;
}

std::optional<message::FateKind> Marks::fate(std::uint64_t sequence) const {
    const std::uint8_t* const mark = find(sequence);
    const std::uint8_t fate = mark == nullptr ? std::uint8_t{0} : fate_bits(*mark);
    return fate == 0 ? std::nullopt : std::optional{static_cast<message::FateKind>(fate - 1)};
}

bool Marks::set_over(std::uint64_t sequence) {
    std::uint8_t& mark = at(sequence);
    if ((mark & kOver) != 0) {
        return false;
    }
    set_parked(sequence, 0);
    mark |= kOver;
    const auto page = pages_.find(sequence / kEntriesOfPage);
    if (++page->second->over == kEntriesOfPage) {
        pages_.erase(page);
    }
    return true;
}

void Marks::release(std::uint64_t sequence) {
    at(sequence) |= kReleased;
}

bool Marks::raise(std::uint64_t sequence, message::FateKind fate) {
    std::uint8_t& mark = at(sequence);
    const auto raised = static_cast<std::uint8_t>(static_cast<unsigned>(fate) + 1);
    if (raised <= fate_bits(mark)) {
        return false;
    }
    mark = with_fate(mark, raised);
    return true;
}

void Marks::park(std::uint64_t sequence) {
    set_parked(sequence, parked(sequence) + 1);
}

std::uint32_t Marks::unpark(std::uint64_t sequence) {
    const std::uint32_t count = parked(sequence);
    if (count == 0) {
        return 0;  // a log that is damaged may name a root too often
    }
    set_parked(sequence, count - 1);
    return count - 1;
}

std::uint32_t Marks::parked(std::uint64_t sequence) const {
    const std::uint8_t* const mark = find(sequence);
    const std::uint32_t bits = mark == nullptr ? 0 : parked_bits(*mark);
    return bits == kMany ? many_parked_.at(sequence) : bits;
}

void Marks::set_parked(std::uint64_t sequence, std::uint32_t count) {
    std::uint8_t& mark = at(sequence);
    if (count >= kMany) {
        many_parked_[sequence] = count;
    } else if (parked_bits(mark) == kMany) {
        many_parked_.erase(sequence);
    }
    mark =
        static_cast<std::uint8_t>((mark & ~kParkedBits) | (std::min(count, kMany) << kParkedShift));
}

bool Marks::has_pages(std::uint64_t first, std::uint64_t last) const {
    const std::uint64_t count = last / kEntriesOfPage - first / kEntriesOfPage + 1;
    const auto begin = pages_.lower_bound(first / kEntriesOfPage);
    const auto end = pages_.upper_bound(last / kEntriesOfPage);
    return static_cast<std::uint64_t>(std::distance(begin, end)) == count;
}

std::uint64_t Marks::needed(std::uint64_t first, std::uint64_t last) const {
    std::uint64_t count = 0;
    for (auto at = pages_.lower_bound(first / kEntriesOfPage); at != pages_.end(); ++at) {
        const std::uint64_t begin = at->first * kEntriesOfPage;
        if (begin > last) {
            break;
        }
        const auto& marks = at->second->marks;
        const auto from =
            marks.begin() + static_cast<std::ptrdiff_t>(std::max(begin, first) - begin);
        const auto to =
            marks.begin() +
            static_cast<std::ptrdiff_t>(std::min(begin + kEntriesOfPage - 1, last) - begin) + 1;
        count += static_cast<std::uint64_t>(std::count_if(
            from, to, [](std::uint8_t mark) { return (mark & (kOver | kReleased)) == 0; }));
    }
    return count;
}

void Marks::merge(Marks&& other) {
    for (auto& [number, page] : other.pages_) {
        const std::uint64_t begin = number * kEntriesOfPage;
        for (std::uint64_t i = 0; i < kEntriesOfPage; ++i) {
            const std::uint8_t mark = page->marks[i];
            if (mark == 0) {
                continue;
            }
            const std::uint64_t sequence = begin + i;
            const std::uint32_t count = parked(sequence) + other.parked(sequence);
            std::uint8_t& mine = at(sequence);
            mine |= mark & (kSeen | kReleased);
            mine = with_fate(mine, std::max(fate_bits(mine), fate_bits(mark)));
            set_parked(sequence, count);
            if ((mark & kOver) != 0) {
                set_over(sequence);
            }
        }
    }
    other = Marks{};
}

bool Roots::extend(Run& run, std::uint64_t sequence, Root root) {
    if (root.stream != run.root.stream || sequence != run.first + run.count) {
        return false;
    }
    if (run.count == 1 && root.sequence == run.root.sequence + 1) {
        run.step = 1;
    }
    if (root.sequence != run.root.sequence + run.step * run.count) {
        return false;
    }
    ++run.count;
    return true;
}

void Roots::add(std::uint64_t sequence, Root root) {
    std::vector<Run>& runs = pages_[sequence / kEntriesOfPage];
    if (!runs.empty() && sequence < runs.back().first + runs.back().count) {
        out_of_order_[sequence] = root;
    } else if (runs.empty() || !extend(runs.back(), sequence, root)) {
        runs.push_back({sequence, 1, root, 0});
    }
}

Root Roots::find(std::uint64_t sequence) const {
    if (const auto found = out_of_order_.find(sequence); found != out_of_order_.end()) {
        return found->second;
    }
    const auto page = pages_.find(sequence / kEntriesOfPage);
    if (page == pages_.end()) {
        return {};
    }
    const auto behind = std::ranges::upper_bound(page->second, sequence, {}, &Run::first);
    if (behind == page->second.begin()) {
        return {};
    }
    const Run& run = *std::prev(behind);
    if (sequence >= run.first + run.count) {
        return {};
    }
    return {run.root.stream, run.root.sequence + run.step * (sequence - run.first)};
}

void Roots::forget(std::uint64_t sequence, bool with_page) {
    if (!out_of_order_.empty()) {
        out_of_order_.erase(sequence);
    }
    if (with_page) {
        pages_.erase(sequence / kEntriesOfPage);
    }
}

void Roots::merge(Roots&& other) {
    out_of_order_.merge(other.out_of_order_);
    for (auto& [page, runs] : other.pages_) {
        std::vector<Run>& mine = pages_[page];
        mine.insert(mine.begin(), runs.begin(), runs.end());
    }
    other = Roots{};
}

}  // namespace aorta::spool
