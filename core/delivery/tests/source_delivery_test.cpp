#include "delivery/source_delivery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

namespace aorta::delivery {
namespace {

using namespace std::chrono_literals;
using message::Fate;
using message::FateKind;
using message::Receipt;
using message::Share;
using testing::ElementsAre;

class Peer final : public SourcePeer {
public:
    void answer(std::uint64_t cookie,
                Answer answer,
                const Fate& why,
                std::string_view reply) override {
        const std::scoped_lock lock(mutex);
        constexpr const char* kNames[] = {"accept", "error", "refuse", "none"};
        answers.push_back(std::to_string(cookie) + ":" + kNames[static_cast<std::size_t>(answer)] +
                          (why.reason.empty() ? "" : " " + why.reason) +
                          (reply.empty() ? "" : " <" + std::string{reply} + ">"));
    }

    void settled(std::uint64_t cookie, const Fate& fate) override {
        const std::scoped_lock lock(mutex);
        fates[cookie] = fate.kind;
    }

    std::mutex mutex;
    std::vector<std::string> answers;
    std::map<std::uint64_t, FateKind> fates;
};

Fate fate(FateKind kind) {
    return {kind, ErrorCode::Internal, "r", {}, 0};
}

struct Rig {
    explicit Rig(const AckPolicy& policy) : delivery(ledger, policy, peer, clock) {}

    Share open(std::uint64_t cookie) {
        Receipt* receipt = delivery.open(cookie);
        Share share{receipt};
        delivery.received(*receipt);
        receipt->drop_reference();
        return share;
    }

    base::VirtualClock clock{0s};
    Ledger ledger;
    Peer peer;
    SourceDelivery delivery;
};

/// What happens to a record, step by step.
enum class Step { After, Invalid, Delivered, Filtered, DeadLettered, Failed };

void apply(Share& share, Step step) {
    switch (step) {
        case Step::After:
            share.passed_after();
            return;
        case Step::Invalid:
            share.mark_invalid();
            return;
        case Step::Delivered:
            share.settle(fate(FateKind::Delivered));
            return;
        case Step::Filtered:
            share.settle(fate(FateKind::Filtered));
            return;
        case Step::DeadLettered:
            share.settle(fate(FateKind::DeadLettered));
            return;
        case Step::Failed:
            share.settle(fate(FateKind::Failed));
            return;
    }
}

TEST(SourceDelivery, AnswersAsTheLevelPromises) {
    struct Case {
        AckLevel level;
        bool waits;
        Answer on_invalid;
        std::vector<Step> steps;
        std::string answer;       // empty: none
        std::size_t answered_at;  // after how many steps
    };

    using S = Step;
    const auto error = Answer::Error;
    const auto refuse = Answer::Refuse;
    const auto accept = Answer::Accept;
    const Case cases[] = {
        {AckLevel::None, false, error, {S::Failed}, "", 0},
        {AckLevel::Received, false, error, {S::Failed}, "1:accept", 0},
        {AckLevel::Received, false, error, {S::Delivered}, "1:accept", 0},
        {AckLevel::Received, true, error, {S::After, S::Failed}, "1:accept", 1},
        {AckLevel::Received, true, error, {S::Filtered}, "1:accept r", 1},
        {AckLevel::Received, true, error, {S::Invalid, S::DeadLettered}, "1:error r", 2},
        {AckLevel::Received, true, refuse, {S::Invalid, S::DeadLettered}, "1:refuse r", 2},
        {AckLevel::Received, true, accept, {S::Invalid, S::DeadLettered}, "1:accept r", 2},
        {AckLevel::Received, true, error, {S::DeadLettered}, "1:accept r", 1},
        {AckLevel::Received, true, error, {S::Failed}, "1:error r", 1},
        {AckLevel::Delivered, false, error, {S::Delivered}, "1:accept r", 1},
        {AckLevel::Delivered, false, error, {S::Filtered}, "1:accept r", 1},
        {AckLevel::Delivered, false, error, {S::DeadLettered}, "1:accept r", 1},
        {AckLevel::Delivered, false, error, {S::Failed}, "1:error r", 1},
        {AckLevel::Delivered, true, error, {S::After, S::Delivered}, "1:accept r", 2},
        {AckLevel::Delivered, true, error, {S::After, S::Failed}, "1:error r", 2},
        {AckLevel::Delivered, true, error, {S::Invalid, S::DeadLettered}, "1:error r", 2},
        {AckLevel::Delivered, true, refuse, {S::Invalid, S::DeadLettered}, "1:refuse r", 2},
        {AckLevel::Delivered, true, error, {S::After, S::DeadLettered}, "1:accept r", 2},
    };
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        const Case& one = cases[i];
        Rig rig{{one.level, one.waits, one.on_invalid, 0s}};
        Share share = rig.open(1);
        for (std::size_t step = 0; step <= one.steps.size(); ++step) {
            const bool is_due = !one.answer.empty() && step >= one.answered_at;
            EXPECT_EQ(rig.peer.answers.size(), is_due ? 1U : 0U)
                << "case " << i << " step " << step;
            if (step < one.steps.size()) {
                apply(share, one.steps[step]);
            }
        }
        if (!one.answer.empty()) {
            EXPECT_THAT(rig.peer.answers, ElementsAre(one.answer)) << "case " << i;
        }
        EXPECT_EQ(rig.peer.fates.size(), 1U) << "case " << i;
        EXPECT_EQ(rig.ledger.held(), 0U);
    }
}

TEST(SourceDelivery, OptionalSinksDoNotDelayTheAnswer) {
    Rig rig{{AckLevel::Delivered, false, Answer::Error, 0s}};
    Share required = rig.open(1);
    Share optional = required.split();
    optional.make_optional();
    required.settle(fate(FateKind::Delivered));
    EXPECT_THAT(rig.peer.answers, ElementsAre("1:accept r"));
    EXPECT_TRUE(rig.peer.fates.empty());
    optional.settle(fate(FateKind::Failed));
    EXPECT_THAT(rig.peer.answers, ElementsAre("1:accept r"));
    EXPECT_EQ(rig.peer.fates.at(1), FateKind::Failed);
}

TEST(SourceDelivery, AnswersNoneToWhoeverHasWaitedTooLong) {
    Rig rig{{AckLevel::Delivered, false, Answer::Error, 30s}};
    Share early = rig.open(1);
    rig.clock.advance(10s);
    Share late = rig.open(2);

    EXPECT_EQ(rig.delivery.expire(), 30s);
    rig.clock.advance(19s);
    EXPECT_EQ(rig.delivery.expire(), 30s);
    EXPECT_TRUE(rig.peer.answers.empty());
    rig.clock.advance(1s);
    EXPECT_EQ(rig.delivery.expire(), 40s);
    EXPECT_THAT(rig.peer.answers, ElementsAre("1:none ack.timeout"));

    early.settle(fate(FateKind::Delivered));
    late.settle(fate(FateKind::Delivered));
    EXPECT_THAT(rig.peer.answers, ElementsAre("1:none ack.timeout", "2:accept r"));
    EXPECT_EQ(rig.delivery.expire(), base::Nanoseconds::max());
    EXPECT_EQ(rig.peer.fates.at(1), FateKind::Delivered) << "the ledger still learns of it";
}

TEST(SourceDelivery, OneThatWaitsLongDoesNotHideTheOthers) {
    Rig rig{{AckLevel::Delivered, false, Answer::Error, 30s}};
    std::vector<Share> waiting;
    for (std::uint64_t i = 0; i < 5000; ++i) {
        Share share = rig.open(i);
        if (i % 1000 == 0) {
            waiting.push_back(std::move(share));
        } else {
            share.settle(fate(FateKind::Delivered));
        }
    }
    rig.peer.answers.clear();
    rig.clock.advance(30s);
    EXPECT_EQ(rig.delivery.expire(), base::Nanoseconds::max());
    EXPECT_THAT(rig.peer.answers,
                ElementsAre("0:none ack.timeout",
                            "1000:none ack.timeout",
                            "2000:none ack.timeout",
                            "3000:none ack.timeout",
                            "4000:none ack.timeout"));
}

TEST(SourceDelivery, MayGoWithReceiptsStillInItsTimeOutQueue) {
    Rig rig{{AckLevel::Received, false, Answer::Error, 30s}};
    for (std::uint64_t i = 0; i < 10; ++i) {
        rig.open(i).settle(fate(FateKind::Delivered));
    }
    EXPECT_EQ(rig.peer.answers.size(), 10U);
}

TEST(SourceDelivery, AnswersEachOnceWhenThreadsAndTimeOutsRace) {
    Rig rig{{AckLevel::Delivered, false, Answer::Error, 1ns}};
    constexpr std::uint64_t kEach = 1000;
    {
        std::vector<std::jthread> threads;
        for (std::uint64_t t = 0; t < 4; ++t) {
            threads.emplace_back([&rig, t] {
                for (std::uint64_t i = 0; i < kEach; ++i) {
                    Share share = rig.open(t * kEach + i);
                    Share twin = share.split();
                    share.settle(fate(FateKind::Delivered));
                    rig.clock.advance(1ns);
                    twin.settle(fate(FateKind::Filtered));
                }
            });
        }
        threads.emplace_back([&rig](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                static_cast<void>(rig.delivery.expire());
            }
        });
        for (std::size_t t = 0; t < 4; ++t) {
            threads[t].join();
        }
    }
    EXPECT_EQ(rig.peer.answers.size(), 4 * kEach);
    EXPECT_EQ(rig.peer.fates.size(), 4 * kEach);
    const LedgerCounts counts = rig.ledger.counts();
    EXPECT_TRUE(counts.balances());
    EXPECT_EQ(counts.delivered, 4 * kEach);
}

TEST(Ledger, BalancesAtEachStep) {
    Ledger ledger;
    EXPECT_TRUE(ledger.counts().balances());
    EXPECT_TRUE(ledger.wait_settled(0s));
    for (int i = 0; i < 5; ++i) {
        ledger.open();
        EXPECT_TRUE(ledger.counts().balances());
    }
    EXPECT_FALSE(ledger.wait_settled(0s));
    for (const FateKind kind : {FateKind::Delivered,
                                FateKind::Filtered,
                                FateKind::DeadLettered,
                                FateKind::Failed,
                                FateKind::Delivered}) {
        ledger.settle(fate(kind));
        EXPECT_TRUE(ledger.counts().balances());
    }
    const LedgerCounts counts = ledger.counts();
    EXPECT_EQ(counts.in, 5U);
    EXPECT_EQ(counts.delivered, 2U);
    EXPECT_EQ(counts.filtered, 1U);
    EXPECT_EQ(counts.dead_lettered, 1U);
    EXPECT_EQ(counts.failed, 1U);
    EXPECT_EQ(counts.held, 0U);
    EXPECT_TRUE(ledger.wait_settled(0s));
}

TEST(Ledger, CountsReasonsOfWhatWasNotDelivered) {
    Ledger ledger;
    const auto settle = [&](FateKind kind, const char* reason, std::uint32_t node) {
        ledger.open();
        ledger.settle({kind, ErrorCode::Ok, reason, "PID-3", node});
    };
    settle(FateKind::Filtered, "filter.no_match", 1);
    settle(FateKind::Filtered, "filter.no_match", 1);
    settle(FateKind::Filtered, "filter.no_match", 2);
    settle(FateKind::Failed, "shutdown", 1);
    settle(FateKind::Delivered, "", 3);

    std::vector<std::string> lines;
    for (const ReasonCount& one : ledger.reasons()) {
        lines.push_back(std::to_string(one.node) + " " + std::string{to_string(one.fate)} + " " +
                        one.reason + " " + std::to_string(one.count));
    }
    EXPECT_THAT(
        lines,
        ElementsAre(
            "1 filtered filter.no_match 2", "1 failed shutdown 1", "2 filtered filter.no_match 1"));
}

TEST(Ledger, AddsUp) {
    LedgerCounts sum{.in = 3, .delivered = 2, .held = 1};
    sum += {.held_at_start = 1, .in = 4, .replayed = 1, .delivered = 5, .failed = 1};
    EXPECT_TRUE(sum.balances());
    sum.failed += 1;
    EXPECT_FALSE(sum.balances());
}

/// What the peers of nodes 7 and 8 say and do with one record, and what its sender hears. Node 7
/// replies.
TEST(SourceDeliveryReply, GoesWithWhatItsOwnSinkDecided) {
    struct Case {
        const char* name;
        std::string seven;  // its answer
        std::string eight;  // not asked for
        Fate first;         // of node 8
        Fate second;        // of node 7
        const char* answer;
    };

    const auto failed = [](std::uint32_t node) {
        return Fate{FateKind::Failed, ErrorCode::InvalidData, "peer.no", {}, node};
    };
    const Case cases[] = {
        {"both have it", "AA", "", Fate::delivered(8), Fate::delivered(7), "1:accept <AA>"},
        {"no answer to pass on", "", "XX", Fate::delivered(8), Fate::delivered(7), "1:accept"},
        {"its peer refuses", "AE", "", Fate::delivered(8), failed(7), "1:error peer.no <AE>"},
        {"the other fails", "AA", "", failed(8), Fate::delivered(7), "1:error peer.no"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.name);
        message::Budget budget{1 << 20};
        Rig rig{{.level = AckLevel::Delivered, .reply_from = 7}};
        Share at_seven = rig.open(1);
        Share at_eight = at_seven.split();
        const auto give = [&](const Share& share, std::uint32_t node, const std::string& text) {
            if (!text.empty()) {
                share.keep_reply(node, message::BufferRef{message::copy_of("old", budget)});
                share.keep_reply(node, message::BufferRef{message::copy_of(text, budget)});
            }
        };
        give(at_eight, 8, each.eight);
        at_eight.settle(each.first);
        give(at_seven, 7, each.seven);
        at_seven.settle(each.second);
        EXPECT_THAT(rig.peer.answers, ElementsAre(each.answer));
        EXPECT_EQ(budget.used(), 0U);
    }
}

TEST(SourceDeliveryReply, IsForgottenWhenTheSenderWasAnsweredBefore) {
    message::Budget budget{1 << 20};
    Rig rig{{.level = AckLevel::Delivered, .timeout = 1s, .reply_from = 7}};
    Share share = rig.open(1);
    rig.clock.advance(1s);
    static_cast<void>(rig.delivery.expire());
    share.keep_reply(7, message::BufferRef{message::copy_of("AA", budget)});
    share.settle(Fate::delivered(7));
    EXPECT_THAT(rig.peer.answers, ElementsAre("1:none ack.timeout"));
    EXPECT_EQ(budget.used(), 0U);
}

}  // namespace
}  // namespace aorta::delivery
