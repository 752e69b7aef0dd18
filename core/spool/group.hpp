// What is made durable together, as it goes into the log.
#pragma once

#include "spool/books.hpp"
#include "spool/sealing.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace aorta::spool {

/// An item other than an entry.
struct Part {
    ItemHeader header;
    std::string body;
};

struct Group {
    std::vector<Part> before = {};    ///< streams and facts
    std::span<Entry> entries = {};    ///< of the work that the group is of
    std::uint64_t entry_bytes = 0;    ///< of their items
    std::vector<Part> behind = {};    ///< notes, of entries up to these
    std::vector<Placed> placed = {};  ///< where `put_into` put the entries

    bool is_empty() const { return before.empty() && entries.empty() && behind.empty(); }

    /// Takes entries from the first on, as many as go into about so many bytes, one or more.
    void take(std::span<Entry> from, std::uint64_t most_bytes);
    std::uint64_t bytes() const;
    void put_into(ItemBuffer& out);
};

std::uint64_t bytes_of(std::span<const Entry> entries);
std::vector<Part> encode_streams_and_facts(const Work& work);
/// Joins their ranges. `flags`: kCopied when they were written before.
std::vector<Part> encode_notes(Notes& notes, std::uint8_t flags = 0);

}  // namespace aorta::spool
