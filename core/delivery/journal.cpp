#include "delivery/journal.hpp"

#include <aorta/crash_point.hpp>

#include <algorithm>
#include <utility>

namespace aorta::delivery {

using message::Batch;
using message::Receipt;
using message::RecordPtr;
using message::Share;

Journal::Journal(Services services)
    : services_(std::move(services)),
      restart_end_(services_.delivery.roots().stream.next),
      mode_(services_.delivery.roots().stream.held == 0 ? Mode::Direct : Mode::Behind),
      durable_(restart_end_),
      first_share_(restart_end_) {
    services_.delivery.on_read_back([this] { on_read_back(); });
}

Journal::~Journal() {
    stop();
    for (Receipt* receipt : undurable_) {
        receipt->drop_reference();
    }
}

bool Journal::append(Batch& batch) {
    std::vector<spool::Entry> entries;
    entries.reserve(batch.size());
    const Roots& roots = services_.delivery.roots();
    for (const RecordPtr& record : batch) {
        Receipt* receipt = record->share.receipt();
        receipt->add_reference();
        undurable_.push_back(receipt);
        entries.push_back({roots.stream.id,
                           receipt->sequence,
                           {},
                           services_.codec.encode(*record),
                           record->payload()});
    }
    roots.spool->append(std::move(entries));
    crash_point("journal.appended");
    switch (mode_) {
        case Mode::Direct:
            sending_ += feeds_state_ ? 1 : 0;
            return true;
        case Mode::Behind:
            for (const RecordPtr& record : batch) {
                shares_.push_back(std::move(record->share));
            }
            return false;
        case Mode::Closing:
        case Mode::Paused:
            std::move(batch.begin(), batch.end(), std::back_inserter(kept_));
            batch.clear();
            return false;
    }
    return true;
}

void Journal::sent() {
    if (!feeds_state_) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    --sending_;
}

void Journal::on_durable(std::uint64_t end) {
    std::vector<Receipt*> receipts;
    {
        const std::scoped_lock lock(mutex_);
        if (end <= durable_) {
            return;
        }
        const auto count =
            static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(end - durable_, undurable_.size()));
        receipts.assign(undurable_.begin(), undurable_.begin() + count);
        undurable_.erase(undurable_.begin(), undurable_.begin() + count);
        durable_ = end;
    }
    changed_.notify_all();
    crash_point("journal.durable");
    for (Receipt* receipt : receipts) {
        services_.delivery.durable(*receipt);
        crash_point("journal.answered");
        receipt->drop_reference();
    }
}

void Journal::on_read_back() {
    {
        const std::scoped_lock lock(mutex_);
        --open_;
    }
    changed_.notify_all();
}

void Journal::on_past_over() {
    {
        const std::scoped_lock lock(mutex_);
        --open_past_;
    }
    changed_.notify_all();
}

bool Journal::has_caught_up() const {
    const std::scoped_lock lock(mutex_);
    return mode_ == Mode::Direct || mode_ == Mode::Paused;
}

void Journal::feeds_state() {
    feeds_state_ = true;
    const std::scoped_lock lock(mutex_);
    mode_ = Mode::Behind;
}

std::optional<std::uint64_t> Journal::pause() {
    const std::scoped_lock lock(mutex_);
    if (mode_ != Mode::Direct || is_stopped_) {
        return std::nullopt;
    }
    mode_ = Mode::Paused;
    const std::uint64_t next = services_.delivery.next();
    services_.delivery.unsettled()->cut(next);
    return next;
}

bool Journal::is_paused() const {
    const std::scoped_lock lock(mutex_);
    return mode_ == Mode::Paused && sending_ == 0;
}

void Journal::resume() {
    std::unique_lock lock(mutex_);
    if (mode_ == Mode::Paused) {
        send_kept(lock);
    }
}

/// What waits goes on, in order, and from then on all goes at once.
void Journal::send_kept(std::unique_lock<std::mutex>& lock) {
    while (!kept_.empty()) {
        Batch batch = std::exchange(kept_, {});
        lock.unlock();
        services_.send_on(batch);
        lock.lock();
    }
    mode_ = Mode::Direct;
}

void Journal::begin(bool was_closed) {
    const std::scoped_lock lock(mutex_);
    if (mode_ != Mode::Direct && !is_stopped_) {
        thread_ = std::jthread(
            [this, was_closed](const std::stop_token& stop) { catch_up(stop, was_closed); });
    }
}

void Journal::stop() {
    std::jthread thread;
    {
        const std::scoped_lock lock(mutex_);
        is_stopped_ = true;
        thread.swap(thread_);
    }
    thread = {};
    std::deque<Share> shares;
    Batch kept;
    const std::scoped_lock lock(mutex_);
    shares.swap(shares_);
    kept.swap(kept_);
    // Freed behind the lock: as failed, and so they stay in the journal.
}

}  // namespace aorta::delivery
