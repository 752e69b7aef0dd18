// Two parts of a pipeline, each on a flow of its own, joined by a socket of this machine.
#include "runtime/links.hpp"

#include "graph/tests/rig.hpp"
#include "runtime/pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>

namespace aorta::runtime {
namespace {

using namespace std::chrono_literals;

/// What the source's plugin and the sink's were told. [any thread]
struct Told {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::uint64_t, std::string> answers;
    std::map<std::uint64_t, std::string> fates;
    std::vector<std::string> taken;  // payloads

    template <class Claim>
    bool wait(const Claim& claim) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, 20s, claim);
    }
};

class LinkedSource final : public graph::SourceBody {
public:
    explicit LinkedSource(Told& told) : told_(told) {}

    void on_credit() override {}

    void on_ack(std::uint64_t cookie, const aorta_outcome& outcome) override {
        constexpr const char* kNames[] = {"accept", "error", "refuse", "none"};
        const std::scoped_lock lock(told_.mutex);
        told_.answers[cookie] = kNames[outcome.kind];
        told_.changed.notify_all();
    }

    void on_settled(std::uint64_t cookie, const aorta_outcome& outcome) override {
        constexpr const char* kNames[] = {"filtered", "delivered", "dead_lettered", "failed"};
        const std::scoped_lock lock(told_.mutex);
        told_.fates[cookie] = kNames[outcome.kind];
        if (outcome.reason.size != 0) {
            told_.fates[cookie] += " " + std::string{outcome.reason.data, outcome.reason.size};
        }
        told_.changed.notify_all();
    }

private:
    Told& told_;
};

/// A part with its flow; drained and gone when it is destroyed.
struct Part {
    graph::test::Rig rig;
    base::SystemClock clock;
    graph::Flow flow{2};
    std::unique_ptr<Pipeline> pipeline;

    void drain(base::Nanoseconds grace) {
        pipeline->request_stop({});
        EXPECT_TRUE(pipeline->drain(grace));
    }
};

class LinksTest : public testing::Test {
protected:
    LinksTest() {
        std::string name = (std::filesystem::temp_directory_path() / "aorta-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }

    ~LinksTest() override { std::filesystem::remove_all(folder); }

    pipeline::PipelineSpec spec(const std::string& part) const {
        pipeline::PipelineSpec made;
        made.name = "cut";
        made.part = part;
        made.workers = {{"edge"}, {"core"}};
        pipeline::NodeSpec in;
        in.name = "in";
        in.kind = config::Kind::Source;
        in.ports = {{"out"}};
        in.ack.level = pipeline::AckLevel::Delivered;
        in.worker = "edge";
        made.nodes.push_back(in);
        pipeline::NodeSpec out;
        out.name = "out";
        out.kind = config::Kind::Sink;
        out.from = {{"in", "out"}};
        out.on_error = pipeline::OnError::DeadLetter;
        out.worker = "core";
        made.nodes.push_back(out);
        made.links.push_back({.from = "edge",
                              .to = "core",
                              .dial = "edge",
                              .address = "ipc://" + (folder / "link").string(),
                              .heartbeat = 200ms});
        return made;
    }

    std::unique_ptr<Part> start(const std::string& name) {
        auto part = std::make_unique<Part>();
        Surroundings around{part->clock,
                            part->rig.log,
                            part->rig.metrics,
                            part->rig.names,
                            part->rig.letters,
                            part->flow,
                            part->flow.shared(),
                            &part->flow};
        around.source_stub = [this](const pipeline::NodeSpec&, graph::SourceNode&) {
            return std::make_unique<LinkedSource>(told);
        };
        around.sink_stub = [this](const pipeline::NodeSpec&, graph::SinkLane& lane) {
            auto script = std::make_unique<graph::test::Script>();
            script->on_consume = [this, &lane](const aorta_batch& batch) -> Result<void> {
                for (std::uint32_t i = 0; i < batch.count; ++i) {
                    {
                        const std::scoped_lock lock(told.mutex);
                        told.taken.emplace_back(
                            message::Record::from_abi(batch.records[i])->bytes());
                    }
                    told.changed.notify_all();
                    if (completion) {
                        lane.complete(batch.records[i], *completion);
                    }
                }
                return {};
            };
            return script;
        };
        config::Diagnostics diagnostics;
        auto made = Pipeline::create(spec(name), around, diagnostics);
        EXPECT_TRUE(made.ok()) << diagnostics.to_text();
        part->pipeline = std::move(*made);
        EXPECT_TRUE(part->pipeline->start(diagnostics).ok()) << diagnostics.to_text();
        return part;
    }

    static void push(Part& edge, std::uint64_t cookie, const std::string& text) {
        aorta_draft draft{};
        draft.size = sizeof draft;
        draft.payload = message::copy_of(text, edge.pipeline->context().budget);
        draft.cookie = cookie;
        const aorta_draft* drafts[] = {&draft};
        edge.pipeline->source("in").push(drafts, 1);
    }

    bool has_settled(std::size_t count) {
        return told.wait([&] { return told.fates.size() >= count; });
    }

    std::filesystem::path folder;
    Told told;
    std::optional<host::Completion> completion = host::Completion{};  // set before the parts run
};

TEST_F(LinksTest, TheSenderHearsWhenTheSinkOfAnotherWorkerHasTheRecord) {
    const auto core = start("core");
    const auto edge = start("edge");
    std::vector<std::string> wanted;
    for (std::uint64_t i = 0; i < 300; ++i) {
        wanted.push_back("record " + std::to_string(i));
        push(*edge, i, wanted.back());
    }
    ASSERT_TRUE(has_settled(300));
    EXPECT_EQ(told.taken, wanted) << "in order";
    EXPECT_EQ(told.answers[299], "accept");
    EXPECT_EQ(told.fates[299], "delivered");
    edge->drain(1s);
    core->drain(1s);
    const delivery::LedgerCounts counts = edge->pipeline->ledger().counts();
    EXPECT_EQ(counts.in, 300U);
    EXPECT_EQ(counts.delivered, 300U);
    EXPECT_EQ(core->pipeline->ledger().counts().in, 0U) << "counted where it came in";
    EXPECT_EQ(edge->pipeline->status().budget_used, 0U);
    EXPECT_EQ(core->pipeline->status().budget_used, 0U);
}

TEST_F(LinksTest, ARefusalComesBackWithItsReason) {
    completion = host::Completion{ErrorCode::InvalidData, "peer.refused", {}, 0ns};
    const auto core = start("core");
    const auto edge = start("edge");
    push(*edge, 1, "one");
    ASSERT_TRUE(has_settled(1));
    EXPECT_EQ(told.answers[1], "error");
    EXPECT_EQ(told.fates[1], "failed peer.refused");
    EXPECT_TRUE(core->rig.letters.texts().empty()) << "the sender keeps it";
    edge->drain(1s);
    core->drain(1s);
}

TEST_F(LinksTest, WhatAnEndingWorkerHasNotDoneIsDoneByItsSuccessor) {
    completion.reset();
    auto core = start("core");
    const auto edge = start("edge");
    push(*edge, 1, "one");
    ASSERT_TRUE(told.wait([&] { return told.taken.size() == 1; }));
    core->drain(0s);
    core.reset();
    {
        const std::scoped_lock lock(told.mutex);
        EXPECT_TRUE(told.fates.empty()) << "no failure is told";
        EXPECT_TRUE(told.answers.empty());
    }
    completion = host::Completion{};
    core = start("core");
    ASSERT_TRUE(has_settled(1));
    EXPECT_EQ(told.fates[1], "delivered");
    edge->drain(1s);
    core->drain(1s);
}

TEST_F(LinksTest, ASenderThatEndsSaysSoOfWhatIsLeft) {
    const auto edge = start("edge");  // nobody at the other end
    push(*edge, 1, "one");
    ASSERT_EQ(edge->pipeline->status().links.size(), 1U);
    EXPECT_FALSE(edge->pipeline->status().links[0].is_up);
    EXPECT_TRUE(edge->pipeline->status().links[0].sends);
    edge->drain(0s);
    ASSERT_TRUE(has_settled(1));
    EXPECT_EQ(told.fates[1], "failed shutdown");
    EXPECT_EQ(told.answers[1], "error");
}

TEST_F(LinksTest, BothEndsMustAgreeOnThePlan) {
    const pipeline::PipelineSpec one = spec("edge");
    EXPECT_EQ(fingerprint_of(one), fingerprint_of(spec("core")));
    pipeline::PipelineSpec other = one;
    other.nodes[1].from[0].port = "rejected";
    EXPECT_NE(fingerprint_of(one), fingerprint_of(other));
    other = one;
    other.key = config::Secret{"a secret of this pipeline"};
    EXPECT_NE(fingerprint_of(one), fingerprint_of(other));
}

}  // namespace
}  // namespace aorta::runtime
