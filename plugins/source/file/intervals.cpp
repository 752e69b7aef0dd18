#include "source/file/intervals.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::plugins::file_source {

void Intervals::add(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) {
        return;
    }
    auto next = ranges_.upper_bound(begin);
    if (next != ranges_.begin() && std::prev(next)->second >= begin) {
        --next;
        begin = next->first;
    }
    while (next != ranges_.end() && next->first <= end) {
        end = std::max(end, next->second);
        next = ranges_.erase(next);
    }
    ranges_.emplace_hint(next, begin, end);
}

bool Intervals::covers(std::uint64_t begin, std::uint64_t end) const {
    if (begin >= end) {
        return true;
    }
    const auto next = ranges_.upper_bound(begin);
    return next != ranges_.begin() && std::prev(next)->second >= end;
}

std::uint64_t Intervals::first_gap() const {
    const auto first = ranges_.begin();
    return first == ranges_.end() || first->first != 0 ? 0 : first->second;
}

}  // namespace aorta::plugins::file_source
