// Dead letters are sent again, and purged.
#include "delivery/letter_replays.hpp"

#include "core/delivery/tests/letters_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::delivery {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using message::FateKind;
using test::KeptLetters;
using test::Sender;

TEST_F(KeptLetters, AreTakenWhenAskedForTheOldestFirst) {
    keep(keys_of('k'));
    LetterReplays replays{file(), keys_of('k'), clock_};
    EXPECT_TRUE(replays.take(10, 1000)->empty());
    EXPECT_EQ(*ask_replay(file(), {.node = "b"}, "store"), 1U);
    EXPECT_EQ(*ask_replay(file(), {.numbers = {1}}, ""), 1U);

    const auto taken = replays.take(10, 1000);

    ASSERT_TRUE(taken.ok());
    ASSERT_EQ(taken->size(), 2U);
    EXPECT_EQ((*taken)[0].number, 1);
    EXPECT_EQ((*taken)[0].target, "");
    EXPECT_EQ((*taken)[0].payload, kCanary);
    EXPECT_EQ((*taken)[1].number, 2);
    EXPECT_EQ((*taken)[1].target, "store");
    EXPECT_EQ(state_of(1), "replaying");
    EXPECT_EQ(state_of(3), "kept");
    EXPECT_TRUE(replays.take(10, 1000)->empty()) << "each once";
    EXPECT_EQ(*ask_replay(file(), {}, ""), 1U) << "but not those on their way";
    EXPECT_EQ(*purge_letters(file(), {}), 1U);
}

TEST_F(KeptLetters, AreTakenInGroups) {
    keep({});
    ASSERT_TRUE(ask_replay(file(), {}, "").ok());
    LetterReplays replays{file(), {}, clock_};
    EXPECT_EQ(replays.take(2, 1000)->size(), 2U);
    EXPECT_EQ(replays.take(10, 1)->size(), 1U) << "one at least";
    EXPECT_TRUE(replays.take(10, 1)->empty());
}

TEST_F(KeptLetters, EndAsTheirReplayEnds) {
    keep({});
    ASSERT_TRUE(ask_replay(file(), {}, "x").ok());
    LetterReplays replays{file(), {}, clock_};
    ASSERT_EQ(replays.take(10, 1000)->size(), 3U);
    clock_.advance(5s);
    ASSERT_TRUE(replays.finish(1, fate(FateKind::Delivered), "out").ok());
    ASSERT_TRUE(replays.finish(2, fate(FateKind::Failed, "peer.refused"), "out").ok());
    ASSERT_TRUE(replays.finish(3, fate(FateKind::Failed, "shutdown"), "out").ok());

    EXPECT_EQ(state_of(1), "gone");
    EXPECT_THAT(describe_letter(file(), 1).error().message,
                testing::HasSubstr("it was sent again and delivered"));
    const auto failed = describe_letter(file(), 2);
    ASSERT_TRUE(failed.ok());
    EXPECT_EQ(failed->state, "kept");
    EXPECT_EQ(failed->target, "");
    EXPECT_EQ(failed->attempts, 2U);
    ASSERT_EQ(failed->history.size(), 2U);
    EXPECT_EQ(failed->history[0].node, "b");
    EXPECT_EQ(failed->history[1].node, "out");
    EXPECT_EQ(failed->history[1].reason, "peer.refused");
    EXPECT_EQ(failed->history[1].time_ns, 1'700'000'005'000'000'000);
    EXPECT_EQ(state_of(3), "replay_asked") << "the next run goes on with it";
}

TEST_F(KeptLetters, StayOneLetterWhenTheyFailAgain) {
    keep({});
    ASSERT_TRUE(ask_replay(file(), {.numbers = {1}}, "").ok());
    LetterReplays replays{file(), {}, clock_};
    ASSERT_EQ(replays.take(10, 1000)->size(), 1U);
    clock_.advance(5s);
    {
        next_id_ = 0xcd;
        Sender sender;
        SqliteDeadLetters letters{file(), "lab", services(), 24h};
        letters.store(letter(sender, "later", "hl7.worse", "changed"));
        ASSERT_TRUE(sender.ledger.wait_settled(60s));
    }
    ASSERT_TRUE(replays.finish(1, fate(FateKind::DeadLettered, "hl7.worse"), "later").ok());

    EXPECT_EQ(list_letters(file(), {})->size(), 3U);
    const auto letter = read_letter(file(), 1, {});
    ASSERT_TRUE(letter.ok());
    EXPECT_EQ(letter->state, "kept");
    EXPECT_EQ(letter->last.node, "later");
    EXPECT_EQ(letter->payload, "changed");
    EXPECT_EQ(letter->attempts, 2U);
    EXPECT_EQ(letter->history.size(), 2U);
    EXPECT_EQ(letter->last.time_ns - letter->first_time_ns, 5'000'000'000);
}

TEST_F(KeptLetters, ThatACrashLeftHalfSentAreAskedForAgain) {
    keep({});
    ASSERT_TRUE(ask_replay(file(), {.numbers = {2}}, "x").ok());
    { ASSERT_EQ((LetterReplays{file(), {}, clock_}.take(10, 1000)->size()), 1U); }
    EXPECT_EQ(state_of(2), "replaying");
    LetterReplays after{file(), {}, clock_};
    const auto taken = after.take(10, 1000);
    ASSERT_EQ(taken->size(), 1U);
    EXPECT_EQ(taken->front().target, "x");
}

TEST_F(KeptLetters, WithoutTheirKeyAreNotSentAgain) {
    keep(keys_of('k'));
    ASSERT_TRUE(ask_replay(file(), {.numbers = {2}}, "").ok());
    LetterReplays replays{file(), keys_of('x'), clock_};
    EXPECT_TRUE(replays.take(10, 1000)->empty());
    const auto letter = describe_letter(file(), 2);
    EXPECT_EQ(letter->state, "kept");
    EXPECT_EQ(letter->history.back().reason, "replay.sealed");
}

TEST_F(KeptLetters, ArePurgedByFilterForGood) {
    keep({});
    EXPECT_EQ(*purge_letters(file(), {.node = "nobody"}), 0U);
    EXPECT_EQ(*purge_letters(file(), {.node = "a"}), 1U);
    EXPECT_EQ(state_of(1), "gone");
    EXPECT_EQ(*purge_letters(file(), {}), 2U);
    EXPECT_EQ(bytes_on_disk().find("canary"), std::string::npos) << "not even in free pages";
}

TEST_F(KeptLetters, WithoutAFileThereIsNothingToDo) {
    LetterReplays replays{file(), {}, clock_};
    EXPECT_TRUE(replays.take(10, 1000)->empty());
    EXPECT_FALSE(fs::exists(file()));
    EXPECT_EQ(ask_replay(file(), {}, "").error().code, ErrorCode::NotFound);
    EXPECT_EQ(purge_letters(file(), {}).error().code, ErrorCode::NotFound);
    EXPECT_FALSE(fs::exists(file()));
}

}  // namespace
}  // namespace aorta::delivery
