#include "source/generate/generate_source.hpp"

#include "common/testing_host/fake_host.hpp"
#include "source/generate/start_time.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::generate {
namespace {

using testing_host::FakeHost;

std::vector<testing_host::Pushed> run_to_end(FakeHost& host, const Settings& settings) {
    GenerateSource source{settings, host.host()};
    EXPECT_TRUE(source.start().ok());
    EXPECT_TRUE(host.wait_until([&] { return host.is_finished(); }));
    source.stop();
    return host.pushed();
}

TEST(GenerateSource, MakesTheSameMessagesAgainAndFinishes) {
    FakeHost one;
    FakeHost two;
    const Settings settings{.traffic = {.seed = 3}, .count = 150};
    const auto first = run_to_end(one, settings);
    const auto second = run_to_end(two, settings);
    ASSERT_EQ(first.size(), 150U);
    ASSERT_EQ(second.size(), 150U);
    for (std::size_t i = 0; i < first.size(); ++i) {
        EXPECT_EQ(first[i].payload, second[i].payload);
        EXPECT_EQ(first[i].position, i);
        EXPECT_EQ(first[i].content_type, "bytes");
    }
    EXPECT_EQ(first[1].event_time_ns - first[0].event_time_ns, 1'000'000'000);
}

TEST(GenerateSource, KeepsToItsRate) {
    FakeHost host;
    GenerateSource source{{.rate_per_second = 10}, host.host()};
    ASSERT_TRUE(source.start().ok());
    EXPECT_TRUE(host.wait_for_pushed(1));
    host.advance(std::chrono::milliseconds(250));
    EXPECT_TRUE(host.wait_for_pushed(3));
    source.stop();
    EXPECT_EQ(host.pushed().size(), 3U);
    EXPECT_FALSE(host.is_finished());
}

TEST(GenerateSource, StopsWhenEndless) {
    FakeHost host;
    GenerateSource source{{}, host.host()};
    ASSERT_TRUE(source.start().ok());
    EXPECT_TRUE(host.wait_for_pushed(64));
    source.stop();
    EXPECT_FALSE(host.is_finished());
}

TEST(GenerateSource, UsesTheWallClockWhenAsked) {
    FakeHost host;
    host.set_now(Nanoseconds{1774747799'000000000});
    const auto pushed = run_to_end(host, {.count = 1, .uses_wall_clock = true});
    EXPECT_NE(pushed[0].payload.find("|20260329012959+0000|"), std::string::npos);
}

TEST(StartTime, IsCheckedToTheLastDigit) {
    EXPECT_EQ(*parse_start_time("1970-01-01T00:00:01Z"), 1'000'000'000);
    EXPECT_EQ(*parse_start_time("2026-03-29T01:29:59Z"), 1774747799'000000000);
    for (const char* bad : {"",
                            "2026-01-01",
                            "2026-02-30T00:00:00Z",
                            "2026-01-01T24:00:00Z",
                            "2026-01-01T00:00:00+",
                            "1969-12-31T23:59:59Z",
                            "2201-01-01T00:00:00Z",
                            "x026-01-01T00:00:00Z"}) {
        EXPECT_FALSE(parse_start_time(bad).ok()) << bad;
    }
}

}  // namespace
}  // namespace aorta::plugins::generate
