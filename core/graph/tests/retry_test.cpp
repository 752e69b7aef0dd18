// When a sink is tried again, and when a record is given up: policy and state, no lane.
#include "graph/retry.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aorta::graph {
namespace {

using namespace std::chrono_literals;
using base::Nanoseconds;
using pipeline::RetrySpec;
using A = pipeline::OnError;
using E = ErrorCode;

constexpr std::uint32_t kForever = RetrySpec::kForever;
constexpr E kOutages[] = {E::Unavailable, E::Timeout, E::ResourceExhausted};
constexpr E kRefusals[] = {E::InvalidConfig,
                           E::InvalidData,
                           E::NotFound,
                           E::Denied,
                           E::Corrupt,
                           E::Cancelled,
                           E::Internal};

TEST(MostAttempts, FollowsFromOnErrorUnlessTheCodeIsNamed) {
    struct Case {
        A on_error;
        std::uint32_t outage;
        std::uint32_t refusal;
    };

    const Case cases[] = {{A::Default, kForever, 1},
                          {A::DeadLetter, 1, 1},
                          {A::Drop, 1, 1},
                          {A::Stop, 1, 1},
                          {A::Retry, kForever, kForever},
                          {A::HoldKey, kForever, kForever}};
    for (const Case& one : cases) {
        RetrySpec spec;
        for (const E code : kOutages) {
            EXPECT_EQ(most_attempts(spec, one.on_error, code), one.outage) << to_string(code);
        }
        for (const E code : kRefusals) {
            EXPECT_EQ(most_attempts(spec, one.on_error, code), one.refusal) << to_string(code);
        }
        spec.attempts = {{E::Timeout, 7}, {E::Denied, kForever}};
        EXPECT_EQ(most_attempts(spec, one.on_error, E::Timeout), 7U);
        EXPECT_EQ(most_attempts(spec, one.on_error, E::Denied), kForever);
        EXPECT_EQ(most_attempts(spec, one.on_error, E::Unavailable), one.outage);
    }
}

/// The outcomes of hand-overs, a word for each record: again or over.
struct Judged {
    explicit Judged(RetrySpec spec = {}, A on_error = A::Default)
        : retry(std::move(spec), on_error) {}

    std::string hand_over(const std::vector<E>& codes) {
        attempts.resize(std::max(attempts.size(), codes.size()), 0);
        std::string words;
        retry.begin();
        for (std::size_t i = 0; i < codes.size(); ++i) {
            words += retry.judge(codes[i], attempts[i]) ? "again " : "over ";
        }
        return words;
    }

    Retry retry;
    std::vector<std::uint32_t> attempts;
};

TEST(Retry, OutagesNeverCountRefusalsDo) {
    Judged judged{{.attempts = {{E::Denied, 3}}}};
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_EQ(judged.hand_over({E::Timeout}), "again ");
    }
    EXPECT_EQ(judged.attempts[0], 0U);
    EXPECT_EQ(judged.hand_over({E::Denied}), "again ");
    EXPECT_EQ(judged.hand_over({E::Unavailable}), "again ");
    EXPECT_EQ(judged.hand_over({E::Denied}), "again ");
    EXPECT_EQ(judged.hand_over({E::Denied}), "over ") << "the third refusal";
    EXPECT_EQ(judged.attempts[0], 3U);
    judged.attempts[0] = 0;
    EXPECT_EQ(judged.hand_over({E::Internal}), "over ") << "not named: given up at once";
    EXPECT_EQ(judged.attempts[0], 1U);
}

TEST(Retry, ALimitedOutageCountsForTheFirstThatMeetsIt) {
    Judged judged{{.attempts = {{E::Unavailable, 2}}}};
    EXPECT_EQ(judged.hand_over({E::Unavailable, E::Unavailable, E::Unavailable}),
              "again again again ");
    EXPECT_EQ(judged.attempts, (std::vector<std::uint32_t>{1, 0, 0}));
    EXPECT_EQ(judged.hand_over({E::Unavailable, E::Unavailable, E::Unavailable}),
              "over again again ")
        << "what follows has only waited";
    EXPECT_EQ(judged.attempts, (std::vector<std::uint32_t>{2, 0, 0}));
}

TEST(Retry, RefusalsCountForEachRecordAndALimitOfOneHoldsForAll) {
    Judged refused{{.attempts = {{E::NotFound, 2}}}};
    EXPECT_EQ(refused.hand_over({E::NotFound, E::NotFound}), "again again ");
    EXPECT_EQ(refused.hand_over({E::NotFound, E::NotFound}), "over over ");
    Judged dropped{{}, A::Drop};
    EXPECT_EQ(dropped.hand_over({E::Timeout, E::Timeout}), "over over ");
}

TEST(Retry, PausesDoubleUpToTheLongest) {
    Judged judged{{.first = 10ms, .longest = 65ms, .jitter_percent = 0}};
    Nanoseconds now = 5s;
    EXPECT_TRUE(judged.retry.is_due(now));
    for (const Nanoseconds pause : {10ms, 20ms, 40ms, 65ms, 65ms}) {
        judged.hand_over({E::Timeout});
        EXPECT_EQ(judged.retry.plan(now, 0ns, 0), now + pause);
        EXPECT_FALSE(judged.retry.is_due(now + pause - 1ns));
        EXPECT_TRUE(judged.retry.is_due(now + pause));
        now += pause;
    }
    judged.hand_over({E::Ok, E::Timeout});
    EXPECT_EQ(judged.retry.plan(now, 0ns, 0), now + 10ms) << "progress: new trouble begins anew";
}

TEST(Retry, ARecordThatIsGivenUpIsProgressForThePauses) {
    Judged judged{{.jitter_percent = 0, .attempts = {{E::Unavailable, 3}}}};
    Nanoseconds now = 0s;
    for (int record = 0; record < 3; ++record) {
        judged.attempts.clear();
        for (const Nanoseconds pause : {100ms, 200ms}) {
            EXPECT_EQ(judged.hand_over({E::Unavailable}), "again ");
            EXPECT_EQ(judged.retry.plan(now, 0ns, 0), now + pause);
            now += pause;
        }
        EXPECT_EQ(judged.hand_over({E::Unavailable}), "over ");
    }
    EXPECT_EQ(judged.retry.failures(), 9U) << "but not a sign that the sink is well";
}

TEST(Retry, PausesNeverOverflow) {
    Judged judged{{.first = 1h, .longest = 1h, .jitter_percent = 0}};
    Nanoseconds now = 0s;
    for (int i = 0; i < 100; ++i) {
        judged.hand_over({E::Timeout});
        ASSERT_EQ(judged.retry.plan(now, 0ns, 0), now + 1h);
        now += 1h;
    }
}

TEST(Retry, JitterCutsOffItsShareAtMost) {
    struct Case {
        std::uint32_t percent;
        std::uint64_t random;
        Nanoseconds pause;
    };

    const Case cases[] = {{0, ~std::uint64_t{0}, 1s},
                          {25, 0, 1s},
                          {25, 1024, 750ms},
                          {25, 512, 875ms},
                          {100, 1024, 0ms}};
    for (const Case& one : cases) {
        Judged judged{{.first = 1s, .jitter_percent = one.percent}};
        judged.hand_over({E::Timeout});
        EXPECT_EQ(judged.retry.plan(1s, 0ns, one.random), 1s + one.pause) << one.percent;
    }
}

TEST(Retry, WaitsAsLongAsThePeerAsksUpToAnHour) {
    struct Case {
        Nanoseconds asked;
        Nanoseconds pause;
    };

    for (const auto& [asked, pause] : {Case{90s, 90s}, Case{1ms, 100ms}, Case{48h, 1h}}) {
        Judged judged{{.jitter_percent = 0}};
        judged.hand_over({E::ResourceExhausted});
        EXPECT_EQ(judged.retry.plan(0s, asked, 0), pause);
    }
}

TEST(Retry, NewTroubleDoesNotPutOffWhatIsPlanned) {
    Judged judged{{.jitter_percent = 0}, A::HoldKey};
    judged.hand_over({E::Timeout});
    EXPECT_EQ(judged.retry.plan(0s, 0ns, 0), 100ms);
    judged.hand_over({E::Timeout});
    EXPECT_EQ(judged.retry.plan(50ms, 0ns, 0), 100ms);
    judged.hand_over({E::Timeout});
    EXPECT_EQ(judged.retry.plan(100ms, 0ns, 0), 300ms) << "nor does it lengthen the next pause";
}

TEST(Retry, TheBreakerOpensAfterFailuresInARowAndClosesOnSuccess) {
    Judged judged{{.jitter_percent = 0, .breaker_after = 3, .breaker_pause = 10s}};
    Nanoseconds now = 0s;
    for (const Nanoseconds pause : {100ms, 200ms}) {
        judged.hand_over({E::Unavailable, E::Unavailable});
        EXPECT_EQ(judged.retry.plan(now, 0ns, 0), now + pause);
        EXPECT_FALSE(judged.retry.is_open());
        now += pause;
    }
    for (int probe = 0; probe < 3; ++probe) {
        judged.hand_over({E::Unavailable});
        EXPECT_TRUE(judged.retry.is_open());
        EXPECT_EQ(judged.retry.plan(now, 1s, 0), now + 10s);
        now += 10s;
    }
    EXPECT_EQ(judged.hand_over({E::Ok}), "over ");
    EXPECT_FALSE(judged.retry.is_open());
    judged.hand_over({E::Unavailable});
    EXPECT_EQ(judged.retry.plan(now, 0ns, 0), now + 100ms);
}

TEST(Retry, TheBreakerPutsOffWhatWasPlannedBeforeItOpened) {
    Judged judged{{.jitter_percent = 0, .breaker_after = 2, .breaker_pause = 10s}, A::HoldKey};
    judged.hand_over({E::Timeout});
    EXPECT_EQ(judged.retry.plan(0s, 0ns, 0), 100ms);
    judged.hand_over({E::Timeout});
    EXPECT_EQ(judged.retry.plan(50ms, 0ns, 0), 50ms + 10s);
}

TEST(Retry, WhatTheBreakerCounts) {
    struct Case {
        const char* what;
        std::vector<E> codes;
        std::uint32_t failures;  // after two earlier ones
    };

    const Case cases[] = {
        {"retried: once for all that wait", {E::Timeout, E::Timeout, E::Timeout}, 3},
        {"given up: each", {E::Denied, E::Internal}, 4},
        {"those behind one given up only wait", {E::Denied, E::Unavailable}, 3},
        {"a success of the first closes it", {E::Ok}, 0},
        {"a success behind a failure does not", {E::Timeout, E::Ok}, 3},
        {"the sink has looked at the record", {E::InvalidData}, 0},
        {"a damaged record says nothing of the sink", {E::Corrupt}, 0},
        {"new trouble behind a success", {E::Ok, E::Timeout}, 1},
    };
    for (const Case& one : cases) {
        Judged judged;
        judged.hand_over({E::Timeout});
        judged.hand_over({E::Timeout});
        judged.attempts.clear();
        judged.hand_over(one.codes);
        EXPECT_EQ(judged.retry.failures(), one.failures) << one.what;
    }
}

}  // namespace
}  // namespace aorta::graph
