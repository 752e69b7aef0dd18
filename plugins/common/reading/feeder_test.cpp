#include "common/reading/feeder.hpp"

#include "common/testing_host/fake_host.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace aorta::reading {
namespace {

using testing_host::FakeHost;

TEST(Feeder, SendsAFullBatchAtOnceAndTheRestOnFlush) {
    FakeHost host;
    Feeder feeder{host.host()};
    for (int i = 0; i < 70; ++i) {
        EXPECT_TRUE(feeder.add(std::to_string(i), {}));
    }
    EXPECT_EQ(host.pushed().size(), 64U);
    feeder.flush();
    ASSERT_EQ(host.pushed().size(), 70U);
    EXPECT_EQ(host.pushed()[69].payload, "69");
}

TEST(Feeder, TakesEmptyRecords) {
    FakeHost host;
    Feeder feeder{host.host()};
    EXPECT_TRUE(feeder.add("", {}));
    feeder.flush();
    EXPECT_EQ(host.pushed().size(), 1U);
}

TEST(Feeder, SendsWhatItHoldsAndWaitsForCredit) {
    FakeHost host;
    host.set_budget(10);
    Feeder feeder{host.host()};
    std::jthread reader{[&] {
        EXPECT_TRUE(feeder.add("12345678", {}));
        EXPECT_TRUE(feeder.add("abcdefgh", {}));
        feeder.flush();
    }};
    EXPECT_TRUE(host.wait_until([&] { return host.refusals() != 0; }));
    EXPECT_TRUE(host.wait_for_pushed(1));
    host.set_budget(10);
    feeder.on_credit();
    EXPECT_TRUE(host.wait_for_pushed(2));
}

TEST(Feeder, StopsWhileWaitingForCredit) {
    FakeHost host;
    host.set_budget(0);
    Feeder feeder{host.host()};
    std::jthread reader{[&] { EXPECT_FALSE(feeder.add("x", {})); }};
    EXPECT_TRUE(host.wait_until([&] { return host.refusals() != 0; }));
    feeder.stop();
    reader.join();
    EXPECT_TRUE(feeder.is_stopping());
    EXPECT_FALSE(feeder.wait(std::chrono::hours(1)));
    EXPECT_TRUE(host.pushed().empty());
}

}  // namespace
}  // namespace aorta::reading
