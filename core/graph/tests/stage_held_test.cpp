// Stages whose plugins hold records: windows, delays, and the end.
#include "graph/segment_lane.hpp"
#include "graph/tests/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::graph {
namespace {

using namespace std::chrono_literals;
using message::Batch;
using testing::ElementsAre;
using testing::IsEmpty;

/// A segment of one stage that holds all it gets, and a lane behind it.
struct HoldingRig : test::Rig {
    HoldingRig() {
        router.name(0, "hold");
        router.connect(0, 0, {{&out}, true});
        lane.add(stage);
        stage.attach(script);
        script.on_process = [this](const aorta_batch& batch) -> Result<void> {
            for (std::uint32_t i = 0; i < batch.count; ++i) {
                held.push_back(batch.out->absorb(batch.out, i));
            }
            return {};
        };
    }

    void offer(std::initializer_list<const char*> texts) {
        Batch batch = records(texts);
        lane.offer(batch, runner);
        runner.run();
    }

    NodeProbe probe{metrics, "test", "hold"};
    test::CatchLane out{runner, active};
    SegmentLane lane{"hold", Lane::Thread::Shared, runner, active, router, 0};
    Stage stage{{.node = 0, .ports = 1},
                {router, probe, context, [this](base::Nanoseconds at) { timers.set(at, lane); }}};
    test::Script script;
    std::vector<aorta_record*> held;
};

TEST(HoldingStage, KeepsRecordsUntilItsTimer) {
    HoldingRig rig;
    rig.script.on_alarm = [&](const aorta_out& out, std::int64_t now_ns) -> Result<void> {
        EXPECT_EQ(base::Nanoseconds{now_ns}, rig.clock.steady());
        for (aorta_record* record : rig.held) {
            out.resolve(&out, record, AORTA_PASS, 0, {}, {});
        }
        return {};
    };
    rig.offer({"a", "b"});
    rig.stage.set_timer(5s);
    EXPECT_THAT(rig.out.texts(), IsEmpty());
    rig.clock.advance(4s);
    rig.timers.run_due();
    rig.runner.run();
    EXPECT_THAT(rig.out.texts(), IsEmpty());
    rig.clock.advance(1s);
    rig.timers.run_due();
    rig.runner.run();
    EXPECT_THAT(rig.out.texts(), ElementsAre("a", "b"));
    rig.out.settle_all();
    EXPECT_EQ(rig.sender.fate(0), "delivered");
    EXPECT_EQ(rig.probe.passed.value(), 2U);
    EXPECT_EQ(rig.probe.emitted.value(), 0U);
}

TEST(HoldingStage, ALaterTimerReplacesAnEarlierOne) {
    HoldingRig rig;
    std::vector<std::int64_t> alarms;
    rig.script.on_alarm = [&](const aorta_out&, std::int64_t now_ns) -> Result<void> {
        alarms.push_back(now_ns / 1'000'000'000);
        if (alarms.size() == 2) {
            rig.stage.set_timer(20s);
        }
        return {};
    };
    const auto advance_to = [&](base::Nanoseconds time) {
        rig.clock.advance(time - rig.clock.steady());
        rig.timers.run_due();
        rig.runner.run();
    };
    rig.stage.set_timer(5s);
    rig.stage.set_timer(3s);
    advance_to(3s);
    advance_to(5s);
    EXPECT_THAT(alarms, ElementsAre(3));
    rig.stage.set_timer(8s);
    rig.stage.set_timer(10s);
    advance_to(8s);
    EXPECT_THAT(alarms, ElementsAre(3));
    advance_to(10s);
    advance_to(20s);
    EXPECT_THAT(alarms, ElementsAre(3, 10, 20)) << "set again from within";
    rig.stage.set_timer(30s);
    rig.stage.set_timer(base::Nanoseconds::max());
    advance_to(30s);
    EXPECT_THAT(alarms, ElementsAre(3, 10, 20)) << "cleared";
}

TEST(HoldingStage, AChildOfSeveralParentsCarriesAllTheirReceipts) {
    HoldingRig rig;
    rig.script.on_alarm = [&](const aorta_out& out, std::int64_t) -> Result<void> {
        const aorta_draft draft{.size = sizeof(aorta_draft)};
        out.emit_held(&out, rig.held.data(), 3, 0, &draft);
        for (aorta_record* record : rig.held) {
            out.resolve(&out, record, AORTA_EMITTED, 0, {}, {});
        }
        return {};
    };
    rig.offer({"a", "b", "c"});
    rig.stage.set_timer(0s);
    rig.timers.run_due();
    rig.runner.run();
    EXPECT_THAT(rig.out.texts(), ElementsAre("a")) << "shares the first parent's payload";
    EXPECT_EQ(rig.sender.settled(), 0U);
    rig.out.settle_all();
    for (const std::uint64_t sequence : {0U, 1U, 2U}) {
        EXPECT_EQ(rig.sender.fate(sequence), "delivered");
    }
}

TEST(HoldingStage, EmitFromRecordsThatAreNotHeldIsAMisbehaviour) {
    HoldingRig rig;
    rig.script.on_alarm = [&](const aorta_out& out, std::int64_t) -> Result<void> {
        aorta_record stranger{};
        aorta_record* parents[] = {&stranger};
        const aorta_draft draft{.size = sizeof(aorta_draft)};
        out.emit_held(&out, parents, 1, 0, &draft);
        out.resolve(&out, &stranger, AORTA_PASS, 0, {}, {});
        out.pass(&out, 0, 0);
        return {};
    };
    rig.stage.set_timer(0s);
    rig.timers.run_due();
    rig.runner.run();
    EXPECT_TRUE(rig.log.has("emit without a parent"));
    EXPECT_TRUE(rig.log.has("resolve of a record that is not held"));
    EXPECT_TRUE(rig.log.has("a verdict for a record that is not in the batch"));
    EXPECT_THAT(rig.out.texts(), IsEmpty());
}

TEST(HoldingStage, WhatIsGivenBackInProcessLeavesBeforeTheRecordInProcess) {
    HoldingRig rig;
    rig.offer({"old"});
    rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
        batch.verdicts[0] = AORTA_PASS;
        batch.out->resolve(batch.out, rig.held[0], AORTA_PASS, 0, {}, {});
        batch.verdicts[1] = AORTA_PASS;
        return {};
    };
    rig.offer({"a", "b"});
    EXPECT_THAT(rig.out.texts(), ElementsAre("a", "old", "b"));
    rig.out.settle_all();
}

TEST(HoldingStage, AnEmittedVerdictNeedsAChildOfItsOwn) {
    HoldingRig rig;
    rig.offer({"old"});
    rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
        batch.out->resolve(batch.out, rig.held[0], AORTA_PASS, 0, {}, {});
        batch.verdicts[0] = AORTA_EMITTED;
        return {};
    };
    Batch batch;
    batch.push_back(rig.record("new", 7));
    rig.lane.offer(batch, rig.runner);
    rig.runner.run();
    EXPECT_EQ(rig.sender.fate(7), "dead_lettered plugin.no_verdict");
    rig.out.settle_all();
}

TEST(HoldingStage, GivesBackAtTheEndAndFailsWhatThePluginForgets) {
    HoldingRig rig;
    rig.offer({"a", "b"});
    rig.script.on_stop = [&](const aorta_out* out) -> Result<void> {
        out->resolve(out, rig.held[0], AORTA_PASS, 0, {}, {});
        return {};
    };
    const std::future<void> stopped = rig.lane.stop();
    rig.runner.run();
    EXPECT_EQ(stopped.wait_for(0s), std::future_status::ready);
    EXPECT_THAT(rig.out.texts(), ElementsAre("a"));
    rig.out.settle_all();
    EXPECT_EQ(rig.sender.fate(0), "delivered");
    EXPECT_EQ(rig.sender.fate(1), "failed shutdown");
    EXPECT_EQ(rig.script.stops, 1);
}

TEST(HoldingStage, StopsAfterItsBacklogAndHasNoTimerAfterwards) {
    HoldingRig rig;
    int alarms = 0;
    rig.script.on_alarm = [&](const aorta_out&, std::int64_t) -> Result<void> {
        ++alarms;
        return {};
    };
    std::size_t seen = 0;
    rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
        EXPECT_EQ(rig.script.stops, 0);
        seen += batch.count;
        std::fill_n(batch.verdicts, batch.count, std::uint8_t{AORTA_PASS});
        return {};
    };
    rig.script.on_stop = [&](const aorta_out*) -> Result<void> {
        rig.stage.set_timer(2s);
        return {};
    };
    rig.stage.set_timer(1s);
    Batch batch;
    for (std::uint64_t i = 0; i < 500; ++i) {
        batch.push_back(rig.record("x", i));
    }
    rig.lane.offer(batch, rig.runner);
    const std::future<void> stopped = rig.lane.stop();
    rig.runner.run();
    EXPECT_EQ(seen, 500U);
    EXPECT_EQ(rig.script.stops, 1);
    rig.clock.advance(10s);
    rig.timers.run_due();
    rig.runner.run();
    EXPECT_EQ(alarms, 0) << "a plugin that has stopped is not called";
    rig.out.settle_all();
}

TEST(SegmentLane, RunsItsStagesInOrderOverTheSameBatch) {
    test::Rig rig;
    test::CatchLane out{rig.runner, rig.active};
    SegmentLane lane{"segment", Lane::Thread::Shared, rig.runner, rig.active, rig.router, 2};
    std::vector<std::unique_ptr<NodeProbe>> probes;
    std::vector<std::unique_ptr<Stage>> stages;
    std::vector<std::unique_ptr<test::Script>> scripts;
    std::string seen;
    for (std::uint32_t node = 0; node < 3; ++node) {
        rig.router.name(node, "n" + std::to_string(node));
        probes.push_back(std::make_unique<NodeProbe>(rig.metrics, "test", std::to_string(node)));
        stages.push_back(
            std::make_unique<Stage>(StageSettings{.node = node, .ports = 1},
                                    Stage::Services{rig.router, *probes.back(), rig.context, {}}));
        scripts.push_back(std::make_unique<test::Script>());
        scripts.back()->on_process = [&seen, node](const aorta_batch& batch) -> Result<void> {
            for (std::uint32_t i = 0; i < batch.count; ++i) {
                seen += std::to_string(node) + static_cast<char>(batch.records[i]->data[0]) + " ";
                batch.verdicts[i] = AORTA_PASS;
            }
            if (node == 1) {
                batch.out->drop(batch.out, 0, test::str("f.no"), {});
            }
            return {};
        };
        stages.back()->attach(*scripts.back());
        lane.add(*stages.back());
    }
    rig.router.connect(2, 0, {{&out}, true});
    Batch batch = rig.records({"a", "b", "c"});
    lane.offer(batch, rig.runner);
    rig.runner.run();
    EXPECT_EQ(seen, "0a 0b 0c 1a 1b 1c 2b 2c ");
    EXPECT_THAT(out.texts(), ElementsAre("b", "c"));
    out.settle_all();
}

}  // namespace
}  // namespace aorta::graph
