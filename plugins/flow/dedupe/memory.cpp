#include "flow/dedupe/memory.hpp"

namespace aorta::plugins::dedupe {

bool Memory::seen(const hash::Hash128& print, std::chrono::nanoseconds now) {
    while (!entries_.empty() && now - entries_.front().first_seen >= window_) {
        forget_oldest();
    }
    if (!prints_.insert(print).second) {
        return true;
    }
    entries_.push_back({print, now});
    if (entries_.size() > max_entries_) {
        forget_oldest();
        ++evicted_;
    }
    return false;
}

void Memory::forget_oldest() {
    prints_.erase(entries_.front().print);
    entries_.pop_front();
}

}  // namespace aorta::plugins::dedupe
