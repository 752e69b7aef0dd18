// Parts of a file.
#pragma once

#include <cstdint>
#include <map>

namespace aorta::plugins::file_source {

/// A set of bytes as disjoint ranges [begin, end); ranges that touch are one. A value.
class Intervals {
public:
    /// Nothing happens if the range is empty.
    void add(std::uint64_t begin, std::uint64_t end);

    /// True for an empty range, too.
    bool covers(std::uint64_t begin, std::uint64_t end) const;

    /// The first byte that is not in the set.
    std::uint64_t first_gap() const;

    const std::map<std::uint64_t, std::uint64_t>& ranges() const { return ranges_; }

    friend bool operator==(const Intervals&, const Intervals&) = default;

private:
    std::map<std::uint64_t, std::uint64_t> ranges_;  // begin to end
};

}  // namespace aorta::plugins::file_source
