// Whole pipelines between stubbed sources and sinks: the way of a record, and the end.
#include "runtime/pipeline.hpp"

#include "graph/tests/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace aorta::runtime {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// What the source's plugin is told. [any thread]
struct Told {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> answers;
    std::map<std::uint64_t, std::string> fates;
    int credits = 0;

    std::string fate(std::uint64_t cookie) {
        const std::scoped_lock lock(mutex);
        return fates.contains(cookie) ? fates[cookie] : "held";
    }

    void wait_settled(std::size_t count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return fates.size() >= count; });
    }
};

class PushingSource final : public graph::SourceBody {
public:
    explicit PushingSource(Told& told) : told_(told) {}

    void on_credit() override {
        const std::scoped_lock lock(told_.mutex);
        ++told_.credits;
    }

    void on_ack(std::uint64_t cookie, const aorta_outcome& outcome) override {
        constexpr const char* kNames[] = {"accept", "error", "refuse", "none"};
        const std::scoped_lock lock(told_.mutex);
        told_.answers.push_back(std::to_string(cookie) + ":" + kNames[outcome.kind]);
    }

    void on_settled(std::uint64_t cookie, const aorta_outcome& outcome) override {
        constexpr const char* kNames[] = {"filtered", "delivered", "dead_lettered", "failed"};
        const std::scoped_lock lock(told_.mutex);
        std::string text = kNames[outcome.kind];
        if (outcome.reason.size != 0) {
            text += " " + std::string{outcome.reason.data, outcome.reason.size};
        }
        told_.fates[cookie] = told_.fates.contains(cookie) ? "TWICE" : text;
        told_.changed.notify_all();
    }

private:
    Told& told_;
};

/// A pipeline `in` → `out` and `audit`, with stubs; on a flow when asked for.
class PipelineTest : public testing::Test {
protected:
    pipeline::PipelineSpec spec() const {
        pipeline::PipelineSpec made;
        made.name = "test";
        pipeline::NodeSpec in;
        in.name = "in";
        in.kind = config::Kind::Source;
        in.ports = {{"out"}};
        in.ack.level = level;
        in.ack.timeout = 30s;
        made.nodes.push_back(in);
        for (const char* name : {"out", "audit"}) {
            pipeline::NodeSpec sink;
            sink.name = name;
            sink.kind = config::Kind::Sink;
            sink.from = {{"in", "out"}};
            sink.required = sink.name == "out";
            sink.on_error = on_error;
            sink.descriptor.may_block = may_block;
            made.nodes.push_back(sink);
        }
        made.budget_bytes = budget;
        return made;
    }

    void create(graph::Flow* flow = nullptr) {
        Surroundings around{clock,
                            rig.log,
                            rig.metrics,
                            rig.names,
                            rig.letters,
                            flow == nullptr ? static_cast<graph::Runner&>(rig.runner) : *flow,
                            flow == nullptr ? rig.active : flow->shared(),
                            flow};
        around.source_stub = [this](const pipeline::NodeSpec&, graph::SourceNode&) {
            return std::make_unique<PushingSource>(told);
        };
        around.sink_stub = [this](const pipeline::NodeSpec& node, graph::SinkLane& lane) {
            auto script = std::make_unique<graph::test::Script>();
            script->on_consume =
                [this, name = node.name, &lane](const aorta_batch& batch) -> Result<void> {
                std::optional<host::Completion> now;
                {
                    const std::scoped_lock lock(told.mutex);
                    consumed[name] += batch.count;
                    told.changed.notify_all();
                    now = answer;
                }
                for (std::uint32_t i = 0; now && i < batch.count; ++i) {
                    lane.complete(batch.records[i], *now);
                }
                return {};
            };
            lanes[node.name] = &lane;
            scripts[node.name] = script.get();
            return script;
        };
        config::Diagnostics diagnostics;
        auto made = Pipeline::create(spec(), around, diagnostics);
        ASSERT_TRUE(made.ok()) << diagnostics.to_text();
        pipeline = std::move(*made);
        ASSERT_TRUE(pipeline->start(diagnostics).ok());
    }

    void push(std::uint64_t cookie, std::string_view text = "MSH|") {
        aorta_draft draft{};
        draft.size = sizeof draft;
        draft.payload = message::copy_of(text, pipeline->context().budget);
        draft.cookie = cookie;
        const aorta_draft* drafts[] = {&draft};
        pipeline->source("in").push(drafts, 1);
    }

    void wait_consumed(std::uint64_t count) {
        std::unique_lock lock(told.mutex);
        told.changed.wait(lock,
                          [&] { return consumed["out"] >= count && consumed["audit"] >= count; });
    }

    pipeline::AckLevel level = pipeline::AckLevel::None;
    pipeline::OnError on_error = pipeline::OnError::Default;
    bool may_block = false;
    std::int64_t budget = 1 << 20;
    std::optional<host::Completion> answer = host::Completion{};

    graph::test::Rig rig;
    base::SystemClock clock;
    Told told;
    std::map<std::string, graph::SinkLane*> lanes;
    std::map<std::string, graph::test::Script*> scripts;
    std::map<std::string, std::uint64_t> consumed;
    std::unique_ptr<Pipeline> pipeline;
};

TEST_F(PipelineTest, CountsEachSourceRecordOnceHoweverManySinks) {
    level = pipeline::AckLevel::Delivered;
    create();
    for (std::uint64_t i = 0; i < 100; ++i) {
        push(i);
    }
    EXPECT_EQ(pipeline->ledger().held(), 100U);
    rig.runner.run();
    const delivery::LedgerCounts counts = pipeline->ledger().counts();
    EXPECT_EQ(counts.in, 100U);
    EXPECT_EQ(counts.delivered, 100U);
    EXPECT_TRUE(counts.balances());
    EXPECT_EQ(told.answers.size(), 100U);
    EXPECT_EQ(told.answers[7], "7:accept");
    EXPECT_EQ(consumed["out"], 100U);
    EXPECT_EQ(consumed["audit"], 100U);
    EXPECT_EQ(pipeline->status().budget_used, 0U);
}

TEST_F(PipelineTest, TellsTheSenderOfTheRequiredSinkOnly) {
    level = pipeline::AckLevel::Delivered;
    answer.reset();
    create();
    scripts["out"]->on_consume = [&](const aorta_batch& batch) -> Result<void> {
        lanes["out"]->complete(batch.records[0], {ErrorCode::InvalidData, "peer.refused", {}, 0ns});
        return {};
    };
    push(1);
    rig.runner.run();
    EXPECT_THAT(told.answers, ElementsAre("1:error")) << "before the audit";
    EXPECT_THAT(rig.letters.texts(), IsEmpty()) << "the sender keeps it";
    EXPECT_EQ(told.fate(1), "held");
    pipeline.reset();
    EXPECT_EQ(told.fate(1), "failed peer.refused");
}

TEST_F(PipelineTest, RecordsThatAreLeftAreToldToSourcesThatStillLive) {
    answer.reset();
    create();
    push(1);
    rig.runner.run();  // in the sinks' hands
    push(2);           // in the lanes
    pipeline.reset();
    EXPECT_EQ(told.fate(1), "failed engine.lost");
    EXPECT_EQ(told.fate(2), "failed engine.lost");
}

TEST_F(PipelineTest, GivesCreditWhenARecordIsDone) {
    budget = 2000;
    create();
    push(1, std::string(3000, 'x'));
    EXPECT_FALSE(pipeline->context().budget.try_charge(100));
    EXPECT_EQ(told.credits, 0);
    rig.runner.run();
    EXPECT_EQ(told.credits, 1);
}

TEST_F(PipelineTest, GivesNoCreditToASourceThatHasStopped) {
    budget = 2000;
    answer.reset();
    create();
    push(1, std::string(3000, 'x'));
    EXPECT_FALSE(pipeline->context().budget.try_charge(100));
    pipeline.reset();
    EXPECT_EQ(told.credits, 0);
    EXPECT_EQ(told.fate(1), "failed engine.lost");
}

TEST_F(PipelineTest, WaitsForItsSourcesOrARequest) {
    create();
    std::jthread waiter([&] { pipeline->wait(); });
    pipeline->source("in").finished();
    pipeline->source("in").finished();
    waiter.join();
    EXPECT_EQ(pipeline->stop_reason(), "");
    pipeline->request_stop("first");
    pipeline->request_stop("second");
    EXPECT_EQ(pipeline->stop_reason(), "first");
    EXPECT_TRUE(pipeline->status().is_draining);
}

TEST_F(PipelineTest, OnErrorStopNamesItsReason) {
    on_error = pipeline::OnError::Stop;
    answer = host::Completion{ErrorCode::Unavailable, "net.down", {}, 0ns};
    create();
    push(1);
    rig.runner.run();
    pipeline->wait();
    EXPECT_EQ(pipeline->stop_reason(), "net.down");
    EXPECT_EQ(told.fate(1), "failed net.down");
}

class FlowPipelineTest : public PipelineTest, public testing::WithParamInterface<bool> {
protected:
    FlowPipelineTest() { may_block = GetParam(); }

    void TearDown() override {
        pipeline.reset();
        flow.reset();
    }

    std::unique_ptr<graph::Flow> flow = std::make_unique<graph::Flow>(2);
};

INSTANTIATE_TEST_SUITE_P(SharedAndOwnThreads, FlowPipelineTest, testing::Bool());

TEST_P(FlowPipelineTest, DrainsAllThatManySendersPushed) {
    level = pipeline::AckLevel::Received;
    create(flow.get());
    constexpr std::uint64_t kEach = 5000;
    {
        std::vector<std::jthread> senders;
        for (std::uint64_t t = 0; t < 4; ++t) {
            senders.emplace_back([this, t] {
                for (std::uint64_t i = 0; i < kEach; ++i) {
                    push(t * kEach + i);
                }
            });
        }
    }
    EXPECT_TRUE(pipeline->drain(60s));
    const delivery::LedgerCounts counts = pipeline->ledger().counts();
    EXPECT_EQ(counts.delivered, 4 * kEach);
    EXPECT_EQ(counts.held, 0U);
    EXPECT_EQ(told.answers.size(), 4 * kEach);
    EXPECT_EQ(told.fates.size(), 4 * kEach);
}

TEST_P(FlowPipelineTest, DrainingDuringAnOutageFailsWhatIsLeft) {
    answer = host::Completion{ErrorCode::Unavailable, "net.down", {}, 0ns};
    create(flow.get());
    for (std::uint64_t i = 0; i < 300; ++i) {
        push(i);
    }
    wait_consumed(1);
    pipeline->request_stop({});
    EXPECT_TRUE(pipeline->drain(0s));
    const delivery::LedgerCounts counts = pipeline->ledger().counts();
    EXPECT_EQ(counts.failed, 300U);
    EXPECT_EQ(counts.held, 0U);
    EXPECT_EQ(told.fate(299), "failed shutdown");
    EXPECT_EQ(scripts["out"]->stops, 1);
}

TEST_P(FlowPipelineTest, WhenTheSourcesAreFinishedItTakesTheTimeThatItTakes) {
    answer = host::Completion{ErrorCode::Unavailable, "net.down", {}, 0ns};
    create(flow.get());
    push(1);
    pipeline->source("in").finished();
    pipeline->wait();
    wait_consumed(1);
    std::jthread peer([&] {
        wait_consumed(3);  // retries, longer than the grace
        const std::scoped_lock lock(told.mutex);
        answer = host::Completion{};
    });
    EXPECT_TRUE(pipeline->drain(0s));
    EXPECT_EQ(told.fate(1), "delivered");
}

TEST_P(FlowPipelineTest, ASinkMayCompleteWhileItIsStopped) {
    answer.reset();
    create(flow.get());
    std::vector<aorta_record*> given;
    scripts["out"]->on_consume = [&](const aorta_batch& batch) -> Result<void> {
        const std::scoped_lock lock(told.mutex);
        given.assign(batch.records, batch.records + batch.count);
        consumed["out"] += batch.count;
        told.changed.notify_all();
        return {};
    };
    scripts["out"]->on_stop = [&](const aorta_out*) -> Result<void> {
        std::jthread peer([&] {
            for (aorta_record* record : given) {
                lanes["out"]->complete(record, {});
            }
        });
        return {};
    };
    push(1);
    wait_consumed(1);
    pipeline->request_stop({});
    EXPECT_TRUE(pipeline->drain(0s));
    EXPECT_EQ(told.fate(1), "failed shutdown") << "the audit never completed";
    EXPECT_EQ(pipeline->ledger().held(), 0U);
}

TEST_P(FlowPipelineTest, RefusesWhatIsPushedAfterTheStop) {
    create(flow.get());
    push(1);
    EXPECT_TRUE(pipeline->drain(60s));
    push(2);
    EXPECT_EQ(pipeline->ledger().counts().in, 1U);
    EXPECT_TRUE(rig.log.has("push after stop"));
    EXPECT_EQ(pipeline->status().budget_used, 0U) << "its payload was freed";
}

}  // namespace
}  // namespace aorta::runtime
