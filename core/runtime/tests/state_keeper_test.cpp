#include "runtime/state_keeper.hpp"

#include "delivery/tests/fake_spool.hpp"
#include "delivery/tests/wait.hpp"
#include "graph/tests/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

namespace aorta::runtime {
namespace {

using namespace std::chrono_literals;
using delivery::test::FakeSpool;
using delivery::test::wait;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Remembers all that it lets pass.
class Memory final : public graph::Body {
public:
    Result<void> process(const aorta_batch& batch) override {
        on_process();
        for (std::uint32_t i = 0; i < batch.count; ++i) {
            text.append(reinterpret_cast<const char*>(batch.records[i]->data),
                        static_cast<std::size_t>(batch.records[i]->length));
            batch.verdicts[i] = AORTA_PASS;
        }
        return {};
    }

    Result<std::string> save() override { return text; }

    Result<void> load(std::uint32_t version, std::string_view bytes) override {
        if (version != 1) {
            return Error{ErrorCode::Corrupt, "not mine"};
        }
        text = bytes;
        return {};
    }

    std::function<void()> on_process = [] {};
    std::string text;
};

/// Takes all, and settles it when it is told to.
class Sink final : public graph::Lane {
public:
    using Lane::Lane;

    std::vector<std::string> texts() const {
        const std::scoped_lock lock(mutex_);
        return texts_;
    }

    void settle_all(const message::Fate& fate = message::Fate::delivered(2)) {
        message::Batch taken;
        {
            const std::scoped_lock lock(mutex_);
            taken.swap(records_);
        }
        for (const message::RecordPtr& record : taken) {
            record->settle(fate);
        }
    }

private:
    void work(message::Batch& batch, graph::Runner&) override {
        const std::scoped_lock lock(mutex_);
        for (message::RecordPtr& record : batch) {
            texts_.emplace_back(record->bytes());
            records_.push_back(std::move(record));
        }
        batch.clear();
    }

    mutable std::mutex mutex_;
    std::vector<std::string> texts_;
    message::Batch records_;
};

class Peer final : public delivery::SourcePeer {
public:
    void answer(std::uint64_t, delivery::Answer, const message::Fate&, std::string_view) override {}

    void settled(std::uint64_t, const message::Fate&) override {}
};

/// One run of a process over a disk: a source with a journal, a lane that remembers, a sink.
class Process {
public:
    explicit Process(FakeSpool::Disk& disk)
        : spool(disk, [this](spool::StreamId, std::uint64_t end) { journal.on_durable(end); }),
          delivery(ledger,
                   {delivery::AckLevel::Durable},
                   peer,
                   clock,
                   {&spool, spool.stream(spool::StreamKind::Journal, "intake", 7)}),
          journal({codec,
                   delivery,
                   letters,
                   budget,
                   clock,
                   log,
                   "p",
                   "intake",
                   0,
                   [this](message::Batch& batch) { router.deliver(0, 0, batch, runner); },
                   [] { return true; }}),
          stage({.node = 1}, {router, probe, context, [](base::Nanoseconds) {}}),
          keeper({spool, log, "p", 1h, 1U << 30U},
                 {{{&journal, &delivery}},
                  {&lane},
                  {{"memory", 0, 1, &stage, &lane}},
                  {{"memory", "memory", "memory", 1, 1, ""}}}) {
        stage.attach(memory);
        lane.add(stage);
        for (std::uint32_t node = 0; node < 3; ++node) {
            router.name(node, nodes[node]);
        }
        router.connect(0, 0, {{&lane}});
        router.connect(1, 0, {{&sink}, true, graph::PastNeed{}});
        ledger.begin_with(delivery.roots().stream.held);
        delivery.count_unsettled();
        journal.feeds_state();
        spool.keep(delivery.roots().stream.id, 0);
    }

    ~Process() {
        keeper.stop();
        journal.stop();
        rest();
        sink.settle_all({message::FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 2});
        runner.join();
    }

    /// As a pipeline does when the storage is loaded.
    Result<void> begin() {
        if (const Result<void> loaded = keeper.load({}); !loaded.ok()) {
            return loaded;
        }
        journal.begin(true);
        wait([this] { return journal.has_caught_up(); });
        rest();
        return {};
    }

    /// As a source node does.
    void push(std::string_view text) {
        message::Batch batch;
        message::Receipt* receipt = nullptr;
        bool goes_on = false;
        {
            const auto order = journal.order();
            receipt = delivery.open(0);
            batch.push_back(std::make_unique<message::Record>(&budget));
            batch.back()->share = message::Share{receipt};
            batch.back()->set_payload(message::BufferRef{message::copy_of(text, budget)});
            goes_on = journal.append(batch);
        }
        if (goes_on) {
            router.deliver(0, 0, batch, runner);
            journal.sent();
        }
        batch.clear();
        delivery.received(*receipt);
        receipt->drop_reference();
    }

    /// Waits until nothing runs.
    void rest() {
        wait([this] { return active.value() == 0; });
    }

    void write(const state::Snapshot& snapshot) {
        keeper.write(snapshot);
        spool.commit();
    }

    base::SystemClock clock;
    graph::test::KeptLog log{clock};
    metrics::Registry metrics;
    message::Interner names;
    message::Budget budget{1U << 20U};
    const std::vector<std::string> nodes{"intake", "memory", "sink"};
    delivery::RecordCodec codec{names, budget, nodes};
    host::NodeContext context{budget, names, clock, log, metrics, "p", {}, nullptr};
    delivery::Ledger ledger;
    Peer peer;
    graph::test::KeptLetters letters;
    graph::Router router{letters};
    base::BusyCount active;
    graph::test::ThreadsRunner runner{2};
    graph::NodeProbe probe{metrics, "p", "memory"};
    Memory memory;
    Sink sink{"sink", graph::Lane::Thread::Shared, runner, active};
    graph::SegmentLane lane{"memory", graph::Lane::Thread::Shared, runner, active, router, 1};
    FakeSpool spool;
    delivery::SourceDelivery delivery;
    delivery::Journal journal;
    graph::Stage stage;
    StateKeeper keeper;
};

TEST(StateKeeper, SavesExactlyWhatCameBeforeTheCut) {
    FakeSpool::Disk disk;
    Process run{disk};
    ASSERT_TRUE(run.begin().ok());
    run.push("a");
    run.push("b");
    const auto snapshot = run.keeper.take({});
    run.push("c");
    ASSERT_TRUE(snapshot.has_value());
    EXPECT_THAT(snapshot->cuts, ElementsAre(state::Cut{1, 2}));
    ASSERT_EQ(snapshot->nodes.size(), 1U);
    EXPECT_EQ(snapshot->nodes[0].bytes, "ab");
    EXPECT_EQ(snapshot->nodes[0].node, "memory");
    run.rest();
    EXPECT_THAT(run.sink.texts(), ElementsAre("a", "b", "c"));
}

TEST(StateKeeper, WaitsUntilAllBeforeTheCutIsSettled) {
    FakeSpool::Disk disk;
    Process run{disk};
    ASSERT_TRUE(run.begin().ok());
    run.push("a");
    ASSERT_TRUE(run.keeper.take({}).has_value());
    EXPECT_FALSE(run.keeper.is_settled());
    run.rest();
    run.sink.settle_all();
    run.push("b");
    EXPECT_TRUE(run.keeper.is_settled());
}

TEST(StateKeeper, TakesNothingWhenNothingHasComeSince) {
    FakeSpool::Disk disk;
    Process run{disk};
    ASSERT_TRUE(run.begin().ok());
    run.push("a");
    const auto snapshot = run.keeper.take({});
    ASSERT_TRUE(snapshot.has_value());
    run.rest();
    run.sink.settle_all();
    run.write(*snapshot);
    EXPECT_FALSE(run.keeper.take({}).has_value());
}

TEST(StateKeeper, GivesUpWhenThePipelineDoesNotComeToRest) {
    FakeSpool::Disk disk;
    Process run{disk};
    ASSERT_TRUE(run.begin().ok());
    std::latch goes_on{1};
    run.memory.on_process = [&] { goes_on.wait(); };
    run.push("a");
    EXPECT_FALSE(run.keeper.take({}).has_value());
    goes_on.count_down();
    run.push("b");
    run.rest();
    EXPECT_THAT(run.sink.texts(), ElementsAre("a", "b")) << "the pause is over";
}

/// What the second run of a process finds: a snapshot of "a", then "b" over and "c" not.
void leave(FakeSpool::Disk& disk, bool has_snapshot) {
    Process run{disk};
    ASSERT_TRUE(run.begin().ok());
    run.push("a");
    run.spool.commit();
    const auto snapshot = run.keeper.take({});
    ASSERT_TRUE(snapshot.has_value());
    run.rest();
    run.sink.settle_all();
    if (has_snapshot) {
        run.write(*snapshot);
    }
    run.push("b");
    run.spool.commit();
    run.rest();
    run.sink.settle_all();
    run.push("c");
    run.spool.commit();
}

TEST(StateKeeper, ARestartBringsTheStateUpToDateAndDeliversOnlyWhatWasNot) {
    for (const bool has_snapshot : {false, true}) {
        FakeSpool::Disk disk;
        leave(disk, has_snapshot);
        Process next{disk};
        ASSERT_TRUE(next.begin().ok());
        EXPECT_EQ(next.memory.text, "abc");
        EXPECT_THAT(next.sink.texts(), ElementsAre("c"));
        EXPECT_EQ(next.ledger.counts().held, 1U);
        next.sink.settle_all();
        EXPECT_TRUE(next.ledger.counts().balances());
    }
}

TEST(StateKeeper, KeepsOnlyWhatComesBehindTheLastSnapshot) {
    FakeSpool::Disk disk;
    leave(disk, true);
    EXPECT_EQ(disk.entries[1].size(), 2U) << "`a` is in the snapshot";
}

TEST(StateKeeper, AStateThatIsNotTakenEndsTheStartAndNamesTheNode) {
    FakeSpool::Disk disk;
    leave(disk, true);
    state::Snapshot other{{{1, 1}}, {{"memory", 0, 9, "?"}}};
    disk.snapshots[state::kSnapshotName] = state::encode(other);
    Process next{disk};
    const Result<void> begun = next.begin();
    ASSERT_FALSE(begun.ok());
    EXPECT_EQ(begun.error().where, "memory");
    EXPECT_THAT(begun.error().message, HasSubstr("not mine"));
    EXPECT_THAT(next.sink.texts(), IsEmpty());
}

TEST(StateKeeper, ASnapshotThatCannotBeReadEndsTheStart) {
    FakeSpool::Disk disk;
    leave(disk, true);
    disk.snapshots[state::kSnapshotName] = "?";
    Process next{disk};
    EXPECT_EQ(next.begin().error().code, ErrorCode::Corrupt);
}

TEST(StateKeeper, ThreadTakesAndWritesSnapshotsUntilItIsStopped) {
    FakeSpool::Disk disk;
    Process run{disk};
    ASSERT_TRUE(run.begin().ok());
    StateKeeper quick{{run.spool, run.log, "p", 1ms, 1U << 30U},
                      {{{&run.journal, &run.delivery}},
                       {&run.lane},
                       {{"memory", 0, 1, &run.stage, &run.lane}},
                       {{"memory", "memory", "memory", 1, 1, ""}}}};
    quick.start();
    for (int i = 0; i < 50; ++i) {
        run.push("x");
        run.rest();
        run.sink.settle_all();
    }
    wait([&] {
        run.sink.settle_all();  // what a pause kept back comes later
        run.spool.commit();
        const auto read = state::decode(disk.snapshots[state::kSnapshotName]);
        return read.ok() && read->next(1) == 50;
    });
    quick.stop();
    const auto last = state::decode(disk.snapshots[state::kSnapshotName]);
    EXPECT_EQ(last->nodes[0].bytes, std::string(50, 'x'));
}

}  // namespace
}  // namespace aorta::runtime
