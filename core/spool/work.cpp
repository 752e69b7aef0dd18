#include "spool/work.hpp"

#include <algorithm>
#include <tuple>

namespace aorta::spool {
namespace {

/// How many of the latest ranges are tried: several streams and fates are settled in turns.
constexpr std::size_t kLatest = 4;

bool joins(Range& range, const Range& next) {
    if (range.stream != next.stream || range.fate != next.fate || next.first > range.last + 1) {
        return false;
    }
    range.last = std::max(range.last, next.last);
    return true;
}

}  // namespace

void note(std::vector<Range>& ranges, StreamId stream, std::uint8_t fate, std::uint64_t sequence) {
    const std::size_t count = ranges.size();
    for (std::size_t i = 0; i < std::min(count, kLatest); ++i) {
        Range& range = ranges[count - 1 - i];
        if (range.stream == stream && range.fate == fate && range.last + 1 == sequence) {
            range.last = sequence;
            return;
        }
    }
    ranges.push_back({stream, fate, sequence, sequence});
}

std::vector<Range> take_below(std::vector<Range>& ranges,
                              const std::map<StreamId, StreamState>& ends) {
    std::vector<Range> below;
    std::vector<Range> left;
    for (const Range& range : ranges) {
        const auto stream = ends.find(range.stream);
        const std::uint64_t end = stream == ends.end() ? 0 : stream->second.next;
        if (range.first < end) {
            below.push_back(range);
            below.back().last = std::min(range.last, end - 1);
        }
        if (range.last >= end) {
            left.push_back(range);
            left.back().first = std::max(range.first, end);
        }
    }
    ranges = std::move(left);
    return below;
}

void sort_and_join(std::vector<Range>& ranges) {
    if (ranges.size() < 2) {
        return;
    }
    std::ranges::sort(ranges, {}, [](const Range& range) {
        return std::tuple{range.stream, range.fate, range.first};
    });
    std::size_t kept = 0;
    for (std::size_t i = 1; i < ranges.size(); ++i) {
        if (!joins(ranges[kept], ranges[i])) {
            ranges[++kept] = ranges[i];
        }
    }
    ranges.resize(kept + 1);
}

}  // namespace aorta::spool
