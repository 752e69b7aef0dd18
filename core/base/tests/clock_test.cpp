#include "base/clock.hpp"

#include "base/busy_count.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace aorta::base {
namespace {

using namespace std::chrono_literals;

TEST(Rfc3339, ShowsUtcWithNanoseconds) {
    const std::pair<std::int64_t, const char*> cases[] = {
        {0, "1970-01-01T00:00:00.000000000Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
        {1'774'747'800'000'000'000, "2026-03-29T01:30:00.000000000Z"},
        {951'782'400'000'000'001, "2000-02-29T00:00:00.000000001Z"},
        {253'402'300'799'000'000, "1978-01-11T21:31:40.799000000Z"},
    };
    for (const auto& [ns, text] : cases) {
        EXPECT_EQ(to_rfc3339(Nanoseconds{ns}), text);
    }
}

TEST(VirtualClock, StandsStillUntilItIsMoved) {
    VirtualClock clock{100s};
    EXPECT_EQ(clock.now(), 100s);
    EXPECT_EQ(clock.steady(), 0s);

    clock.advance(5s);

    EXPECT_EQ(clock.now(), 105s);
    EXPECT_EQ(clock.steady(), 5s);
}

TEST(SystemClock, DoesNotGoBack) {
    const SystemClock clock;
    const Nanoseconds first = clock.steady();
    EXPECT_GE(clock.steady(), first);
    EXPECT_GT(clock.now(), 1'700'000'000s);
}

TEST(BusyCount, IsZeroAtOnceWhenNothingIsCounted) {
    BusyCount count;
    EXPECT_TRUE(count.wait_zero(0s));
    count.up();
    EXPECT_EQ(count.value(), 1);
    EXPECT_FALSE(count.wait_zero(0s));
    count.down();
    EXPECT_TRUE(count.wait_zero(0s));
}

TEST(BusyCount, WakesWhoeverWaitsWhenTheLastIsDone) {
    for (int round = 0; round < 200; ++round) {
        BusyCount count;
        for (int i = 0; i < 8; ++i) {
            count.up();
        }
        std::jthread one([&] {
            for (int i = 0; i < 4; ++i) {
                count.down();
            }
        });
        std::jthread other([&] {
            for (int i = 0; i < 4; ++i) {
                count.down();
            }
        });
        ASSERT_TRUE(count.wait_zero(60s));
        one.join();
        other.join();
    }
}

}  // namespace
}  // namespace aorta::base
