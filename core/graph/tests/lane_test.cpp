#include "graph/lane.hpp"

#include "graph/tests/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <numeric>

namespace aorta::graph {
namespace {

using namespace std::chrono_literals;
using message::Batch;
using testing::Each;
using testing::ElementsAre;
using testing::Le;

TEST(Lane, TakesWhatWaitsUpToItsLimits) {
    struct Case {
        const char* what;
        std::size_t records;
        std::size_t bytes;  // of each
        std::vector<std::size_t> batches;
    };

    const Case cases[] = {
        {"what waits", 5, 10, {5}},
        {"64 records", 64, 10, {64}},
        {"not more than 64", 100, 10, {64, 36}},
        {"256 under backlog", 600, 10, {256, 256, 64, 24}},
        {"64 KiB", 10, 16 * 1024, {4, 4, 2}},
        {"one larger than 64 KiB alone", 3, 100 * 1024, {1, 1, 1}},
        {"64 KiB under backlog, too", 260, 1024, {64, 64, 64, 64, 4}},
    };
    for (const Case& one : cases) {
        test::Rig rig;
        test::CatchLane lane{rig.runner, rig.active};
        Batch batch;
        for (std::size_t i = 0; i < one.records; ++i) {
            batch.push_back(test::make_record(std::string(one.bytes, 'x')));
            batch.back()->position = i;
        }
        lane.offer(batch, rig.runner);
        EXPECT_TRUE(batch.empty());
        EXPECT_EQ(lane.waiting(), one.records);
        rig.runner.run();
        EXPECT_EQ(lane.batches, one.batches) << one.what;
        for (std::size_t i = 0; i < one.records; ++i) {
            ASSERT_EQ(lane.got[i]->position, i) << one.what;
        }
        EXPECT_EQ(lane.waiting(), 0U);
        EXPECT_EQ(rig.active.value(), 0) << one.what;
    }
}

TEST(Lane, IsPostedOnceHoweverMuchIsOffered) {
    class CountingRunner final : public Runner {
    public:
        void post(Lane&) override { ++posts; }

        int posts = 0;
    };

    test::Rig rig;
    CountingRunner runner;
    test::CatchLane lane{runner, rig.active};
    for (int i = 0; i < 10; ++i) {
        lane.offer(test::make_record("x"), runner);
    }
    lane.wake();
    EXPECT_EQ(runner.posts, 1);
    EXPECT_EQ(rig.active.value(), 1);
    EXPECT_FALSE(lane.run(runner));
    EXPECT_EQ(rig.active.value(), 0);
    lane.wake();
    EXPECT_EQ(runner.posts, 2);
    EXPECT_FALSE(lane.run(runner));
    EXPECT_THAT(lane.batches, ElementsAre(10U, 0U)) << "a wake runs it even when nothing waits";
}

TEST(Lane, AWakeDuringTheRunRunsItAgain) {
    class WakesItself final : public Lane {
    public:
        using Lane::Lane;
        int runs = 0;

    protected:
        void work(Batch& batch, Runner&) override {
            batch.clear();
            if (++runs < 3) {
                wake();
            }
        }
    };

    test::Rig rig;
    WakesItself lane{"self", Lane::Thread::Shared, rig.runner, rig.active};
    lane.wake();
    rig.runner.run();
    EXPECT_EQ(lane.runs, 3);
    EXPECT_EQ(rig.active.value(), 0);
}

/// Checks that it is never entered twice, and keeps the order in which records came.
class GuardedLane final : public Lane {
public:
    GuardedLane(Runner& home, base::BusyCount& active, Lane* next)
        : Lane("guarded", Thread::Shared, home, active), next_(next) {}

    std::map<std::uint64_t, std::vector<std::uint64_t>> by_producer;
    int clashes = 0;

protected:
    void work(Batch& batch, Runner& runner) override {
        if (inside_.exchange(true)) {
            ++clashes;
        }
        for (message::RecordPtr& record : batch) {
            by_producer[record->connection].push_back(record->position);
            if (next_ != nullptr) {
                next_->offer(std::move(record), runner);
            }
        }
        batch.clear();
        inside_.store(false);
    }

private:
    Lane* const next_;
    std::atomic<bool> inside_{false};
};

TEST(Lane, IsNeverEnteredTwiceAndKeepsEachProducersOrder) {
    constexpr std::uint64_t kEach = 5000;
    test::Rig rig;
    {
        test::ThreadsRunner runner{4};
        GuardedLane last{runner, rig.active, nullptr};
        GuardedLane middle{runner, rig.active, &last};
        GuardedLane first{runner, rig.active, &middle};
        {
            std::vector<std::jthread> producers;
            for (std::uint64_t p = 0; p < 4; ++p) {
                producers.emplace_back([&, p] {
                    for (std::uint64_t i = 0; i < kEach; ++i) {
                        auto record = std::make_unique<message::Record>(nullptr);
                        record->connection = p;
                        record->position = i;
                        if (i % 7 == 0 && rig.active.value() == 0) {
                            InlineRunner here{runner};
                            first.offer(std::move(record), here);
                            here.run();
                        } else {
                            first.offer(std::move(record), runner);
                        }
                        if (i % 100 == 0) {
                            last.wake();
                        }
                    }
                });
            }
        }
        ASSERT_TRUE(rig.active.wait_zero(120s));
        runner.join();
        std::vector<std::uint64_t> expected(kEach);
        std::iota(expected.begin(), expected.end(), 0U);
        for (GuardedLane* lane : {&first, &middle, &last}) {
            EXPECT_EQ(lane->clashes, 0);
            ASSERT_EQ(lane->by_producer.size(), 4U);
            for (const auto& [producer, positions] : lane->by_producer) {
                EXPECT_EQ(positions, expected) << "of producer " << producer;
            }
        }
    }
}

TEST(InlineRunner, RunsWhatAFewRecordsNeedAndSendsABacklogHome) {
    test::Rig rig;
    test::CatchLane lane{rig.runner, rig.active};
    InlineRunner here{rig.runner};
    Batch batch;
    for (int i = 0; i < 1000; ++i) {
        batch.push_back(test::make_record("x"));
    }
    lane.offer(batch, here);
    here.run();
    EXPECT_THAT(lane.batches, ElementsAre(256U, 256U, 256U, 64U)) << "four batches here";
    rig.runner.run();
    EXPECT_EQ(lane.got.size(), 1000U) << "the rest at home";
    EXPECT_EQ(rig.active.value(), 0);
}

TEST(InlineRunner, LeavesLanesWithAThreadOfTheirOwnAlone) {
    class OwnLane final : public Lane {
    public:
        using Lane::Lane;
        int runs = 0;

    protected:
        void work(Batch& batch, Runner&) override {
            batch.clear();
            ++runs;
        }
    };

    test::Rig rig;
    OwnLane lane{"own", Lane::Thread::Own, rig.runner, rig.active};
    InlineRunner here{rig.runner};
    lane.offer(test::make_record("x"), here);
    here.run();
    EXPECT_EQ(lane.runs, 0);
    rig.runner.run();
    EXPECT_EQ(lane.runs, 1);
}

TEST(Timers, WakeEachLaneWhenItsTimeHasCome) {
    test::Rig rig;
    test::CatchLane one{rig.runner, rig.active};
    test::CatchLane two{rig.runner, rig.active};
    const base::Nanoseconds start = rig.clock.steady();
    EXPECT_EQ(rig.timers.next(), base::Nanoseconds::max());
    rig.timers.set(start + 3s, one);
    rig.timers.set(start + 1s, two);
    rig.timers.set(start + 1s, two);
    EXPECT_EQ(rig.timers.next(), start + 1s);

    const auto runs_at = [&](base::Nanoseconds time) {
        rig.clock.advance(start + time - rig.clock.steady());
        rig.timers.run_due();
        rig.runner.run();
        return std::pair{one.batches.size(), two.batches.size()};
    };
    EXPECT_EQ(runs_at(999ms), (std::pair<std::size_t, std::size_t>{0, 0}));
    EXPECT_EQ(runs_at(1s), (std::pair<std::size_t, std::size_t>{0, 1}));
    EXPECT_EQ(runs_at(2s), (std::pair<std::size_t, std::size_t>{0, 1}));
    EXPECT_EQ(runs_at(3s), (std::pair<std::size_t, std::size_t>{1, 1}));
    EXPECT_EQ(rig.timers.next(), base::Nanoseconds::max());
}

TEST(Timers, TheThreadWakesLanesAndNoneAfterStop) {
    class TellingLane final : public Lane {
    public:
        using Lane::Lane;
        std::promise<void> ran;

    protected:
        void work(Batch&, Runner&) override { ran.set_value(); }
    };

    const base::SystemClock clock;
    base::BusyCount active;
    test::ThreadsRunner runner{1};
    TellingLane lane{"telling", Lane::Thread::Shared, runner, active};
    Timers timers{clock};
    timers.start();
    timers.set(clock.steady() + 24h, lane);
    timers.set(base::Nanoseconds::max() - 1s, lane);
    timers.set(clock.steady() + 1ms, lane);
    lane.ran.get_future().wait();
    timers.stop();
    timers.set(clock.steady(), lane);
    EXPECT_TRUE(active.wait_zero(60s)) << "a second run would break the promise";
    runner.join();
}

}  // namespace
}  // namespace aorta::graph
