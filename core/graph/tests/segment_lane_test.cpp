// A segment of two stages: what enters in the middle, beside the batches.
#include "graph/segment_lane.hpp"

#include "rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace aorta::graph {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct SegmentRig : test::Rig {
    SegmentRig() {
        for (const std::uint32_t node : {0U, 1U}) {
            router.name(node, "stage" + std::to_string(node));
            stages.push_back(std::make_unique<Stage>(
                StageSettings{.node = node},
                Stage::Services{router, probe, context, [](base::Nanoseconds) {}}));
            scripts[node].on_process = [this, node](const aorta_batch& batch) {
                seen[node] += batch.count;
                for (std::uint32_t i = 0; i < batch.count; ++i) {
                    batch.verdicts[i] = AORTA_PASS;
                }
                return Result<void>{};
            };
            stages.back()->attach(scripts[node]);
            lane.add(*stages.back());
        }
        router.connect(1, 0, {{&out}, true});
    }

    ~SegmentRig() { out.settle_all(); }

    NodeProbe probe{metrics, "test", "stage"};
    test::CatchLane out{runner, active};
    test::Script scripts[2];
    std::vector<std::unique_ptr<Stage>> stages;
    SegmentLane lane{"segment", Lane::Thread::Shared, runner, active, router, 1};
    std::uint32_t seen[2] = {};
};

TEST(SegmentLane, ARecordEntersBeforeTheStageThatIsNamedAndPassesThoseBehindIt) {
    SegmentRig rig;
    rig.lane.enter(1, rig.record("second", 1));
    rig.lane.enter(0, rig.record("both", 2));
    rig.runner.run();
    EXPECT_THAT(rig.out.texts(), ElementsAre("second", "both"));
    EXPECT_EQ(rig.seen[0], 1U);
    EXPECT_EQ(rig.seen[1], 2U);
    rig.out.settle_all();
    EXPECT_EQ(rig.sender.fate(1), "delivered");
    EXPECT_EQ(rig.sender.fate(2), "delivered");
}

TEST(SegmentLane, WhatEnteredBeforeAStopIsWorkedOffBeforeTheStagesStop) {
    SegmentRig rig;
    rig.lane.enter(0, rig.record("entered", 1));
    rig.lane.offer(rig.record("offered", 2), rig.runner);
    const std::future<void> stopped = rig.lane.stop();
    rig.runner.run();
    EXPECT_EQ(stopped.wait_for(0s), std::future_status::ready);
    EXPECT_THAT(rig.out.texts(), ElementsAre("entered", "offered"));
    EXPECT_EQ(rig.scripts[0].stops + rig.scripts[1].stops, 2);
}

TEST(SegmentLane, ARecordThatEntersAndIsRejectedBecomesADeadLetterAndHoldsUpNobody) {
    SegmentRig rig;
    rig.scripts[1].on_process = [](const aorta_batch& batch) {
        for (std::uint32_t i = 0; i < batch.count; ++i) {
            batch.out->reject(batch.out, i, test::str("t.bad"), {});
        }
        return Result<void>{};
    };
    rig.lane.enter(1, rig.record("bad", 1));
    rig.runner.run();
    EXPECT_EQ(rig.sender.fate(1), "dead_lettered t.bad");
    EXPECT_TRUE(rig.out.texts().empty());
}

}  // namespace
}  // namespace aorta::graph
