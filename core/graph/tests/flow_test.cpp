// The flow on oneTBB: all records arrive once, in order, on two CPUs and on one.
#include "graph/flow.hpp"

#include "graph/tests/rig.hpp"

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <numeric>

namespace aorta::graph {
namespace {

using namespace std::chrono_literals;
using message::Batch;

/// Hands on to the next lane; the last one keeps the positions by connection.
class Hop final : public Lane {
public:
    Hop(std::string name, Thread thread, Flow& flow)
        : Lane(std::move(name),
               thread,
               flow,
               thread == Thread::Own ? flow.blocking() : flow.shared()) {}

    Lane* next = nullptr;
    std::map<std::uint64_t, std::vector<std::uint64_t>> arrived;

protected:
    void work(Batch& batch, Runner& runner) override {
        if (next != nullptr) {
            next->offer(batch, runner);
            return;
        }
        for (const message::RecordPtr& record : batch) {
            arrived[record->connection].push_back(record->position);
        }
        batch.clear();
    }
};

message::RecordPtr numbered(std::uint64_t connection, std::uint64_t position) {
    auto record = std::make_unique<message::Record>(nullptr);
    record->connection = connection;
    record->position = position;
    return record;
}

void push_all(Lane& into, Flow& flow, std::uint64_t producers, std::uint64_t each) {
    std::vector<std::jthread> threads;
    for (std::uint64_t p = 0; p < producers; ++p) {
        threads.emplace_back([&, p] {
            for (std::uint64_t i = 0; i < each; ++i) {
                // As a source does: a lone record runs here when nothing else does.
                if (flow.shared().value() == 0) {
                    InlineRunner here{flow};
                    into.offer(numbered(p, i), here);
                    here.run();
                } else {
                    into.offer(numbered(p, i), flow);
                }
            }
        });
    }
}

TEST(Flow, BringsAllRecordsOnceAndInOrder) {
    constexpr std::uint64_t kProducers = 8;
    constexpr std::uint64_t kEach = 10'000;
    using T = Lane::Thread;
    for (const std::vector<T>& kinds : {std::vector{T::Shared},
                                        std::vector{T::Shared, T::Shared, T::Shared},
                                        std::vector{T::Shared, T::Own, T::Shared, T::Own}}) {
        Flow flow{2};
        std::vector<std::unique_ptr<Hop>> hops;
        for (const T kind : kinds) {
            hops.push_back(std::make_unique<Hop>("hop", kind, flow));
            flow.add(*hops.back());
            if (hops.size() > 1) {
                hops[hops.size() - 2]->next = hops.back().get();
            }
        }
        flow.start();
        push_all(*hops.front(), flow, kProducers, kEach);
        // Each stop of a lane that hands on starts the next, so count in the order of the way.
        for (int round = 0; round < static_cast<int>(kinds.size()); ++round) {
            ASSERT_TRUE(flow.shared().wait_zero(120s));
            ASSERT_TRUE(flow.blocking().wait_zero(120s));
        }
        ASSERT_TRUE(flow.stop(120s));
        std::vector<std::uint64_t> expected(kEach);
        std::iota(expected.begin(), expected.end(), 0U);
        const auto& arrived = hops.back()->arrived;
        ASSERT_EQ(arrived.size(), kProducers);
        for (const auto& [connection, positions] : arrived) {
            EXPECT_EQ(positions, expected) << "of connection " << connection;
        }
    }
}

TEST(Flow, StopsWhetherItRanOrNot) {
    {
        Flow never_started{2};
        Hop lane{"hop", Lane::Thread::Shared, never_started};
        never_started.add(lane);
    }
    {
        Flow twice{1};
        Hop shared{"shared", Lane::Thread::Shared, twice};
        Hop own{"own", Lane::Thread::Own, twice};
        twice.add(shared);
        twice.add(own);
        twice.start();
        EXPECT_TRUE(twice.stop(60s));
        EXPECT_TRUE(twice.stop(0s));
    }
}

TEST(Flow, SaysWhenALaneDoesNotComeBack) {
    class Stuck final : public Lane {
    public:
        Stuck(Flow& flow) : Lane("stuck", Thread::Own, flow, flow.blocking()) {}

        std::promise<void> release;
        std::promise<void> inside;

    protected:
        void work(Batch& batch, Runner&) override {
            batch.clear();
            inside.set_value();
            release.get_future().wait();
        }
    };

    Flow flow{2};
    Stuck lane{flow};
    flow.add(lane);
    flow.start();
    lane.offer(numbered(0, 0), flow);
    lane.inside.get_future().wait();
    EXPECT_FALSE(flow.stop(0s));
    lane.release.set_value();
    EXPECT_TRUE(flow.stop(60s));
}

}  // namespace
}  // namespace aorta::graph
