// What is known of each entry of a stream, in a byte: its marks; and what it came of: its root.
#pragma once

#include "spool/spool.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace aorta::spool {

constexpr std::uint64_t kEntriesOfPage = 4096;

/// One byte for each entry, in pages; a page of which all is over is freed. [not thread-safe]
class Marks {
public:
    /// The entry exists.
    void see(std::uint64_t sequence);

    /// It is not known whether it does.
    void touch(std::uint64_t sequence) { at(sequence); }

    bool is_seen(std::uint64_t sequence) const;
    /// Over, or in a page that is freed or was never begun.
    bool is_over(std::uint64_t sequence) const;
    bool is_released(std::uint64_t sequence) const;
    /// The highest fate so far.
    std::optional<message::FateKind> fate(std::uint64_t sequence) const;

    /// False when it was already.
    bool set_over(std::uint64_t sequence);
    void release(std::uint64_t sequence);
    /// True when the fate rose by it.
    bool raise(std::uint64_t sequence, message::FateKind fate);
    /// Counts outbox entries that came of it. `unpark` gives how many are left.
    void park(std::uint64_t sequence);
    std::uint32_t unpark(std::uint64_t sequence);
    std::uint32_t parked(std::uint64_t sequence) const;

    bool has_page(std::uint64_t sequence) const { return find(sequence) != nullptr; }

    /// All pages that these lie in are there.
    bool has_pages(std::uint64_t first, std::uint64_t last) const;

    /// Calls with each sequence from first to last that lies in a page; the page may be freed
    /// meanwhile.
    template <class Call>
    void each(std::uint64_t first, std::uint64_t last, Call call) const;
    /// How many from first to last are neither over nor released.
    std::uint64_t needed(std::uint64_t first, std::uint64_t last) const;
    /// Adds what another one knows of other entries, or of the same ones.
    void merge(Marks&& other);

private:
    struct Page {
        std::array<std::uint8_t, kEntriesOfPage> marks = {};
        std::uint32_t over = 0;
    };

    const std::uint8_t* find(std::uint64_t sequence) const;
    std::uint8_t& at(std::uint64_t sequence);
    void set_parked(std::uint64_t sequence, std::uint32_t count);

    std::map<std::uint64_t, std::unique_ptr<Page>> pages_;
    std::unordered_map<std::uint64_t, std::uint32_t> many_parked_;
};

template <class Call>
void Marks::each(std::uint64_t first, std::uint64_t last, Call call) const {
    for (auto at = pages_.lower_bound(first / kEntriesOfPage); at != pages_.end();) {
        const std::uint64_t begin = at->first * kEntriesOfPage;
        if (begin > last) {
            break;
        }
        ++at;  // the call may free the page
        const std::uint64_t from = std::max(begin, first);
        const std::uint64_t to = std::min(begin + kEntriesOfPage - 1, last);
        for (std::uint64_t sequence = from; sequence <= to; ++sequence) {
            call(sequence);
        }
    }
}

/// The roots of an outbox's entries, as runs: entries that follow one another mostly come of
/// entries that do, or of one. [not thread-safe]
class Roots {
public:
    void add(std::uint64_t sequence, Root root);
    Root find(std::uint64_t sequence) const;
    /// Forgets a whole page, or an entry that was added out of order.
    void forget(std::uint64_t sequence, bool with_page);
    void merge(Roots&& other);

private:
    struct Run {
        std::uint64_t first = 0;
        std::uint64_t count = 1;
        Root root = {};
        std::uint64_t step = 0;
    };

    static bool extend(Run& run, std::uint64_t sequence, Root root);

    std::map<std::uint64_t, std::vector<Run>> pages_;
    std::unordered_map<std::uint64_t, Root> out_of_order_;
};

}  // namespace aorta::spool
