// Where a source's batches run: on its own thread or on the runner.
#include "graph/source_node.hpp"

#include "rig.hpp"

#include <gtest/gtest.h>

namespace aorta::graph {
namespace {

class NoPlugin final : public SourceBody {
public:
    void on_credit() override {}

    void on_ack(std::uint64_t, const aorta_outcome&) override {}

    void on_settled(std::uint64_t, const aorta_outcome&) override {}
};

/// Settles what comes, at the CPU time that the test says.
class CostlyLane final : public Lane {
public:
    CostlyLane(Runner& home, base::BusyCount& active)
        : Lane("costly", Thread::Shared, home, active) {}

    std::int64_t cost_ns = 0;
    std::int64_t cpu_ns = 0;
    std::size_t done = 0;

protected:
    void work(message::Batch& batch, Runner&) override {
        cpu_ns += cost_ns;
        for (const message::RecordPtr& record : batch) {
            record->settle(message::Fate::delivered(1));
        }
        done += batch.size();
        batch.clear();
    }
};

struct SourceNodeTest : testing::Test {
    SourceNodeTest() {
        source.attach(plugin);
        rig.router.connect(0, 0, {{&lane}});
    }

    void push(std::uint32_t count) {
        const aorta_draft draft{.size = sizeof(aorta_draft)};
        const std::vector<const aorta_draft*> drafts(count, &draft);
        source.push(drafts.data(), count);
    }

    test::Rig rig;
    NoPlugin plugin;
    delivery::Ledger ledger;
    CostlyLane lane{rig.runner, rig.active};
    bool is_idle = true;
    SourceNode source{0,
                      "source",
                      1,
                      {},
                      {rig.router,
                       rig.context,
                       ledger,
                       {rig.runner, [this] { return is_idle; }, [this] { return lane.cpu_ns; }},
                       [] {}}};
};

TEST_F(SourceNodeTest, RunsWhatCostsLittleWhereItIsPushed) {
    push(1);
    push(64);
    push(64);
    EXPECT_EQ(lane.done, 129U);
    EXPECT_EQ(ledger.held(), 0U);
}

TEST_F(SourceNodeTest, SendsBatchesThatHaveTurnedOutCostlyToTheRunner) {
    lane.cost_ns = 5'000'000;
    push(64);
    EXPECT_EQ(lane.done, 64U) << "nobody knew";
    push(64);
    EXPECT_EQ(lane.done, 64U);
    rig.runner.run();
    EXPECT_EQ(lane.done, 128U);
    push(1);
    EXPECT_EQ(lane.done, 129U) << "a lone record always runs at once";
}

TEST_F(SourceNodeTest, TriesAgainSomeTimeAfterABatchWasCostly) {
    lane.cost_ns = 5'000'000;
    push(64);
    lane.cost_ns = 0;
    bool has_run_at_once = false;
    for (int i = 0; i < 1000 && !has_run_at_once; ++i) {
        const std::size_t before = lane.done;
        push(64);
        has_run_at_once = lane.done > before;
        rig.runner.run();
    }
    EXPECT_TRUE(has_run_at_once);
}

TEST_F(SourceNodeTest, LeavesEverythingToTheRunnerWhileThePipelineIsBusy) {
    is_idle = false;
    push(1);
    EXPECT_EQ(lane.done, 0U);
    rig.runner.run();
    EXPECT_EQ(lane.done, 1U);
}

TEST_F(SourceNodeTest, CountsWhatIsRefusedInAndAsFailed) {
    const aorta_draft draft{.size = sizeof(aorta_draft)};
    source.refuse(draft, {ErrorCode::ResourceExhausted, "source.record_too_large", "byte 17"});
    push(1);
    EXPECT_EQ(lane.done, 1U);
    EXPECT_EQ(ledger.held(), 0U);
    EXPECT_EQ(ledger.counts().in, 2U);
    EXPECT_EQ(ledger.counts().failed, 1U);
    EXPECT_EQ(rig.budget.used(), 0U);
}

TEST_F(SourceNodeTest, ChargesReceiptsUntilTheyAreSettled) {
    is_idle = false;
    push(2);
    EXPECT_EQ(rig.budget.used(), 2 * (sizeof(message::Receipt) + sizeof(message::Record)));
    rig.runner.run();
    EXPECT_EQ(rig.budget.used(), 0U);
}

}  // namespace
}  // namespace aorta::graph
