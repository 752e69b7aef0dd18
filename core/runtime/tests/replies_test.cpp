// What a sink's peer says, on its way back to the sender; and sinks in several lanes.
#include "graph/tests/rig.hpp"
#include "runtime/pipeline.hpp"
#include "runtime/test_stubs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace aorta::runtime {
namespace {

using namespace std::chrono_literals;
using Records = std::span<aorta_record* const>;

pipeline::PipelineSpec spec_of(int lanes) {
    pipeline::PipelineSpec spec;
    spec.name = "test";
    pipeline::NodeSpec in;
    in.name = "in";
    in.kind = config::Kind::Source;
    in.ports = {{"out"}};
    in.ack = {.level = pipeline::AckLevel::Delivered, .reply = "ehr", .timeout = 1h};
    spec.nodes.push_back(in);
    for (const char* name : {"audit", "ehr"}) {
        pipeline::NodeSpec sink;
        sink.name = name;
        sink.kind = config::Kind::Sink;
        sink.from = {{"in", "out"}};
        sink.lanes = lanes;
        spec.nodes.push_back(sink);
    }
    return spec;
}

/// A pipeline in → audit, ehr whose sinks do what the test says, on a virtual clock.
struct Rig : graph::test::Rig {
    using Consume = std::function<void(graph::SinkLane&, Records)>;

    void create(int lanes) {
        Surroundings around{clock, log, metrics, names, letters, runner, active};
        around.source_stub = [this](const pipeline::NodeSpec&, graph::SourceNode&) {
            return std::make_unique<SourceStub>(answers);
        };
        around.sink_stub = [this](const pipeline::NodeSpec& node, graph::SinkLane& lane) {
            auto script = std::make_unique<graph::test::Script>();
            script->on_consume = [this, &lane, name = node.name](const aorta_batch& batch) {
                sinks.at(name)(lane, {batch.records, batch.count});
                return Result<void>{};
            };
            ++made[node.name];
            return script;
        };
        config::Diagnostics diagnostics;
        auto created = Pipeline::create(spec_of(lanes), around, diagnostics);
        ASSERT_TRUE(created.ok()) << diagnostics.to_text();
        pipeline = std::move(*created);
        ASSERT_TRUE(pipeline->start(diagnostics).ok());
    }

    void push(std::uint64_t position, std::uint64_t connection) {
        const aorta_draft draft{
            .size = sizeof(aorta_draft), .position = position, .connection = connection};
        const aorta_draft* const drafts[] = {&draft};
        pipeline->source("in").push(drafts, 1);
    }

    static void take(graph::SinkLane& lane, Records records) {
        for (aorta_record* record : records) {
            lane.complete(record, {});
        }
    }

    std::vector<TestAnswer> answers;
    std::map<std::string, Consume> sinks{{"audit", take}, {"ehr", take}};
    std::map<std::string, int> made;
    std::unique_ptr<Pipeline> pipeline;
};

TEST(Replies, BringTheAnswerOfTheNamedSinkToTheSender) {
    Rig rig;
    const auto saying = [](std::string text, host::Completion end) {
        return
            [text = std::move(text), end = std::move(end)](graph::SinkLane& lane, Records records) {
                for (aorta_record* record : records) {
                    lane.reply(record, text);
                    lane.complete(record, end);
                }
            };
    };
    rig.sinks["audit"] = saying("of the audit", {});
    rig.sinks["ehr"] = saying("MSA|AE|1", {ErrorCode::InvalidData, "peer.ae", {}, 0ns});
    rig.create(1);
    rig.push(1, 1);
    rig.runner.run();
    rig.sinks["ehr"] = saying("MSA|AA|2", {});
    rig.push(2, 1);
    rig.runner.run();
    ASSERT_EQ(rig.answers.size(), 2U);
    EXPECT_EQ(rig.answers[0].code, 'E');
    EXPECT_EQ(rig.answers[0].reply, "MSA|AE|1");
    EXPECT_EQ(rig.answers[1].code, 'A');
    EXPECT_EQ(rig.answers[1].reply, "MSA|AA|2");
    EXPECT_EQ(rig.pipeline->status().budget_used, 0U);
}

TEST(SinkLanes, KeepTheOrderOfEachConnectionAcrossFailures) {
    constexpr std::uint64_t kRecords = 5000;
    constexpr std::uint64_t kConnections = 32;
    Rig rig;
    std::mt19937 random{4711};
    std::map<std::uint64_t, std::vector<std::uint64_t>> taken;
    int failures = 0;
    // Like a connection: whoever fails holds back what follows.
    rig.sinks["ehr"] = [&](graph::SinkLane& lane, Records records) {
        bool has_failed = false;
        for (aorta_record* record : records) {
            has_failed = has_failed || random() % 50 == 0;
            if (has_failed) {
                ++failures;
                lane.complete(record, {ErrorCode::Unavailable, "peer.down", {}, 0ns});
            } else {
                taken[record->connection].push_back(record->position);
                lane.complete(record, {});
            }
        }
    };
    rig.create(4);
    EXPECT_EQ(rig.made["ehr"], 4);
    for (std::uint64_t i = 0; i < kRecords; ++i) {
        rig.push(i, random() % kConnections);
        if (i % 100 == 0) {
            rig.runner.run();
        }
    }
    while (rig.pipeline->ledger().held() != 0) {
        rig.runner.run();
        rig.clock.advance(1s);
        rig.pipeline->timers().run_due();
    }
    EXPECT_GT(failures, 1000);
    std::size_t count = 0;
    for (const auto& [connection, positions] : taken) {
        count += positions.size();
        EXPECT_TRUE(std::is_sorted(positions.begin(), positions.end())) << connection;
    }
    EXPECT_EQ(count, kRecords);
    EXPECT_EQ(rig.answers.size(), kRecords);
}

TEST(SinkLanes, AreOneSinkToWhoeverAsks) {
    Rig rig;
    rig.sinks["ehr"] = [](graph::SinkLane& lane, Records records) {
        for (aorta_record* record : records) {
            const bool is_down = record->connection % 2 != 0;
            lane.complete(record,
                          is_down ? host::Completion{ErrorCode::Unavailable, "peer.down", {}, 0ns}
                                  : host::Completion{});
        }
    };
    rig.create(2);
    for (std::uint64_t i = 0; i < 10; ++i) {
        rig.push(i, i);
    }
    rig.runner.run();
    const PipelineStatus status = rig.pipeline->status();
    ASSERT_EQ(status.sinks.size(), 2U);
    EXPECT_FALSE(status.sinks[0].health.is_down);
    EXPECT_EQ(status.sinks[1].node, "ehr");
    EXPECT_TRUE(status.sinks[1].health.is_down);
    EXPECT_EQ(status.sinks[1].health.reason, "peer.down");
    EXPECT_EQ(status.sinks[1].health.waiting, 5U);
    EXPECT_NE(status.sinks[1].health.oldest.count(), 0);
}

}  // namespace
}  // namespace aorta::runtime
