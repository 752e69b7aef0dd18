#include "message/budget.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace aorta::message {
namespace {

TEST(Budget, GrantsWhatFitsAndRefusesTheRest) {
    Budget budget{100};
    EXPECT_TRUE(budget.try_charge(60));
    EXPECT_TRUE(budget.try_charge(40));
    EXPECT_FALSE(budget.try_charge(1));
    EXPECT_TRUE(budget.is_refusing());
    EXPECT_EQ(budget.used(), 100U);
    budget.release(60);
    EXPECT_TRUE(budget.try_charge(60));
}

TEST(Budget, GrantsOneChargeBeyondItWhenEmpty) {
    Budget budget{100};
    EXPECT_TRUE(budget.try_charge(1000));
    EXPECT_FALSE(budget.try_charge(1)) << "not while the large one is there";
    budget.release(1000);
    EXPECT_TRUE(budget.try_charge(1000));
}

TEST(Budget, LetsProcessorsOverdrawAndSourcesWait) {
    Budget budget{100};
    ASSERT_TRUE(budget.try_charge(50));
    budget.charge(200);
    EXPECT_EQ(budget.used(), 250U);
    EXPECT_FALSE(budget.try_charge(1));
    budget.release(200);
    EXPECT_TRUE(budget.try_charge(1));
}

TEST(Budget, GivesCreditExactlyWhenThereIsRoom) {
    struct Case {
        const char* what;
        std::uint64_t held;
        std::uint64_t refused;
        std::vector<std::uint64_t> releases;
        std::vector<int> credits;  // after each release
    };

    const Case cases[] = {
        {"not before half is free", 100, 10, {40, 9, 1, 50}, {0, 0, 1, 1}},
        {"not before the refused charge fits", 100, 80, {50, 29, 1, 20}, {0, 0, 1, 1}},
        {"a charge beyond the limit waits for all", 100, 500, {50, 49, 1}, {0, 0, 1}},
        {"after an overdraft", 300, 10, {200, 50, 50}, {0, 1, 1}},
    };
    for (const Case& one : cases) {
        Budget budget{100};
        int credits = 0;
        budget.on_credit([&] { ++credits; });
        budget.charge(one.held);
        ASSERT_FALSE(budget.try_charge(one.refused)) << one.what;
        EXPECT_EQ(credits, 0) << one.what;
        for (std::size_t i = 0; i < one.releases.size(); ++i) {
            budget.release(one.releases[i]);
            EXPECT_EQ(credits, one.credits[i]) << one.what << ", release " << i;
        }
    }
}

TEST(Budget, GivesNoCreditThatNobodyAskedFor) {
    Budget budget{100};
    int credits = 0;
    budget.on_credit([&] { ++credits; });
    ASSERT_TRUE(budget.try_charge(100));
    budget.release(100);
    EXPECT_EQ(credits, 0);
}

TEST(Budget, WaitsForTheSmallestOfSeveralRefusedCharges) {
    Budget budget{100};
    int credits = 0;
    budget.on_credit([&] { ++credits; });
    budget.charge(100);
    ASSERT_FALSE(budget.try_charge(90));
    ASSERT_FALSE(budget.try_charge(10));
    ASSERT_FALSE(budget.try_charge(70));
    budget.release(50);
    EXPECT_EQ(credits, 1);
}

TEST(Budget, AskingAgainInTheCallbackDoesNotGoRound) {
    Budget budget{100};
    int asked = 0;
    bool granted = false;
    budget.on_credit([&] {
        ++asked;
        granted = budget.try_charge(80);
    });
    budget.charge(40);
    EXPECT_FALSE(budget.try_charge(80)) << "half is free, but it does not fit";
    EXPECT_EQ(asked, 0);
    budget.release(20);
    EXPECT_EQ(asked, 1);
    EXPECT_TRUE(granted);
}

TEST(Budget, NeverLosesACredit) {
    Budget budget{1000};
    std::mutex mutex;
    std::condition_variable credit;
    std::uint64_t credits = 0;
    budget.on_credit([&] {
        {
            const std::scoped_lock lock(mutex);
            ++credits;
        }
        credit.notify_all();
    });
    std::atomic<std::uint64_t> granted{0};
    {
        std::vector<std::jthread> threads;
        for (std::uint64_t t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (std::uint64_t i = 0; i < 3000; ++i) {
                    const std::uint64_t bytes = 1 + (i * 37 + t * 101) % 900;
                    std::uint64_t seen = 0;
                    {
                        const std::scoped_lock lock(mutex);
                        seen = credits;
                    }
                    while (!budget.try_charge(bytes)) {
                        std::unique_lock lock(mutex);
                        credit.wait(lock, [&] { return credits != seen; });
                        seen = credits;
                    }
                    budget.charge(50);
                    ++granted;
                    budget.release(bytes + 50);
                }
            });
        }
    }
    EXPECT_EQ(granted.load(), 12'000U);
    EXPECT_EQ(budget.used(), 0U);
}

}  // namespace
}  // namespace aorta::message
