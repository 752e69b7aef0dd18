#include "graph/stage.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace aorta::graph {
namespace {

using message::Batch;
using message::FateKind;
using message::Record;
using message::RecordPtr;
using message::Share;

/// More children than this of one call are a flood: the call's records fail.
constexpr std::uint64_t kMostChildren = 100'000;

template <class Call>
void for_each_share(Record& record, Call call) {
    call(record.share);
    for (Share& share : record.more_shares) {
        call(share);
    }
}

metrics::Counter& outcome(metrics::Registry& registry,
                          const std::string& pipeline,
                          const std::string& node,
                          const char* name) {
    return registry.counter("aorta_node_records_total",
                            {{"pipeline", pipeline}, {"node", node}, {"outcome", name}},
                            "Records by node and outcome.");
}

}  // namespace

Result<void> Body::process(const aorta_batch&) {
    return {};
}

Result<void> Body::on_timer(const aorta_out&, std::int64_t) {
    return {};
}

Result<void> Body::stop(const aorta_out*) {
    return {};
}

Result<void> Body::consume(const aorta_batch&) {
    return {};
}

Result<std::string> Body::save() {
    return Error{ErrorCode::NotFound, "it has no state"};
}

Result<void> Body::load(std::uint32_t, std::string_view) {
    return Error{ErrorCode::NotFound, "it has no state"};
}

NodeProbe::NodeProbe(metrics::Registry& registry,
                     const std::string& pipeline,
                     const std::string& node)
    : in(outcome(registry, pipeline, node, "in")),
      passed(outcome(registry, pipeline, node, "passed")),
      emitted(outcome(registry, pipeline, node, "emitted")),
      dropped(outcome(registry, pipeline, node, "dropped")),
      rejected(outcome(registry, pipeline, node, "rejected")),
      failed(outcome(registry, pipeline, node, "failed")) {}

Stage::~Stage() = default;

void Stage::run(Batch& batch, std::vector<aorta_record*>& pointers, Runner& runner) {
    if (past_ && end_past(*past_, batch)) {
        pointers.clear();
    }
    if (batch.empty()) {
        return;
    }
    begin(batch, runner);
    records_ = &pointers;
    if (pointers.empty()) {
        pointers.resize(batch.size());
        std::transform(batch.begin(), batch.end(), pointers.begin(), [](const RecordPtr& record) {
            return record.get();
        });
    }
    const aorta_batch abi{.size = sizeof(aorta_batch),
                          .count = static_cast<std::uint32_t>(batch.size()),
                          .records = pointers.data(),
                          .verdicts = verdicts_.data(),
                          .out = &out_};
    if (const Result<void> ran = body_->process(abi); !ran.ok()) {
        misbehaved("an exception crossed the border");
        fail_unanswered();
    }
    services_.probe.in.add(batch.size());
    if (all_passed()) {
        services_.probe.passed.add(batch.size());
        if (!settings_.after_of.empty()) {
            for (const RecordPtr& record : batch) {
                mark_after(*record);
            }
        }
    } else {
        settle_verdicts(batch);
        pointers.clear();
        count();
    }
    batch_ = nullptr;
}

void Stage::fail_unanswered() {
    for (std::uint32_t i = 0; i < verdicts_.size(); ++i) {
        if (verdicts_[i] == AORTA_NO_VERDICT) {
            verdicts_[i] = AORTA_FAIL;
            detail(i) = {0, AORTA_INTERNAL, "plugin.exception", {}};
        }
    }
}

void Stage::begin(Batch& batch, Runner& runner) {
    batch_ = &batch;
    runner_ = &runner;
    verdicts_.assign(batch.size(), AORTA_NO_VERDICT);
    detail_of_.clear();
    details_.clear();
    sent_.clear();
    scanned_ = 0;
    children_ = 0;
    is_flooded_ = false;
    has_absorbed_ = false;
}

bool Stage::all_passed() const {
    static constexpr auto kPassed = [] {
        std::array<std::uint8_t, 256> all{};
        all.fill(AORTA_PASS);
        return all;
    }();
    if (!sent_.empty() || !details_.empty() || is_flooded_ || has_absorbed_) {
        return false;
    }
    for (std::size_t done = 0; done < verdicts_.size(); done += kPassed.size()) {
        const std::size_t some = std::min(kPassed.size(), verdicts_.size() - done);
        if (std::memcmp(verdicts_.data() + done, kPassed.data(), some) != 0) {
            return false;
        }
    }
    return true;
}

Stage::Detail& Stage::detail(std::uint32_t index) {
    if (detail_of_.empty()) {
        detail_of_.assign(verdicts_.size(), 0);
    }
    if (detail_of_[index] == 0) {
        details_.emplace_back();
        detail_of_[index] = static_cast<std::uint32_t>(details_.size());
    }
    return details_[detail_of_[index] - 1];
}

/// The record in process: the first without a verdict. What is sent now leaves before it.
std::uint32_t Stage::current() const {
    while (scanned_ < verdicts_.size() && verdicts_[scanned_] != AORTA_NO_VERDICT) {
        ++scanned_;
    }
    return scanned_;
}

/// The record of the batch, even if the plugin has absorbed it; null when it is gone.
Record* Stage::in_process(std::uint32_t index) const {
    if (batch_ == nullptr || index >= verdicts_.size()) {
        return nullptr;
    }
    if (Record* record = (*batch_)[index].get()) {
        return record;
    }
    const auto found = held_.find((*records_)[index]);
    return found == held_.end() ? nullptr : found->second.get();
}

void Stage::send_child(Sent child) {
    if (child.port >= settings_.ports) {
        misbehaved("emit to a port that is not declared");
        child.record->settle(
            {FateKind::Failed, ErrorCode::Internal, "plugin.bad_port", {}, settings_.node});
        return;
    }
    if (++children_ > kMostChildren) {
        is_flooded_ = true;
        child.record->settle(
            {FateKind::Failed, ErrorCode::ResourceExhausted, "plugin.flood", {}, settings_.node});
        return;
    }
    ++counts_.emitted;
    sent_.push_back(std::move(child));
}

void Stage::settle_verdicts(Batch& batch) {
    if (is_flooded_) {
        misbehaved("more children than one call may emit");
    }
    std::stable_sort(sent_.begin(), sent_.end(), [](const Sent& left, const Sent& right) {
        return left.before < right.before;
    });
    std::vector<bool> has_children(batch.size(), false);
    for (const Sent& one : sent_) {
        if (one.is_child) {
            has_children[one.before] = true;
        }
    }
    Batch next;
    next.reserve(batch.size());
    std::size_t sent = 0;
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
        for (; sent < sent_.size() && sent_[sent].before <= i; ++sent) {
            place(std::move(sent_[sent].record), sent_[sent].port, next);
        }
        if (verdicts_[i] == AORTA_EMITTED && !has_children[i]) {
            verdicts_[i] = AORTA_NO_VERDICT;  // consumed without a trace: told as a missing verdict
        }
        if (batch[i]) {
            settle(i, std::move(batch[i]), next);
        } else if (verdicts_[i] != AORTA_ABSORB) {
            // Absorbed, and then something else was said of it: the plugin no longer holds it.
            auto found = held_.extract((*records_)[i]);
            if (!found.empty()) {
                fail(std::move(found.mapped()), {0, AORTA_INTERNAL, "plugin.bad_verdict", {}});
            }
        }
    }
    for (; sent < sent_.size(); ++sent) {
        place(std::move(sent_[sent].record), sent_[sent].port, next);
    }
    sent_.clear();
    batch.swap(next);
}

void Stage::settle(std::uint32_t index, RecordPtr record, Batch& next) {
    const bool has_detail = !detail_of_.empty() && detail_of_[index] != 0;
    const Detail given = has_detail ? details_[detail_of_[index] - 1] : Detail{};
    if (verdicts_[index] != AORTA_PASS) {
        end(std::move(record), verdicts_[index], given);
    } else if (may_pass(record, given.port)) {
        place(std::move(record), given.port, next);
    }
}

/// Counts it, or fails the record whose port does not exist.
bool Stage::may_pass(RecordPtr& record, std::uint32_t port) {
    if (port >= settings_.ports) {
        fail(std::move(record), {0, AORTA_INTERNAL, "plugin.bad_port", {}});
        return false;
    }
    ++counts_.passed;
    return true;
}

/// What every verdict but a pass does.
void Stage::end(RecordPtr record, std::uint32_t verdict, const Detail& given) {
    switch (verdict) {
        case AORTA_EMITTED:
            record->dissolve();
            return;
        case AORTA_DROP:
            drop(std::move(record), given);
            return;
        case AORTA_REJECT:
            reject(std::move(record), given);
            return;
        case AORTA_FAIL:
            fail(std::move(record), given);
            return;
        case AORTA_NO_VERDICT:
            misbehaved("no verdict for a record");
            fail(std::move(record), {0, AORTA_INTERNAL, "plugin.no_verdict", {}});
            return;
        default:
            misbehaved("a verdict that does not exist");
            fail(std::move(record), {0, AORTA_INTERNAL, "plugin.bad_verdict", {}});
    }
}

void Stage::place(RecordPtr record, std::uint32_t port, Batch& next) {
    if (!settings_.after_of.empty()) {
        mark_after(*record);
    }
    if (port == 0) {
        next.push_back(std::move(record));
        return;
    }
    Batch one;
    one.push_back(std::move(record));
    services_.router.deliver(settings_.node, port, one, *runner_);
}

void Stage::mark_after(const Record& record) const {
    const auto mark = [&](const Share& share) {
        if (std::find(settings_.after_of.begin(), settings_.after_of.end(), share.settler()) !=
            settings_.after_of.end()) {
            share.passed_after();
        }
    };
    mark(record.share);
    for (const Share& share : record.more_shares) {
        mark(share);
    }
}

void Stage::drop(RecordPtr record, const Detail& detail) {
    ++counts_.dropped;
    record->settle(
        {FateKind::Filtered, ErrorCode::Ok, detail.reason, detail.where, settings_.node});
}

void Stage::reject(RecordPtr record, const Detail& detail) {
    ++counts_.rejected;
    for_each_share(*record, [&](Share& share) {
        if (std::find(settings_.invalid_for.begin(),
                      settings_.invalid_for.end(),
                      share.settler()) != settings_.invalid_for.end()) {
            share.mark_invalid();
        }
    });
    if (!record->rejection) {
        record->rejection = std::make_unique<message::Rejection>();
    }
    *record->rejection = {ErrorCode::InvalidData, detail.reason, detail.where, settings_.node};
    services_.router.reject(std::move(record), *runner_);
}

void Stage::fail(RecordPtr record, const Detail& detail) {
    ++counts_.failed;
    const ErrorCode code = detail.code == 0 || detail.code > AORTA_INTERNAL
                               ? ErrorCode::Internal
                               : static_cast<ErrorCode>(detail.code);
    services_.router.fail(std::move(record),
                          settings_.on_error,
                          {FateKind::Failed, code, detail.reason, detail.where, settings_.node});
}

void Stage::run_timer(Batch& batch, Runner& runner) {
    const std::int64_t alarm_ns = alarm_ns_.load();
    if (alarm_ns == kNoAlarm) {
        return;  // before the clock is read, which costs more than the rest of a batch's way
    }
    const std::int64_t now_ns = services_.context.clock.steady().count();
    if (alarm_ns > now_ns) {
        wake_at(alarm_ns, now_ns);
        return;
    }
    alarm_ns_.store(kNoAlarm);
    Batch none;
    begin(none, runner);
    if (const Result<void> ran = body_->on_timer(out_, now_ns); !ran.ok()) {
        misbehaved("an exception crossed the border");
    }
    flush_sent(batch);
    batch_ = nullptr;
}

void Stage::stop(Batch& batch, Runner& runner) {
    Batch none;
    begin(none, runner);
    if (const Result<void> stopped = body_->stop(&out_); !stopped.ok()) {
        misbehaved("an exception crossed the border");
    }
    flush_sent(batch);
    for (auto& [abi, record] : held_) {
        record->settle({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, settings_.node});
        ++counts_.failed;
    }
    held_.clear();
    count();
    batch_ = nullptr;
    alarm_ns_.store(kNoAlarm);
}

void Stage::flush_sent(Batch& next) {
    for (Sent& one : sent_) {
        place(std::move(one.record), one.port, next);
    }
    sent_.clear();
    count();
}

void Stage::count() {
    services_.probe.passed.add(counts_.passed);
    services_.probe.emitted.add(counts_.emitted);
    services_.probe.dropped.add(counts_.dropped);
    services_.probe.rejected.add(counts_.rejected);
    services_.probe.failed.add(counts_.failed);
    counts_ = {};
}

void Stage::set_timer(base::Nanoseconds at) {
    alarm_ns_.store(at.count());
    if (at.count() != kNoAlarm) {
        wake_at(at.count(), services_.context.clock.steady().count());
    }
}

/// Asks for a wake unless one comes before: an alarm that is moved again and again costs one.
void Stage::wake_at(std::int64_t at_ns, std::int64_t now_ns) {
    const std::int64_t asked_ns = wake_ns_.load();
    if (at_ns < asked_ns || asked_ns <= now_ns) {
        wake_ns_.store(at_ns);
        services_.set_alarm(base::Nanoseconds{at_ns});
    }
}

void Stage::misbehaved(std::string_view what) {
    services_.context.misbehaved(services_.router.name_of(settings_.node), what);
}

}  // namespace aorta::graph
