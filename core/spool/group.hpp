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
    std::vector<Part> behind = {};    ///< notes, of entries up to these
    std::vector<Placed> placed = {};  ///< where `put_into` put the entries

    bool is_empty() const { return before.empty() && entries.empty() && behind.empty(); }

    std::uint64_t bytes() const;
    void put_into(ItemBuffer& out);
};

std::uint64_t bytes_of(std::span<const Entry> entries);
std::vector<Part> encode_streams_and_facts(const Work& work);
/// Joins the ranges of the work.
std::vector<Part> encode_notes(Work& work);
/// The entries from the first on that go into a group of about so many bytes, one or more.
std::span<Entry> entries_of_group(std::vector<Entry>& entries,
                                  std::size_t first,
                                  std::uint64_t bytes);

}  // namespace aorta::spool
