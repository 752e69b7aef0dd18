#include "message/receipt.hpp"

#include "message/record.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <vector>

namespace aorta::message {
namespace {

class Sender final : public Settler {
public:
    explicit Sender(bool keeps_failures = false) : keeps_(keeps_failures) {}

    void on_after(Receipt&) override { ++afters; }

    void on_required_settled(Receipt& receipt) override {
        required.push_back(receipt.required_fate());
    }

    void on_settled(Receipt& receipt) override { settled.push_back(receipt.fate()); }

    bool sender_keeps_failures() const override { return keeps_; }

    Share open() { return Share{new Receipt(*this, 1, 1)}; }

    int afters = 0;
    std::vector<Fate> required;
    std::vector<Fate> settled;

private:
    const bool keeps_;
};

Fate fate(FateKind kind) {
    return {kind, ErrorCode::Ok, std::string{to_string(kind)}, {}, 0};
}

constexpr FateKind kKinds[] = {
    FateKind::Filtered, FateKind::Delivered, FateKind::DeadLettered, FateKind::Failed};

TEST(Receipt, TakesTheHighestFateInWhateverOrder) {
    for (const FateKind first : kKinds) {
        for (const FateKind second : kKinds) {
            Sender sender;
            Share one = sender.open();
            Share two = one.split();
            one.settle(fate(first));
            EXPECT_TRUE(sender.settled.empty()) << "one share is left";
            two.settle(fate(second));
            ASSERT_EQ(sender.settled.size(), 1U);
            EXPECT_EQ(sender.settled[0].kind, std::max(first, second));
            EXPECT_EQ(sender.settled[0].reason, to_string(std::max(first, second)));
            EXPECT_EQ(sender.required.at(0).kind, std::max(first, second));
        }
    }
}

TEST(Receipt, ALostShareIsAFailure) {
    Sender sender;
    {
        Share share = sender.open();
        Share twin = share.split();
        twin.settle(fate(FateKind::Delivered));
    }
    ASSERT_EQ(sender.settled.size(), 1U);
    EXPECT_EQ(sender.settled[0].kind, FateKind::Failed);
    EXPECT_EQ(sender.settled[0].reason, "engine.lost");
}

TEST(Receipt, IsSettledOnceHoweverOftenAShareIsSettled) {
    Sender sender;
    Share share = sender.open();
    share.settle(fate(FateKind::Delivered));
    share.settle(fate(FateKind::Failed));
    EXPECT_EQ(sender.settled.size(), 1U);
    EXPECT_EQ(sender.required.size(), 1U);
    EXPECT_EQ(sender.settled[0].kind, FateKind::Delivered);
}

TEST(Receipt, ChildrenSpeakForADissolvedParent) {
    Sender sender;
    Share parent = sender.open();
    Share child = parent.split();
    parent.dissolve();
    EXPECT_TRUE(sender.settled.empty());
    child.settle(fate(FateKind::Filtered));
    EXPECT_EQ(sender.settled.at(0).kind, FateKind::Filtered);
}

TEST(Receipt, DissolvedWithoutChildrenIsLost) {
    Sender sender;
    sender.open().dissolve();
    EXPECT_EQ(sender.settled.at(0).kind, FateKind::Failed);
}

TEST(Receipt, TheSenderDoesNotWaitForOptionalShares) {
    Sender sender;
    Share required = sender.open();
    Share optional = required.split();
    optional.make_optional();
    optional.make_optional();  // a second sink of the same kind
    required.settle(fate(FateKind::Delivered));

    ASSERT_EQ(sender.required.size(), 1U);
    EXPECT_EQ(sender.required[0].kind, FateKind::Delivered);
    EXPECT_TRUE(sender.settled.empty());

    optional.settle(fate(FateKind::Failed));
    EXPECT_EQ(sender.required.size(), 1U);
    EXPECT_EQ(sender.settled.at(0).kind, FateKind::Failed) << "the ledger counts all";
}

TEST(Receipt, AnOptionalFailureBeforeTheRequiredDeliveryIsNotTheSendersConcern) {
    Sender sender;
    Share required = sender.open();
    Share optional = required.split();
    optional.make_optional();
    optional.settle(fate(FateKind::Failed));
    required.settle(fate(FateKind::Delivered));
    EXPECT_EQ(sender.required.at(0).kind, FateKind::Delivered);
}

TEST(Receipt, OnlyOptionalSharesAreAsGoodAsDelivered) {
    Sender sender;
    Share share = sender.open();
    share.make_optional();
    ASSERT_EQ(sender.required.size(), 1U);
    EXPECT_EQ(sender.required[0].kind, FateKind::Delivered);
    Share part = share.split();
    share.settle(fate(FateKind::Filtered));
    part.settle(fate(FateKind::Filtered));
    EXPECT_EQ(sender.required.size(), 1U) << "a split of an optional share is optional";
    EXPECT_EQ(sender.settled.size(), 1U);
}

TEST(Receipt, SettlesOnceWhenManyThreadsSettle) {
    for (int round = 0; round < 50; ++round) {
        Sender sender;
        std::vector<std::vector<Share>> parts(4);
        {
            Share first = sender.open();
            for (auto& part : parts) {
                for (int i = 0; i < 50; ++i) {
                    part.push_back(first.split());
                }
            }
            parts[2][25].make_optional();
            first.dissolve();
        }
        {
            std::vector<std::jthread> threads;
            for (std::size_t t = 0; t < parts.size(); ++t) {
                threads.emplace_back([&mine = parts[t], t] {
                    for (Share& share : mine) {
                        Share extra = share.split();
                        share.settle(fate(FateKind::Filtered));
                        extra.settle(fate(t == 3 ? FateKind::DeadLettered : FateKind::Delivered));
                    }
                });
            }
        }
        ASSERT_EQ(sender.settled.size(), 1U);
        ASSERT_EQ(sender.required.size(), 1U);
        EXPECT_EQ(sender.settled[0].kind, FateKind::DeadLettered);
    }
}

TEST(Receipt, TellsOfTheNodeThatTheAnswerWaitsForAndOfInvalidData) {
    Sender sender;
    Share share = sender.open();
    share.passed_after();
    share.passed_after();
    EXPECT_EQ(sender.afters, 2);
    EXPECT_FALSE(share.receipt()->is_invalid.load());
    share.mark_invalid();
    EXPECT_TRUE(share.receipt()->is_invalid.load());
    EXPECT_EQ(share.settler(), &sender);
    share.settle(fate(FateKind::Filtered));
    EXPECT_EQ(share.settler(), nullptr);
    share.passed_after();
    share.mark_invalid();
    EXPECT_EQ(sender.afters, 2) << "an empty share tells nobody";
}

TEST(RecordFate, StickyRejectionTurnsDeliveredIntoDeadLettered) {
    const std::pair<FateKind, FateKind> cases[] = {
        {FateKind::Delivered, FateKind::DeadLettered},
        {FateKind::Filtered, FateKind::Filtered},
        {FateKind::DeadLettered, FateKind::DeadLettered},
        {FateKind::Failed, FateKind::Failed},
    };
    for (const auto& [said, became] : cases) {
        Sender sender;
        Record record{nullptr};
        record.share = sender.open();
        record.rejection = std::make_unique<Rejection>(
            Rejection{ErrorCode::InvalidData, "hl7.required_field_missing", "PID-3", 4});
        record.settle(fate(said));
        EXPECT_EQ(sender.settled.at(0).kind, became);
        if (said == FateKind::Delivered) {
            EXPECT_EQ(sender.settled[0].reason, "hl7.required_field_missing");
            EXPECT_EQ(sender.settled[0].where, "PID-3");
            EXPECT_EQ(sender.settled[0].node, 4U);
        }
    }
}

TEST(RecordFate, IsThatOfAllParents) {
    Sender first;
    Sender second;
    {
        Record record{nullptr};
        record.share = first.open();
        record.more_shares.push_back(second.open());
        const RecordPtr copy = record.copy();
        record.settle(fate(FateKind::Delivered));
        EXPECT_TRUE(first.settled.empty() && second.settled.empty()) << "the copy has its shares";
        copy->settle(fate(FateKind::Filtered));
    }
    EXPECT_EQ(first.settled.at(0).kind, FateKind::Delivered);
    EXPECT_EQ(second.settled.at(0).kind, FateKind::Delivered);
}

TEST(RecordFate, ADestroyedRecordIsLostForAllParents) {
    Sender first;
    Sender second;
    {
        Record record{nullptr};
        record.share = first.open();
        record.more_shares.push_back(second.open());
    }
    EXPECT_EQ(first.settled.at(0).reason, "engine.lost");
    EXPECT_EQ(second.settled.at(0).reason, "engine.lost");
}

TEST(RecordFate, NoDeadLetterIsOwedOnlyWhenAllSendersKeepTheRecord) {
    Sender keeps{true};
    Sender forgets{false};
    Record record{nullptr};
    EXPECT_FALSE(record.senders_keep_failures()) << "nobody's";
    record.share = keeps.open();
    EXPECT_TRUE(record.senders_keep_failures());
    record.more_shares.push_back(forgets.open());
    EXPECT_FALSE(record.senders_keep_failures());
    record.more_shares.clear();
    record.share.make_optional();
    EXPECT_FALSE(record.senders_keep_failures()) << "the sender is not told of optional sinks";
    record.settle(fate(FateKind::Filtered));
}

}  // namespace
}  // namespace aorta::message
