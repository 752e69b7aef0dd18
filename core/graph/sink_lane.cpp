#include "graph/sink_lane.hpp"

#include "base/crypto.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::graph {
namespace {

using message::Batch;
using message::FateKind;
using message::Record;
using message::RecordPtr;

constexpr std::size_t kMostAtOnce = 256;
/// However long a peer asks us to wait.
constexpr base::Nanoseconds kLongestPause = std::chrono::hours(1);

}  // namespace

SinkLane::SinkLane(std::string name,
                   Thread thread,
                   Runner& home,
                   base::BusyCount& active,
                   SinkSettings settings,
                   Services services)
    : Lane(std::move(name), thread, home, active),
      settings_(settings),
      services_(std::move(services)) {}

SinkLane::~SinkLane() = default;

void SinkLane::work(Batch& batch, Runner&) {
    std::move(batch.begin(), batch.end(), std::back_inserter(pending_));
    batch.clear();
    while (!wants_stop_.load()) {
        {
            const std::scoped_lock lock(mutex_);
            if (open_ != 0) {
                break;  // the last completion wakes the lane
            }
        }
        collect();
        Batch next = next_batch();
        if (next.empty()) {
            break;
        }
        consume(std::move(next));
    }
    if (wants_stop_.load()) {
        end();
    }
    note_health();
}

/// Ends what the sink has completed; what is to be retried goes back to the front, in order.
void SinkLane::collect() {
    std::vector<Slot> done;
    {
        const std::scoped_lock lock(mutex_);
        done.swap(slots_);
    }
    if (done.empty()) {
        return;
    }
    const auto is_for_retry = [&](const Slot& slot) {
        return slot.record && slot.completion.code != ErrorCode::Ok && wants_retry(slot.completion);
    };
    if (!is_for_retry(done.front())) {
        attempts_ = 0;  // the head went through: what fails behind it is new trouble
    }
    std::deque<RecordPtr> again;
    base::Nanoseconds retry_after{0};
    for (Slot& slot : done) {
        if (is_for_retry(slot)) {
            if (again.empty()) {
                trouble_ = slot.completion.reason;  // what follows only waits for the first
            }
            retry_after = std::max(retry_after, slot.completion.retry_after);
            again.push_back(std::move(slot.record));
        } else {
            finish(std::move(slot));
        }
    }
    if (again.empty()) {
        if (retry_.empty()) {
            trouble_.clear();
        }
        return;
    }
    std::move(again.rbegin(), again.rend(), std::front_inserter(retry_));
    plan_retry(retry_after);
}

bool SinkLane::wants_retry(const host::Completion& completion) const {
    switch (settings_.on_error) {
        case FailureAction::Retry:
        case FailureAction::HoldKey:
            return true;
        case FailureAction::Default:
            return retryable(completion.code);
        default:
            return false;
    }
}

void SinkLane::finish(Slot slot) {
    if (!slot.record) {
        return;
    }
    if (slot.reply) {
        slot.record->keep_reply(settings_.node, slot.reply);
    }
    if (slot.completion.code == ErrorCode::Ok) {
        services_.probe.passed.add();
        slot.record->settle(message::Fate::delivered(settings_.node));
    } else {
        services_.probe.failed.add();
        const host::Completion& why = slot.completion;
        // A sink that can take nothing more, ever, ends the run rather than each of its records.
        const bool is_over =
            why.code == ErrorCode::Cancelled && settings_.on_error == FailureAction::Default;
        services_.router.fail(std::move(slot.record),
                              is_over ? FailureAction::Stop : settings_.on_error,
                              {FateKind::Failed, why.code, why.reason, why.where, settings_.node});
    }
}

/// Exponential, with jitter so that many lanes do not knock together.
void SinkLane::plan_retry(base::Nanoseconds retry_after) {
    const base::Nanoseconds now = services_.context.clock.steady();
    if (retry_at_ > now) {
        return;  // hold_key: it joins those that wait, and does not put them off
    }
    const std::uint32_t doublings = std::min(attempts_++, 16U);
    const base::Nanoseconds pause =
        std::min(settings_.first_retry * (std::int64_t{1} << doublings), settings_.longest_retry);
    const std::int64_t jitter =
        static_cast<std::int64_t>(base::random_u64() % 256) * pause.count() / 1024;
    retry_at_ =
        now + std::max(pause - base::Nanoseconds{jitter}, std::min(retry_after, kLongestPause));
    services_.timers.set(retry_at_, *this);
}

Batch SinkLane::next_batch() {
    Batch next;
    const bool is_due = retry_.empty() || retry_at_ <= services_.context.clock.steady();
    if (is_due) {
        while (!retry_.empty() && next.size() < kMostAtOnce) {
            next.push_back(std::move(retry_.front()));
            retry_.pop_front();
        }
    } else if (settings_.on_error != FailureAction::HoldKey) {
        return next;
    }
    std::set<std::uint64_t> held;
    for (const RecordPtr& record : retry_) {
        held.insert(record->key);
    }
    while (!pending_.empty() && next.size() < kMostAtOnce) {
        auto& to = held.contains(pending_.front()->key) ? retry_ : pending_;
        if (&to == &retry_) {
            retry_.push_back(std::move(pending_.front()));
        } else {
            next.push_back(std::move(pending_.front()));
        }
        pending_.pop_front();
    }
    return next;
}

void SinkLane::consume(Batch batch) {
    std::vector<aorta_record*> records;
    records.reserve(batch.size());
    {
        const std::scoped_lock lock(mutex_);
        for (RecordPtr& record : batch) {
            records.push_back(record.get());
            slots_.push_back({std::move(record), false, {}, {}});
        }
        open_ = slots_.size() + 1;
    }
    services_.probe.in.add(records.size());
    const aorta_batch abi{.size = sizeof(aorta_batch),
                          .count = static_cast<std::uint32_t>(records.size()),
                          .records = records.data(),
                          .verdicts = nullptr,
                          .out = nullptr};
    const Result<void> ran = body_->consume(abi);
    const std::scoped_lock lock(mutex_);
    if (!ran.ok()) {
        for (Slot& slot : slots_) {
            if (!slot.is_completed) {
                slot.completion = {ErrorCode::Internal, "plugin.exception", {}, {}};
                slot.is_completed = true;
                --open_;
            }
        }
    }
    --open_;
}

SinkLane::Slot* SinkLane::find(const aorta_record* record) {
    // By address, never through the pointer: a plugin may hand in one that is long gone.
    const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) {
        return slot.record.get() == record && !slot.is_completed;
    });
    return record == nullptr || found == slots_.end() ? nullptr : &*found;
}

void SinkLane::close_slot(Slot& slot) {
    slot.is_completed = true;
    --open_;
}

void SinkLane::complete(aorta_record* record, host::Completion completion) {
    bool is_known = false;
    bool is_last = false;
    {
        const std::scoped_lock lock(mutex_);
        if (Slot* slot = find(record)) {
            slot->completion = std::move(completion);
            close_slot(*slot);
            is_known = true;
            is_last = open_ == 0;
        }
    }
    if (!is_known) {
        misbehaved("complete of a record that is not in the sink's hands");
    }
    if (is_last) {
        wake();
    }
}

void SinkLane::reply(aorta_record* record, std::string_view answer) {
    if (!settings_.is_reply_wanted) {
        return;
    }
    message::BufferRef kept{message::copy_of(answer, services_.context.budget)};
    {
        const std::scoped_lock lock(mutex_);
        if (Slot* slot = find(record)) {
            slot->reply = std::move(kept);
            return;
        }
    }
    misbehaved("reply to a record that is not in the sink's hands");
}

void SinkLane::store_dead_letter(aorta_record* record) {
    RecordPtr taken;
    bool is_last = false;
    {
        const std::scoped_lock lock(mutex_);
        if (Slot* slot = find(record)) {
            taken = std::move(slot->record);
            close_slot(*slot);
            is_last = open_ == 0;
        }
    }
    if (!taken) {
        misbehaved("store of a record that is not in the sink's hands");
        return;
    }
    services_.probe.passed.add();
    if (taken->rejection) {
        const message::Rejection why = *taken->rejection;
        services_.router.dead_letter(std::move(taken), why.node, why.code, why.reason, why.where);
    } else {
        services_.router.dead_letter(
            std::move(taken), settings_.node, ErrorCode::InvalidData, "dead_letter.sent_here", {});
    }
    if (is_last) {
        wake();
    }
}

void SinkLane::note_health() {
    SinkHealth health;
    health.is_down = attempts_ != 0 || !retry_.empty();  // also while it is being tried again
    health.reason = trouble_;
    const auto look = [&](const RecordPtr& first, std::size_t count) {
        health.add({.waiting = count, .oldest = base::Nanoseconds{first->ingest_time_ns}});
    };
    for (const std::deque<RecordPtr>* queue : {&retry_, &pending_}) {
        if (!queue->empty()) {
            look(queue->front(), queue->size());
        }
    }
    {
        const std::scoped_lock lock(mutex_);
        for (const Slot& slot : slots_) {
            if (slot.record) {
                look(slot.record, 1);
            }
        }
    }
    const std::scoped_lock lock(health_mutex_);
    if (health.is_down != health_.is_down) {
        services_.context.log.warn(health.is_down ? "sink_down" : "sink_up",
                                   {{"pipeline", services_.context.pipeline},
                                    {"node", services_.router.name_of(settings_.node)},
                                    {"reason", health.reason}});
    }
    health_ = std::move(health);
}

SinkHealth SinkLane::health() const {
    const std::scoped_lock lock(health_mutex_);
    SinkHealth now = health_;
    now.add({.waiting = waiting(), .oldest = oldest_waiting()});
    return now;
}

void SinkHealth::add(const SinkHealth& other) {
    if (other.is_down && !is_down) {
        is_down = true;
        reason = other.reason;
    }
    waiting += other.waiting;
    if (oldest.count() == 0 || (other.oldest.count() != 0 && other.oldest < oldest)) {
        oldest = other.oldest;
    }
}

std::future<void> SinkLane::stop() {
    wants_stop_.store(true);
    wake();
    return stopped_.get_future();
}

void SinkLane::end() {
    const bool is_first = !std::exchange(is_stopped_, true);
    if (is_first) {
        if (const Result<void> stopped = body_->stop(nullptr); !stopped.ok()) {
            misbehaved("an exception crossed the border");
        }
    }
    std::vector<Slot> left;
    {
        const std::scoped_lock lock(mutex_);
        left.swap(slots_);
        open_ = 0;
    }
    for (Slot& slot : left) {
        const ErrorCode code = slot.completion.code;
        const bool is_final =
            slot.is_completed && (code == ErrorCode::Ok ||
                                  (code != ErrorCode::Cancelled && !wants_retry(slot.completion)));
        if (is_final) {
            finish(std::move(slot));
        } else if (slot.record) {
            fail_shutdown(std::move(slot.record));
        }
    }
    for (std::deque<RecordPtr>* queue : {&retry_, &pending_}) {
        for (RecordPtr& record : *queue) {
            fail_shutdown(std::move(record));
        }
        queue->clear();
    }
    if (is_first) {
        stopped_.set_value();
    }
}

void SinkLane::fail_shutdown(RecordPtr record) {
    services_.probe.failed.add();
    record->settle({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, settings_.node});
}

void SinkLane::misbehaved(std::string_view what) {
    services_.context.misbehaved(services_.router.name_of(settings_.node), what);
}

}  // namespace aorta::graph
