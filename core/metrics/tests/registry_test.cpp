#include "metrics/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace aorta::metrics {
namespace {

using testing::HasSubstr;

TEST(Registry, WritesHelpAndTypeOncePerFamily) {
    Registry registry;
    registry.counter("aorta_records_total", {{"fate", "delivered"}}, "Records.").add(3);
    registry.counter("aorta_records_total", {{"fate", "failed"}}, "Records.").add();
    registry.gauge("aorta_up", {}, "Whether it runs.", [] { return 1.0; });
    registry.counter_of(
        "aorta_beats_total", {{"node", "a"}, {"lane", "0"}}, "Beats.", [] { return 2.5; });
    EXPECT_EQ(registry.text(),
              "# HELP aorta_beats_total Beats.\n"
              "# TYPE aorta_beats_total counter\n"
              "aorta_beats_total{node=\"a\",lane=\"0\"} 2.5\n"
              "# HELP aorta_records_total Records.\n"
              "# TYPE aorta_records_total counter\n"
              "aorta_records_total{fate=\"delivered\"} 3\n"
              "aorta_records_total{fate=\"failed\"} 1\n"
              "# HELP aorta_up Whether it runs.\n"
              "# TYPE aorta_up gauge\n"
              "aorta_up 1\n");
}

TEST(Registry, IsEmptyTextWithoutMetrics) {
    EXPECT_EQ(Registry{}.text(), "");
}

TEST(Registry, GivesTheSameCounterForTheSameSeries) {
    Registry registry;
    Counter& first = registry.counter("aorta_x_total", {{"node", "a"}}, "X.");
    EXPECT_EQ(&first, &registry.counter("aorta_x_total", {{"node", "a"}}, "X."));
    EXPECT_NE(&first, &registry.counter("aorta_x_total", {{"node", "b"}}, "X."));
    EXPECT_NE(&first, &registry.counter("aorta_x_total", {}, "X."));
}

TEST(Registry, EscapesLabelValues) {
    Registry registry;
    registry.counter("aorta_x_total", {{"path", "a\\b \"c\"\nd"}}, "X.");
    EXPECT_THAT(registry.text(), HasSubstr("aorta_x_total{path=\"a\\\\b \\\"c\\\"\\nd\"} 0\n"));
}

TEST(Registry, WritesCountsBeyondWhatADoubleHolds) {
    Registry registry;
    registry.counter("aorta_x_total", {}, "X.").add(std::numeric_limits<std::uint64_t>::max());
    EXPECT_THAT(registry.text(), HasSubstr("aorta_x_total 18446744073709551615\n"));
}

TEST(Registry, ReadsAGaugeWheneverItIsShown) {
    Registry registry;
    double value = 1;
    registry.gauge("aorta_x", {}, "X.", [&] { return value; });
    value = 42;
    EXPECT_THAT(registry.text(), HasSubstr("aorta_x 42\n"));
}

TEST(Registry, ForgetsTheGaugesOfAnOwnerAndNoOthers) {
    Registry registry;
    const int mine = 0;
    const int other = 0;
    const auto one = [] { return 1.0; };
    registry.gauge("aorta_x", {{"node", "a"}}, "X.", one, &mine);
    registry.gauge("aorta_x", {{"node", "b"}}, "X.", one, &other);
    registry.counter_of("aorta_y_total", {}, "Y.", one, &mine);
    registry.counter("aorta_z_total", {}, "Z.");
    registry.forget(&mine);
    EXPECT_EQ(registry.text(),
              "# HELP aorta_x X.\n"
              "# TYPE aorta_x gauge\n"
              "aorta_x{node=\"b\"} 1\n"
              "# HELP aorta_z_total Z.\n"
              "# TYPE aorta_z_total counter\n"
              "aorta_z_total 0\n");
}

TEST(Registry, CountsWhatManyThreadsAddWhileItIsShown) {
    constexpr int kThreads = 4;
    constexpr int kAdds = 5'000;
    Registry registry;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&registry, i] {
                const Labels own{{"thread", std::to_string(i)}};
                for (int n = 0; n < kAdds; ++n) {
                    registry.counter("aorta_shared_total", {}, "Shared.").add();
                    registry.counter("aorta_own_total", own, "Own.").add(2);
                }
            });
        }
        threads.emplace_back([&registry] {
            const int owner = 0;
            for (int n = 0; n < 200; ++n) {
                registry.gauge(
                    "aorta_passing", {}, "Passing.", [] { return 1.0; }, &owner);
                EXPECT_THAT(registry.text(), HasSubstr("aorta_passing 1\n"));
                registry.forget(&owner);
            }
        });
    }
    const std::string text = registry.text();
    EXPECT_THAT(text, HasSubstr("aorta_shared_total 20000\n"));
    for (int i = 0; i < kThreads; ++i) {
        EXPECT_THAT(text,
                    HasSubstr("aorta_own_total{thread=\"" + std::to_string(i) + "\"} 10000\n"));
    }
}

}  // namespace
}  // namespace aorta::metrics
