#include "graph/sink_lane.hpp"

#include "base/crypto.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace aorta::graph {
namespace {

using message::Batch;
using message::FateKind;
using message::RecordPtr;

constexpr std::size_t kMostAtOnce = 256;
/// The attribute of a record that is given up: how many attempts had counted.
constexpr std::string_view kAttempts = "attempts";

}  // namespace

SinkLane::SinkLane(std::string name,
                   Thread thread,
                   Runner& home,
                   base::BusyCount& active,
                   SinkSettings settings,
                   Services services)
    : Lane(std::move(name), thread, home, active),
      settings_(std::move(settings)),
      services_(std::move(services)),
      policy_(settings_.retry, settings_.on_error) {}

SinkLane::~SinkLane() = default;

void SinkLane::work(Batch& batch, Runner&) {
    std::move(batch.begin(), batch.end(), std::back_inserter(pending_));
    batch.clear();
    while (!wants_stop_.load() && !hands_.is_open()) {  // the last completion wakes the lane
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
    std::vector<Slot> done = hands_.take_all();
    if (done.empty()) {
        return;
    }
    const bool was_open = policy_.is_open();
    std::string trouble;
    std::deque<RecordPtr> again;
    base::Nanoseconds retry_after{0};
    policy_.begin();
    for (Slot& slot : done) {
        const host::Completion& said = slot.completion;
        const std::uint32_t failures = policy_.failures();
        const bool is_for_retry = judge(slot);
        if (policy_.failures() > failures && trouble.empty()) {
            // What follows only waits for the first.
            trouble = said.where.empty() ? said.reason : said.reason + " " + said.where;
        }
        if (is_for_retry) {
            retry_after = std::max(retry_after, said.retry_after);
            again.push_back(std::move(slot.record));
        } else {
            finish(std::move(slot));
        }
    }
    if (!again.empty() || policy_.is_open()) {
        const base::Nanoseconds now = services_.context.clock.steady();
        services_.timers.set(policy_.plan(now, retry_after, base::random_u64()), *this);
    }
    std::move(again.rbegin(), again.rend(), std::front_inserter(retry_));
    if (!trouble.empty() || !is_down()) {
        trouble_ = std::move(trouble);
    }
    note_breaker(was_open);
}

/// True when it is to be tried again.
bool SinkLane::judge(const Slot& slot) {
    std::uint32_t none = 0;  // of one that went to the dead letters
    std::uint32_t& attempts = slot.record ? slot.record->attempts : none;
    const std::uint32_t before = attempts;
    const bool again = policy_.judge(slot.completion.code, attempts);
    if (slot.is_counted && slot.completion.code != ErrorCode::Ok) {
        attempts = before + 1;
    }
    if (again && slot.record && attempts != before && stored_attempts_ != nullptr) {
        stored_attempts_->note(slot.record->share.receipt()->sequence, attempts);
    }
    return again;
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
        give_up(std::move(slot));
    }
}

void SinkLane::give_up(Slot slot) {
    services_.probe.failed.add();
    const host::Completion& why = slot.completion;
    slot.record->set_attribute(services_.context.names.intern(kAttempts),
                               std::to_string(slot.record->attempts));
    // A sink that can take nothing more, ever, ends the run rather than each of its records.
    const bool is_over =
        why.code == ErrorCode::Cancelled && settings_.on_error == pipeline::OnError::Default;
    services_.router.fail(std::move(slot.record),
                          is_over ? pipeline::OnError::Stop : settings_.on_error,
                          {FateKind::Failed, why.code, why.reason, why.where, settings_.node});
}

void SinkLane::note_breaker(bool was_open) {
    if (policy_.is_open() == was_open) {
        return;
    }
    services_.context.log.warn(was_open ? "sink_breaker_closed" : "sink_breaker_open",
                               {{"pipeline", services_.context.pipeline},
                                {"node", services_.router.name_of(settings_.node)},
                                {"reason", trouble_}});
}

Batch SinkLane::next_batch() {
    Batch next;
    const bool is_due = policy_.is_due(services_.context.clock.steady());
    if (!is_due && (policy_.is_open() || settings_.on_error != pipeline::OnError::HoldKey)) {
        return next;
    }
    const std::size_t most = policy_.is_open() ? 1 : kMostAtOnce;
    while (is_due && !retry_.empty() && next.size() < most) {
        next.push_back(std::move(retry_.front()));
        retry_.pop_front();
    }
    take_pending(next, most);
    return next;
}

/// What waits behind those that are to be tried again, but for their keys.
void SinkLane::take_pending(Batch& next, std::size_t most) {
    if (pending_.empty()) {
        return;
    }
    std::set<std::uint64_t> held;
    for (const RecordPtr& record : retry_) {
        held.insert(record->key);
    }
    while (!pending_.empty() && next.size() < most) {
        const bool is_held = held.contains(pending_.front()->key);
        if (is_held) {
            retry_.push_back(std::move(pending_.front()));
        } else {
            next.push_back(std::move(pending_.front()));
        }
        pending_.pop_front();
    }
}

void SinkLane::consume(Batch batch) {
    std::vector<aorta_record*> records = hands_.give(std::move(batch));
    services_.probe.in.add(records.size());
    const aorta_batch abi{.size = sizeof(aorta_batch),
                          .count = static_cast<std::uint32_t>(records.size()),
                          .records = records.data(),
                          .verdicts = nullptr,
                          .out = nullptr};
    const Result<void> ran = body_->consume(abi);
    const host::Completion threw{ErrorCode::Internal, "plugin.exception", {}, {}};
    hands_.end_call(ran.ok() ? nullptr : &threw);
}

void SinkLane::answer_to(SinkHands::Outcome outcome, std::string_view misuse) {
    if (outcome == SinkHands::Outcome::Unknown) {
        misbehaved(misuse);
    } else if (outcome == SinkHands::Outcome::NotedLast) {
        wake();
    }
}

void SinkLane::complete(aorta_record* record, host::Completion completion) {
    answer_to(hands_.complete(record, std::move(completion)),
              "complete of a record that is not in the sink's hands");
}

void SinkLane::reply(aorta_record* record, std::string_view answer) {
    if (settings_.is_reply_wanted) {
        answer_to(
            hands_.reply(record,
                         message::BufferRef{message::copy_of(answer, services_.context.budget)}),
            "reply to a record that is not in the sink's hands");
    }
}

std::uint32_t SinkLane::count_attempt(const aorta_record* record) {
    const std::uint32_t attempts = hands_.count(record);
    if (attempts == 0) {
        misbehaved("count of a record that is not in the sink's hands");
    }
    return attempts;
}

void SinkLane::store_dead_letter(aorta_record* record) {
    auto outcome = SinkHands::Outcome::Unknown;
    if (RecordPtr taken = hands_.take(record, outcome)) {
        services_.probe.passed.add();
        const message::Rejection why =
            taken->rejection
                ? *taken->rejection
                : message::Rejection{
                      ErrorCode::InvalidData, "dead_letter.sent_here", {}, settings_.node};
        services_.router.dead_letter(std::move(taken), why.node, why.code, why.reason, why.where);
    }
    answer_to(outcome, "store of a record that is not in the sink's hands");
}

void SinkLane::note_health() {
    SinkHealth health;
    health.is_down = is_down();
    health.is_breaker_open = policy_.is_open();
    health.reason = trouble_;
    for (const std::deque<RecordPtr>* queue : {&retry_, &pending_}) {
        if (!queue->empty()) {
            health.add(*queue->front(), queue->size());
        }
    }
    hands_.for_each([&](const message::Record& record) { health.add(record, 1); });
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
    policy_.begin();
    for (Slot& slot : hands_.take_all()) {
        if (!slot.record) {
            continue;
        }
        const ErrorCode code = slot.completion.code;
        const bool is_final = slot.is_completed && code != ErrorCode::Cancelled && !judge(slot);
        if (is_final) {
            finish(std::move(slot));
        } else {
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
