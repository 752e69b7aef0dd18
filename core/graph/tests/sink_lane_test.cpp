// A sink's lane with scripted sinks: completions, retries, refusals, the end.
#include "graph/sink_lane.hpp"

#include "graph/tests/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::graph {
namespace {

using namespace std::chrono_literals;
using host::Completion;
using message::Batch;
using testing::ElementsAre;
using testing::IsEmpty;

/// A sink that keeps what it is given until the test completes it.
struct SinkRig : test::Rig {
    explicit SinkRig(pipeline::OnError on_error = pipeline::OnError::Default,
                     bool keeps = false,
                     pipeline::RetrySpec retry = {})
        : sender(keeps), lane(lane_of(on_error, std::move(retry))) {
        router.name(0, "store");
        lane->attach(script);
        script.on_consume = [this](const aorta_batch& batch) -> Result<void> {
            for (std::uint32_t i = 0; i < batch.count; ++i) {
                aorta_record* record = batch.records[i];
                given.push_back(record);
                seen.emplace_back(reinterpret_cast<const char*>(record->data), record->length);
            }
            return {};
        };
    }

    std::unique_ptr<SinkLane> lane_of(pipeline::OnError on_error, pipeline::RetrySpec retry) {
        SinkSettings settings;
        settings.retry = std::move(retry);
        settings.on_error = on_error;
        settings.is_reply_wanted = true;
        return std::make_unique<SinkLane>("store",
                                          Lane::Thread::Shared,
                                          runner,
                                          active,
                                          settings,
                                          SinkLane::Services{router, probe, context, timers});
    }

    message::RecordPtr record(std::string_view bytes, std::uint64_t sequence) {
        message::RecordPtr made = test::make_record(bytes, &budget);
        made->share = message::Share{new message::Receipt(sender, sequence, sequence)};
        return made;
    }

    void offer(std::initializer_list<const char*> texts) {
        Batch batch;
        for (const char* text : texts) {
            batch.push_back(record(text, next++));
        }
        lane->offer(batch, runner);
        runner.run();
    }

    /// Completes all that the sink has, and lets the lane run.
    void complete(const Completion& completion) {
        for (aorta_record* one : std::exchange(given, {})) {
            lane->complete(one, completion);
        }
        runner.run();
    }

    void advance(base::Nanoseconds by) {
        clock.advance(by);
        timers.run_due();
        runner.run();
    }

    std::vector<std::string> take_seen() { return std::exchange(seen, {}); }

    test::Sender sender;
    NodeProbe probe{metrics, "test", "store"};
    test::Script script;
    std::unique_ptr<SinkLane> lane;
    std::vector<aorta_record*> given;
    std::vector<std::string> seen;
    std::uint64_t next = 0;
};

const Completion kUnavailable{ErrorCode::Unavailable, "net.down", "", 0ns};
const Completion kOver{ErrorCode::Cancelled, "peer.gone", "", 0ns};
const Completion kRefused{ErrorCode::InvalidData, "peer.refused", "MSH-9", 0ns};

TEST(SinkLane, DeliversWhatTheSinkCompletes) {
    SinkRig rig;
    rig.offer({"a", "b"});
    EXPECT_THAT(rig.take_seen(), ElementsAre("a", "b"));
    EXPECT_EQ(rig.sender.settled(), 0U) << "not before it is as safe as the sink promises";
    rig.offer({"c"});
    EXPECT_THAT(rig.take_seen(), IsEmpty()) << "one batch at a time";
    EXPECT_EQ(rig.lane->health().waiting, 3U);
    rig.complete({});
    EXPECT_EQ(rig.sender.fate(0), "delivered");
    EXPECT_EQ(rig.sender.fate(1), "delivered");
    EXPECT_THAT(rig.take_seen(), ElementsAre("c"));
    rig.complete({});
    EXPECT_EQ(rig.sender.settled(), 3U);
    EXPECT_EQ(rig.lane->health().waiting, 0U);
    EXPECT_EQ(rig.probe.passed.value(), 3U);
    EXPECT_EQ(rig.budget.used(), 0U);
}

TEST(SinkLane, KeepsTheAnswerOfTheAttemptThatEndedTheRecord) {
    SinkRig rig;
    rig.offer({"a", "b"});
    rig.lane->reply(rig.given[0], "AE, try again");
    rig.lane->reply(rig.given[1], "AA of b");
    rig.lane->complete(rig.given[0], kUnavailable);
    rig.lane->complete(rig.given[1], {});
    rig.given.clear();
    rig.runner.run();
    EXPECT_EQ(rig.sender.required_fate(1), "delivered <AA of b>");
    rig.advance(1s);
    ASSERT_EQ(rig.given.size(), 1U);
    rig.lane->reply(rig.given[0], "AA of a");
    rig.complete({});
    EXPECT_EQ(rig.sender.required_fate(0), "delivered <AA of a>");
    EXPECT_EQ(rig.budget.used(), 0U);
}

TEST(SinkLane, AReplyToARecordThatIsGoneIsMisbehaviour) {
    SinkRig rig;
    rig.offer({"a"});
    aorta_record* gone = rig.given.front();
    rig.complete({});
    rig.lane->reply(gone, "AA");
    EXPECT_TRUE(rig.log.has("plugin_misbehaved"));
    EXPECT_EQ(rig.budget.used(), 0U);
}

TEST(SinkLane, TurnsEachCompletionIntoWhatOnErrorSays) {
    struct Case {
        const char* what;
        pipeline::OnError action;
        bool keeps;
        Completion completion;
        std::string fate;
        std::size_t letters;
    };

    using OnError = pipeline::OnError;
    const Case cases[] = {
        {"ok", OnError::Default, false, {}, "delivered", 0},
        {"refused", OnError::Default, false, kRefused, "dead_lettered peer.refused", 1},
        {"refused, the sender keeps it",
         OnError::Default,
         true,
         kRefused,
         "failed peer.refused",
         0},
        {"down: retried", OnError::Default, false, kUnavailable, "held", 0},
        {"down: retried, though the sender keeps it",
         OnError::Default,
         true,
         kUnavailable,
         "held",
         0},
        {"down", OnError::DeadLetter, false, kUnavailable, "dead_lettered net.down", 1},
        {"down", OnError::Drop, false, kUnavailable, "filtered net.down", 0},
        {"refused", OnError::Drop, true, kRefused, "filtered peer.refused", 0},
        {"down", OnError::Stop, false, kUnavailable, "failed net.down", 0},
        {"refused: retried", OnError::Retry, false, kRefused, "held", 0},
        {"refused: holds its key", OnError::HoldKey, false, kRefused, "held", 0},
        {"can take nothing more", OnError::Default, true, kOver, "failed peer.gone", 0},
        {"can take nothing more", OnError::DeadLetter, false, kOver, "dead_lettered peer.gone", 1},
    };
    for (const Case& one : cases) {
        SinkRig rig{one.action, one.keeps};
        rig.offer({"a"});
        rig.complete(one.completion);
        EXPECT_EQ(rig.sender.fate(0), one.fate) << one.what;
        EXPECT_EQ(rig.letters.texts().size(), one.letters) << one.what;
        const bool stops = one.action == OnError::Stop ||
                           (one.action == OnError::Default && one.completion.code == kOver.code);
        EXPECT_EQ(rig.stops.size(), stops ? 1U : 0U) << one.what;
        const bool is_sink_well = one.completion.code == ErrorCode::Ok ||
                                  (one.completion.code == kRefused.code && one.fate != "held");
        EXPECT_EQ(rig.lane->health().is_down, !is_sink_well) << one.what;
    }
}

TEST(SinkLane, IsDownForTheReasonOfTheFirstThatFailed) {
    SinkRig rig;
    rig.offer({"a", "b"});
    rig.lane->complete(rig.given[0], kUnavailable);
    rig.lane->complete(rig.given[1], {ErrorCode::Unavailable, "peer.held_back", "", 0ns});
    rig.runner.run();
    EXPECT_EQ(rig.lane->health().reason, "net.down");
}

TEST(SinkLane, AnOptionalSinksRefusalIsADeadLetterSinceTheSenderIsNotTold) {
    SinkRig rig{pipeline::OnError::Default, true};
    Batch batch;
    batch.push_back(rig.record("a", 0));
    batch.back()->share.make_optional();
    rig.lane->offer(batch, rig.runner);
    rig.runner.run();
    rig.complete(kRefused);
    EXPECT_EQ(rig.sender.required_fate(0), "delivered");
    EXPECT_EQ(rig.sender.fate(0), "dead_lettered peer.refused");
    EXPECT_THAT(rig.letters.texts(), ElementsAre("store invalid_data peer.refused MSH-9 a"));
}

TEST(SinkLane, RetriesInOrderWithBackoffWhileTheOthersWait) {
    SinkRig rig;
    rig.offer({"a", "b"});
    rig.offer({"c"});
    rig.take_seen();
    base::Nanoseconds last{0};
    for (int attempt = 0; attempt < 12; ++attempt) {
        rig.complete(kUnavailable);
        EXPECT_THAT(rig.take_seen(), IsEmpty()) << "not at once";
        EXPECT_TRUE(rig.lane->health().is_down);
        EXPECT_EQ(rig.lane->health().reason, "net.down");
        EXPECT_EQ(rig.lane->health().waiting, 3U);
        const base::Nanoseconds pause = rig.timers.next() - rig.clock.steady();
        EXPECT_GE(pause, std::min<base::Nanoseconds>(100ms * (1 << attempt), 30s) * 3 / 4);
        EXPECT_LE(pause, 30s);
        rig.advance(pause - 1ns);
        EXPECT_THAT(rig.take_seen(), IsEmpty()) << "not early";
        rig.advance(1ns);
        EXPECT_THAT(rig.take_seen(), ElementsAre("a", "b", "c")) << "in order, attempt " << attempt;
        EXPECT_TRUE(rig.lane->health().is_down) << "while it is being tried";
        last = pause;
    }
    EXPECT_GE(last, 22s);
    rig.complete({});
    EXPECT_EQ(rig.sender.settled(), 3U);
    EXPECT_FALSE(rig.lane->health().is_down);
    EXPECT_TRUE(rig.log.has("sink_down"));
    EXPECT_TRUE(rig.log.has("sink_up"));
    rig.offer({"d"});
    rig.complete(kUnavailable);
    EXPECT_LE(rig.timers.next() - rig.clock.steady(), 100ms) << "a new outage begins anew";
}

TEST(SinkLane, DoesNotRetrySoonerThanThePeerAsks) {
    const std::pair<base::Nanoseconds, base::Nanoseconds> cases[] = {
        {90s, 90s}, {1ns, 75ms}, {base::Nanoseconds::max(), 1h}};
    for (const auto& [asked, least] : cases) {
        SinkRig rig;
        rig.offer({"a"});
        rig.complete({ErrorCode::ResourceExhausted, "net.busy", "", asked});
        const base::Nanoseconds pause = rig.timers.next() - rig.clock.steady();
        EXPECT_GE(pause, least);
        EXPECT_LE(pause, 1h);
    }
}

TEST(SinkLane, RetriesOnlyWhatFailed) {
    SinkRig rig;
    rig.offer({"a", "b", "c", "d"});
    rig.take_seen();
    rig.lane->complete(rig.given[0], {});
    rig.lane->complete(rig.given[3], kUnavailable);
    rig.lane->complete(rig.given[1], kUnavailable);
    EXPECT_EQ(rig.sender.settled(), 0U);
    rig.lane->complete(rig.given[2], kRefused);
    rig.runner.run();
    rig.given.clear();
    EXPECT_EQ(rig.sender.fate(0), "delivered");
    EXPECT_EQ(rig.sender.fate(2), "dead_lettered peer.refused");
    rig.advance(1s);
    EXPECT_THAT(rig.take_seen(), ElementsAre("b", "d"));
    rig.complete({});
}

TEST(SinkLane, ProgressBeforeTheTroubleBeginsTheBackoffAnew) {
    SinkRig rig;
    rig.offer({"a", "b", "c", "d", "e", "f", "g", "h"});
    while (rig.given.size() > 1) {
        // A peer that takes one message and hangs up.
        rig.lane->complete(rig.given.front(), {});
        rig.given.erase(rig.given.begin());
        rig.complete(kUnavailable);
        const base::Nanoseconds pause = rig.timers.next() - rig.clock.steady();
        EXPECT_LE(pause, 100ms);
        rig.advance(pause);
    }
    rig.complete({});
    EXPECT_EQ(rig.sender.settled(), 8U);
}

TEST(SinkLane, GivesARecordUpAfterItsAttemptsWithTheLastReason) {
    SinkRig rig{pipeline::OnError::Default, false, {.attempts = {{ErrorCode::Denied, 3}}}};
    rig.letters.holds = true;
    rig.offer({"a", "b"});
    rig.complete({ErrorCode::Denied, "peer.locked", "", 0ns});
    rig.advance(1s);
    EXPECT_THAT(rig.take_seen(), ElementsAre("a", "b", "a", "b"));
    rig.complete(kUnavailable);
    rig.advance(1s);
    rig.lane->complete(rig.given[0], {ErrorCode::Denied, "peer.closed", "PID-3", 0ns});
    rig.lane->complete(rig.given[1], {});
    rig.given.clear();
    rig.runner.run();
    EXPECT_EQ(rig.sender.fate(0), "held") << "the outage did not count";
    EXPECT_EQ(rig.sender.fate(1), "delivered");
    rig.advance(1s);
    rig.complete({ErrorCode::Denied, "peer.closed", "PID-3", 0ns});
    EXPECT_THAT(rig.letters.texts(), ElementsAre("store denied peer.closed PID-3 a"));
    const std::vector<delivery::Letter> letters = rig.letters.take_held();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters.front().record->attribute(rig.names.intern("attempts")), "3");
}

TEST(SinkLane, CountsTheAttemptsThatTheSinkSaysCount) {
    SinkRig rig;
    rig.letters.holds = true;
    rig.offer({"a"});
    for (const std::uint32_t attempt : {1U, 2U, 3U}) {
        aorta_record* const record = rig.given.front();
        EXPECT_EQ(rig.lane->count_attempt(record), attempt);
        EXPECT_EQ(rig.lane->count_attempt(record), attempt) << "one attempt counts once";
        rig.complete(
            {attempt < 3 ? ErrorCode::ResourceExhausted : ErrorCode::InvalidData, "no", "", 0ns});
        EXPECT_EQ(rig.lane->count_attempt(record), 0U) << "it is not in the sink's hands";
        if (attempt == 1) {
            rig.advance(1s);
            rig.complete(kUnavailable);  // an outage between them does not
        }
        rig.advance(1s);
    }
    const std::vector<delivery::Letter> letters = rig.letters.take_held();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters.front().record->attribute(rig.names.intern("attempts")), "3");
}

TEST(SinkLane, AnOpenBreakerLetsOneRecordTryTheSink) {
    SinkRig rig{pipeline::OnError::Default,
                false,
                {.jitter_percent = 0, .breaker_after = 2, .breaker_pause = 30s}};
    rig.offer({"a", "b"});
    rig.complete(kUnavailable);
    EXPECT_FALSE(rig.lane->health().is_breaker_open);
    rig.advance(100ms);
    rig.complete(kUnavailable);
    EXPECT_TRUE(rig.lane->health().is_breaker_open);
    EXPECT_TRUE(rig.log.has("sink_breaker_open"));
    rig.take_seen();
    rig.advance(30s - 1ns);
    rig.offer({"c"});
    EXPECT_THAT(rig.take_seen(), IsEmpty()) << "also what comes now waits";
    rig.advance(1ns);
    EXPECT_THAT(rig.take_seen(), ElementsAre("a")) << "the probe";
    rig.complete(kUnavailable);
    rig.advance(30s);
    EXPECT_THAT(rig.take_seen(), ElementsAre("a"));
    EXPECT_FALSE(rig.log.has("sink_breaker_closed"));
    rig.complete({});
    EXPECT_FALSE(rig.lane->health().is_breaker_open);
    EXPECT_TRUE(rig.log.has("sink_breaker_closed"));
    EXPECT_THAT(rig.take_seen(), ElementsAre("b", "c")) << "in order, at once";
    rig.complete({});
    EXPECT_FALSE(rig.lane->health().is_down);
    EXPECT_EQ(rig.sender.settled(), 3U);
}

TEST(SinkLane, AnOpenBreakerSparesASinkThatGivesEverythingUp) {
    SinkRig rig{pipeline::OnError::DeadLetter,
                false,
                {.jitter_percent = 0, .breaker_after = 2, .breaker_pause = 30s}};
    rig.offer({"a"});
    rig.complete({ErrorCode::Denied, "peer.closed", "", 0ns});
    rig.offer({"b"});
    rig.complete({ErrorCode::Denied, "peer.closed", "", 0ns});
    rig.take_seen();
    rig.offer({"c", "d"});
    EXPECT_THAT(rig.take_seen(), IsEmpty());
    EXPECT_EQ(rig.letters.texts().size(), 2U) << "no more of them become dead letters";
    EXPECT_EQ(rig.lane->health().reason, "peer.closed");
    rig.advance(30s);
    EXPECT_THAT(rig.take_seen(), ElementsAre("c"));
    rig.complete({});
    EXPECT_THAT(rig.take_seen(), ElementsAre("d"));
    rig.complete({});
    EXPECT_EQ(rig.sender.fate(3), "delivered");
}

TEST(SinkLane, HoldKeyLetsNobodyPassAnOpenBreaker) {
    SinkRig rig{pipeline::OnError::HoldKey,
                false,
                {.jitter_percent = 0, .breaker_after = 2, .breaker_pause = 30s}};
    for (std::uint64_t key = 1; key <= 3; ++key) {
        Batch batch;
        batch.push_back(rig.record("x", rig.next++));
        batch.back()->key = key;
        rig.lane->offer(batch, rig.runner);
        rig.runner.run();
        rig.complete(kUnavailable);
    }
    EXPECT_EQ(rig.take_seen().size(), 2U) << "the third does not try";
    rig.advance(30s);
    EXPECT_EQ(rig.take_seen().size(), 1U);
    rig.complete({});
    EXPECT_EQ(rig.take_seen().size(), 2U);
    rig.complete({});
    EXPECT_EQ(rig.sender.settled(), 3U);
}

TEST(SinkLane, HoldKeyLetsOtherKeysPass) {
    SinkRig rig{pipeline::OnError::HoldKey};
    const auto offer = [&](std::uint64_t key, const char* text) {
        Batch batch;
        batch.push_back(rig.record(text, rig.next++));
        batch.back()->key = key;
        rig.lane->offer(batch, rig.runner);
        rig.runner.run();
    };
    offer(1, "1a");
    rig.complete(kUnavailable);
    offer(1, "1b");
    offer(2, "2a");
    EXPECT_THAT(rig.take_seen(), ElementsAre("1a", "2a")) << "1b waits for 1a";
    rig.complete({});
    offer(3, "3a");
    const base::Nanoseconds due = rig.timers.next();
    rig.clock.advance(10ms);
    rig.complete(kUnavailable);
    EXPECT_EQ(rig.timers.next(), due) << "new trouble does not put off what waits";
    rig.take_seen();
    rig.advance(due - rig.clock.steady());
    EXPECT_THAT(rig.take_seen(), ElementsAre("3a", "1a", "1b"));
    rig.complete({});
    EXPECT_EQ(rig.sender.settled(), 4U);
    EXPECT_FALSE(rig.lane->health().is_down);
}

TEST(SinkLane, AnExceptionFailsWhatWasNotCompleted) {
    SinkRig rig;
    rig.script.on_consume = [&](const aorta_batch& batch) -> Result<void> {
        rig.lane->complete(batch.records[0], {});
        rig.given.push_back(batch.records[1]);
        return Error{ErrorCode::Internal, "threw"};
    };
    rig.offer({"a", "b"});
    EXPECT_EQ(rig.sender.fate(0), "delivered");
    EXPECT_EQ(rig.sender.fate(1), "dead_lettered plugin.exception");
    EXPECT_EQ(rig.active.value(), 0);
}

TEST(SinkLane, ReportsCompletionsOfRecordsThatItDoesNotHave) {
    SinkRig rig;
    aorta_record stranger{};
    rig.offer({"a", "b"});
    rig.lane->complete(rig.given[0], {});
    EXPECT_FALSE(rig.log.has("plugin_misbehaved"));
    rig.lane->complete(rig.given[0], kRefused);
    EXPECT_TRUE(rig.log.has("complete of a record that is not in the sink's hands"));
    rig.lane->complete(&stranger, {});
    rig.lane->complete(nullptr, {});
    rig.lane->store_dead_letter(&stranger);
    EXPECT_TRUE(rig.log.has("store of a record that is not in the sink's hands"));
    rig.lane->complete(rig.given[1], {});
    rig.runner.run();
    EXPECT_EQ(rig.sender.fate(0), "delivered") << "the first completion holds";
    EXPECT_EQ(rig.sender.fate(1), "delivered");
}

TEST(SinkLane, StoresDeadLettersForTheSinkOfThatName) {
    SinkRig rig;
    rig.router.name(5, "check");
    Batch batch;
    batch.push_back(rig.record("refused", 0));
    batch.back()->rejection = std::make_unique<message::Rejection>(
        message::Rejection{ErrorCode::InvalidData, "hl7.bad", "PID-3", 5});
    batch.push_back(rig.record("sent here", 1));
    rig.lane->offer(batch, rig.runner);
    rig.runner.run();
    for (aorta_record* record : std::exchange(rig.given, {})) {
        rig.lane->store_dead_letter(record);
    }
    rig.runner.run();
    EXPECT_THAT(rig.letters.texts(),
                ElementsAre("check invalid_data hl7.bad PID-3 refused",
                            "store invalid_data dead_letter.sent_here  sent here"));
    EXPECT_EQ(rig.sender.fate(0), "dead_lettered hl7.bad");
    rig.offer({"next"});
    EXPECT_EQ(rig.given.size(), 1U) << "the lane goes on";
    rig.complete({});
}

TEST(SinkLane, KnowsItsOldestRecord) {
    SinkRig rig;
    Batch batch;
    for (const base::Nanoseconds ingest : {7s, 5s}) {
        batch.push_back(rig.record("x", rig.next++));
        batch.back()->ingest_time_ns = ingest.count();
    }
    rig.lane->offer(batch, rig.runner);
    rig.runner.run();
    EXPECT_EQ(rig.lane->health().oldest, 5s);
    message::RecordPtr late = rig.record("x", rig.next++);
    late->ingest_time_ns = base::Nanoseconds{3s}.count();
    rig.lane->offer(std::move(late), rig.runner);
    EXPECT_EQ(rig.lane->health().oldest, 3s) << "in the inbox";
    rig.runner.run();
    rig.complete({});
    rig.complete({});
    EXPECT_EQ(rig.lane->health().oldest, 0s);
}

TEST(SinkLane, FailsWhatIsLeftWhenItIsStopped) {
    SinkRig rig;
    rig.offer({"a", "b", "c", "d"});
    rig.offer({"waits"});
    rig.script.on_stop = [&](const aorta_out* out) -> Result<void> {
        EXPECT_EQ(out, nullptr);
        rig.lane->complete(rig.given[0], {});
        rig.lane->complete(rig.given[1], kUnavailable);
        rig.lane->complete(rig.given[2], kRefused);
        return {};
    };
    const std::future<void> stopped = rig.lane->stop();
    rig.runner.run();
    EXPECT_EQ(stopped.wait_for(0s), std::future_status::ready);
    EXPECT_EQ(rig.sender.fate(0), "delivered");
    EXPECT_EQ(rig.sender.fate(1), "failed shutdown") << "it would have been tried again";
    EXPECT_EQ(rig.sender.fate(2), "dead_lettered peer.refused");
    EXPECT_EQ(rig.sender.fate(3), "failed shutdown");
    EXPECT_EQ(rig.sender.fate(4), "failed shutdown");
    rig.offer({"late"});
    EXPECT_EQ(rig.sender.fate(5), "failed shutdown");
    EXPECT_EQ(rig.script.stops, 1);
    EXPECT_EQ(rig.lane->health().waiting, 0U);
    EXPECT_EQ(rig.active.value(), 0);
}

TEST(SinkLane, FailsWhatIsToBeRetriedWhenItIsStopped) {
    SinkRig rig;
    rig.offer({"a"});
    rig.complete(kUnavailable);
    const std::future<void> stopped = rig.lane->stop();
    rig.runner.run();
    EXPECT_EQ(rig.sender.fate(0), "failed shutdown");
    rig.advance(60s);
    EXPECT_THAT(rig.take_seen(), ElementsAre("a")) << "its alarm finds it stopped";
}

}  // namespace
}  // namespace aorta::graph
