#include "graph/lane.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::graph {
namespace {

constexpr std::size_t kBatchRecords = 64;
constexpr std::size_t kBulkRecords = 256;
constexpr std::uint64_t kBatchBytes = 64 * 1024;
/// As often an inline run takes what waits in a lane: one push may be more than 64 KiB.
constexpr int kInlineTurns = 4;

}  // namespace

bool Lane::schedule() {
    if (is_scheduled_) {
        return false;
    }
    is_scheduled_ = true;
    return true;
}

void Lane::post(Runner& runner) {
    active_.up();
    runner.post(*this);
}

void Lane::offer(message::Batch& batch, Runner& runner) {
    bool must_post = false;
    {
        const std::scoped_lock lock(mutex_);
        if (inbox_.empty()) {
            inbox_.swap(batch);
        } else {
            std::move(batch.begin(), batch.end(), std::back_inserter(inbox_));
        }
        must_post = schedule();
    }
    batch.clear();
    if (must_post) {
        post(runner);
    }
}

void Lane::offer(message::RecordPtr record, Runner& runner) {
    bool must_post = false;
    {
        const std::scoped_lock lock(mutex_);
        inbox_.push_back(std::move(record));
        must_post = schedule();
    }
    if (must_post) {
        post(runner);
    }
}

void Lane::wake() {
    bool must_post = false;
    {
        const std::scoped_lock lock(mutex_);
        is_woken_ = true;
        must_post = schedule();
    }
    if (must_post) {
        post(home_);
    }
}

bool Lane::is_quiet() const {
    const std::scoped_lock lock(mutex_);
    return !is_scheduled_;
}

std::size_t Lane::waiting() const {
    const std::scoped_lock lock(mutex_);
    return inbox_.size() - head_;
}

base::Nanoseconds Lane::oldest_waiting() const {
    const std::scoped_lock lock(mutex_);
    return base::Nanoseconds{inbox_.size() == head_ ? 0 : inbox_[head_]->ingest_time_ns};
}

bool Lane::take() {
    const std::scoped_lock lock(mutex_);
    const bool was_woken = std::exchange(is_woken_, false);
    const std::size_t waits = inbox_.size() - head_;
    const std::size_t most = std::min(waits, waits > kBulkRecords ? kBulkRecords : kBatchRecords);
    std::size_t end = head_;
    std::uint64_t bytes = 0;
    const message::RecordPtr* const records = inbox_.data();
    while (end - head_ < most && (end == head_ || bytes + records[end]->length <= kBatchBytes)) {
        bytes += records[end++]->length;
    }
    if (head_ == 0 && end == inbox_.size()) {
        taken_.swap(inbox_);
    } else {
        taken_.reserve(end - head_);
        while (head_ < end) {
            taken_.push_back(std::move(inbox_[head_++]));
        }
        if (head_ == inbox_.size()) {
            inbox_.clear();
            head_ = 0;
        } else if (head_ >= kBulkRecords && head_ * 2 > inbox_.size()) {
            inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(head_));
            head_ = 0;
        }
    }
    return was_woken || !taken_.empty();
}

bool Lane::run(Runner& runner) {
    if (take()) {
        turns_.fetch_add(1, std::memory_order_relaxed);
        work(taken_, runner);
        taken_.clear();
        turns_.fetch_add(1, std::memory_order_relaxed);
    }
    const std::scoped_lock lock(mutex_);
    if (inbox_.size() > head_ || is_woken_) {
        return true;
    }
    is_scheduled_ = false;
    active_.down();
    return false;
}

void InlineRunner::post(Lane& lane) {
    if (lane.has_own_thread()) {
        home_.post(lane);
    } else {
        ready_.push_back(&lane);
    }
}

void InlineRunner::run() {
    for (std::size_t next = 0; next < ready_.size(); ++next) {
        Lane& lane = *ready_[next];
        bool has_more = lane.run(*this);
        for (int turn = 1; turn < kInlineTurns && has_more; ++turn) {
            has_more = lane.run(*this);
        }
        if (has_more) {
            home_.post(lane);
        }
    }
    ready_.clear();
}

}  // namespace aorta::graph
