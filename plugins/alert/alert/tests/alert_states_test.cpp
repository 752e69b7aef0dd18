#include "alert/alert/alert_states.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace aorta::plugins::alert {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr StateId kFirst{1, 0};
constexpr StateId kSecond{2, 0};
constexpr StateId kThird{3, 0};

/// One rule, whose story is told as observations.
class Story {
public:
    Story(seconds delay, seconds suppress, std::size_t max_states = 100)
        : states({Timing{delay, suppress}}, max_states) {}

    Step met(seconds now, StateId id = kFirst) { return states.observe(id, true, false, now); }

    Step over(seconds now, StateId id = kFirst) { return states.observe(id, false, true, now); }

    Step neither(seconds now) { return states.observe(kFirst, false, false, now); }

    AlertStates states;
};

TEST(AlertStates, RaisesOnceAndClears) {
    Story story{seconds{0}, seconds{0}};
    EXPECT_EQ(story.over(seconds{0}).change, Change::None);
    EXPECT_EQ(story.met(seconds{1}).change, Change::Raised);
    EXPECT_EQ(story.met(seconds{2}).change, Change::None);
    EXPECT_EQ(story.over(seconds{3}).change, Change::Cleared);
    EXPECT_EQ(story.over(seconds{4}).change, Change::None);
    EXPECT_EQ(story.met(seconds{5}).change, Change::Raised);
}

TEST(AlertStates, StaysActiveBetweenTheTwoConditions) {
    Story story{seconds{0}, seconds{0}};
    story.met(seconds{1});
    EXPECT_EQ(story.neither(seconds{2}).change, Change::None);
    EXPECT_EQ(story.met(seconds{3}).change, Change::None);
    EXPECT_EQ(story.states.observe(kFirst, true, true, seconds{4}).change, Change::None);
    EXPECT_EQ(story.over(seconds{5}).change, Change::Cleared);
}

TEST(AlertStates, RaisesByTimerWhenTheDelayIsOver) {
    Story story{seconds{10}, seconds{0}};
    EXPECT_TRUE(story.met(seconds{1}).needs_hold);
    story.states.hold(kFirst, 7);
    EXPECT_EQ(story.states.next_due(), seconds{11});
    EXPECT_THAT(story.states.take_due(seconds{10}), IsEmpty());

    const auto due = story.states.take_due(seconds{11});
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].id, kFirst);
    EXPECT_EQ(due[0].record, 7U);
    EXPECT_THAT(story.states.take_released(), ElementsAre(7U));
    EXPECT_EQ(story.states.next_due(), std::nullopt);
    EXPECT_EQ(story.over(seconds{12}).change, Change::Cleared);
}

TEST(AlertStates, RaisesByARecordThatComesBeforeTheTimer) {
    Story story{seconds{10}, seconds{0}};
    story.met(seconds{1});
    story.states.hold(kFirst, 7);
    EXPECT_EQ(story.met(seconds{5}).change, Change::None);
    EXPECT_EQ(story.met(seconds{11}).change, Change::Raised);
    EXPECT_THAT(story.states.take_released(), ElementsAre(7U));
    EXPECT_THAT(story.states.take_due(seconds{20}), IsEmpty());
}

TEST(AlertStates, ForgetsAConditionThatIsOverBeforeTheDelay) {
    Story story{seconds{10}, seconds{60}};
    story.met(seconds{1});
    story.states.hold(kFirst, 7);
    EXPECT_EQ(story.neither(seconds{2}).change, Change::None);
    EXPECT_EQ(story.over(seconds{3}).change, Change::None);
    EXPECT_THAT(story.states.take_released(), ElementsAre(7U));
    EXPECT_THAT(story.states.take_due(seconds{20}), IsEmpty());
    EXPECT_EQ(story.states.size(), 0U);
}

TEST(AlertStates, KeepsBackARepeatedAlert) {
    Story story{seconds{0}, seconds{60}};
    EXPECT_EQ(story.met(seconds{0}).change, Change::Raised);
    EXPECT_EQ(story.over(seconds{10}).change, Change::Cleared);

    const Step again = story.met(seconds{20});
    EXPECT_EQ(again.change, Change::None);
    EXPECT_FALSE(again.needs_hold);
    EXPECT_EQ(story.over(seconds{30}).change, Change::None) << "never raised, so not cleared";

    EXPECT_EQ(story.met(seconds{40}).change, Change::None);
    EXPECT_EQ(story.met(seconds{59}).change, Change::None);
    EXPECT_EQ(story.met(seconds{60}).change, Change::Raised) << "still there when suppress ends";
    EXPECT_EQ(story.over(seconds{61}).change, Change::Cleared);
    EXPECT_EQ(story.met(seconds{121}).change, Change::Raised) << "suppress is over";
}

TEST(AlertStates, KeepsKeysAndRulesApart) {
    AlertStates states{{Timing{}, Timing{seconds{5}, seconds{0}}}, 10};
    EXPECT_EQ(states.observe({1, 0}, true, false, seconds{0}).change, Change::Raised);
    EXPECT_EQ(states.observe({2, 0}, true, false, seconds{0}).change, Change::Raised);
    EXPECT_TRUE(states.observe({1, 1}, true, false, seconds{0}).needs_hold);
    EXPECT_EQ(states.observe({2, 0}, false, true, seconds{1}).change, Change::Cleared);
    EXPECT_EQ(states.size(), 2U);
}

TEST(AlertStates, RemembersOnlyWhatIsNotPlainlyInactive) {
    Story story{seconds{0}, seconds{60}};
    story.over(seconds{0});
    EXPECT_EQ(story.states.size(), 0U);
    story.met(seconds{0});
    story.over(seconds{1});
    EXPECT_EQ(story.states.size(), 1U);
    story.over(seconds{60}, kSecond);
    EXPECT_EQ(story.states.size(), 0U) << "suppress is over";
}

TEST(AlertStates, GivesUpTheOldestInactiveStateFirst) {
    Story story{seconds{0}, seconds{600}, 2};
    story.met(seconds{0}, kFirst);
    story.met(seconds{1}, kSecond);
    story.over(seconds{2}, kSecond);
    EXPECT_EQ(story.met(seconds{3}, kThird).change, Change::Raised);
    EXPECT_EQ(story.states.evicted(), 1U);
    EXPECT_EQ(story.over(seconds{4}, kFirst).change, Change::Cleared) << "the active one was kept";

    story.met(seconds{5}, kSecond);
    story.met(seconds{6}, kFirst);
    EXPECT_EQ(story.states.size(), 2U);
    EXPECT_EQ(story.states.evicted(), 3U);
}

TEST(AlertStates, RaisesAtOnceWhenEveryStateIsPending) {
    Story story{seconds{10}, seconds{0}, 1};
    EXPECT_TRUE(story.met(seconds{0}, kFirst).needs_hold);
    story.states.hold(kFirst, 7);
    EXPECT_EQ(story.met(seconds{1}, kSecond).change, Change::Raised);
    EXPECT_EQ(story.states.evicted(), 1U);
    EXPECT_EQ(story.states.take_due(seconds{10}).size(), 1U) << "the pending one is not lost";
}

/// As a restart does.
void carry_over(const Story& from, Story& to) {
    for (const AlertStates::Entry& entry : from.states.entries()) {
        to.states.restore(entry);
    }
}

TEST(AlertStates, GoOnInAnotherObject) {
    Story then{seconds{0}, seconds{60}};
    then.met(seconds{1});
    then.met(seconds{2}, kSecond);
    then.over(seconds{3}, kSecond);
    Story now{seconds{0}, seconds{60}};
    carry_over(then, now);
    EXPECT_EQ(now.met(seconds{10}).change, Change::None) << "active";
    EXPECT_EQ(now.over(seconds{11}).change, Change::Cleared);
    EXPECT_EQ(now.met(seconds{12}, kSecond).change, Change::None) << "kept back";
    EXPECT_EQ(now.met(seconds{62}, kSecond).change, Change::Raised);
}

TEST(AlertStates, RaiseWithoutARecordWhatWasPendingInAnotherObject) {
    Story then{seconds{10}, seconds{60}};
    then.met(seconds{1});
    then.states.hold(kFirst, 7);
    Story now{seconds{10}, seconds{60}};
    carry_over(then, now);
    EXPECT_EQ(now.states.next_due(), seconds{11});
    const auto due = now.states.take_due(seconds{50});
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].record, kGone);
    EXPECT_EQ(now.over(seconds{51}).change, Change::Cleared);
    EXPECT_FALSE(now.met(seconds{52}).needs_hold) << "kept back, longer than the delay";
    EXPECT_EQ(now.met(seconds{70}).change, Change::None);
    EXPECT_EQ(now.met(seconds{71}).change, Change::Raised) << "from when it was due";
}

}  // namespace
}  // namespace aorta::plugins::alert
