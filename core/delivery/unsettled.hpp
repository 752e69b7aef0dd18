// Which records of a source are not settled, as far as a snapshot of state must know.
#pragma once

#include <cstdint>
#include <mutex>

namespace aorta::delivery {

/// Counts the unsettled records before a cut, and those behind it. [any thread]
class Unsettled {
public:
    void opened(std::uint64_t sequence) {
        const std::scoped_lock lock(mutex_);
        ++(sequence < cut_ ? before_ : behind_);
    }

    /// `stays`: it has failed, stays in the journal, and comes again at the next start.
    void settled(std::uint64_t sequence, bool stays) {
        const std::scoped_lock lock(mutex_);
        --(sequence < cut_ ? before_ : behind_);
        has_stayed_ = has_stayed_ || stays;
    }

    /// All records that were opened so far lie before `next`, and those that come do not.
    void cut(std::uint64_t next) {
        const std::scoped_lock lock(mutex_);
        cut_ = next;
        before_ += behind_;
        behind_ = 0;
    }

    /// All records before the cut are settled.
    bool is_cut_settled() const {
        const std::scoped_lock lock(mutex_);
        return before_ == 0;
    }

    /// A record stays in the journal: what it did to the state must not be kept, since it does it
    /// again.
    bool has_stayed() const {
        const std::scoped_lock lock(mutex_);
        return has_stayed_;
    }

private:
    mutable std::mutex mutex_;
    std::uint64_t cut_ = 0;
    std::uint64_t before_ = 0;
    std::uint64_t behind_ = 0;
    bool has_stayed_ = false;
};

}  // namespace aorta::delivery
