// Refusals of a sink behind an outbox count over the ends of processes.
#include "graph/stored_attempts.hpp"

#include "core/delivery/tests/fake_spool.hpp"
#include "delivery/ledger.hpp"
#include "graph/outbox.hpp"
#include "graph/sink_lane.hpp"
#include "rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace aorta::graph {
namespace {

using namespace std::chrono_literals;
using delivery::test::FakeSpool;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(StoredAttempts, GoOnWhereTheyWere) {
    FakeSpool::Disk disk;
    {
        FakeSpool spool{disk, {}};
        StoredAttempts attempts{spool, 2};
        EXPECT_EQ(attempts.begin(7), 0U);
        EXPECT_EQ(attempts.begin(8), 0U);
        attempts.note(7, 1);
        attempts.note(8, 1);
        attempts.note(7, 2);
    }
    FakeSpool spool{disk, {}};
    StoredAttempts attempts{spool, 2};
    EXPECT_EQ(attempts.begin(7), 2U);
    EXPECT_EQ(attempts.begin(8), 1U);
    StoredAttempts of_another{spool, 3};
    EXPECT_EQ(of_another.begin(7), 0U);
}

TEST(StoredAttempts, LeaveNothingBehindOfWhatIsOver) {
    FakeSpool::Disk disk;
    FakeSpool spool{disk, {}};
    disk.facts["attempts/2"] = "5:1 7:2 9:3 ";
    StoredAttempts attempts{spool, 2};
    EXPECT_EQ(attempts.begin(9), 3U) << "5 and 7 were over, and a crash kept that from being said";
    attempts.forget(9);
    EXPECT_THAT(disk.facts["attempts/2"], IsEmpty());
}

TEST(StoredAttempts, WhatCannotBeReadCountsAsNone) {
    for (const char* text : {"x", "7", "7:", "7:x", ":", "7:99999999999 "}) {
        FakeSpool::Disk disk;
        FakeSpool spool{disk, {}};
        disk.facts["attempts/2"] = text;
        StoredAttempts attempts{spool, 2};
        EXPECT_EQ(attempts.begin(7), 0U) << text;
    }
}

constexpr spool::StreamId kOutbox = 1;
constexpr std::uint32_t kMost = 4;

/// Who says when a record is given up: `retry: { attempts: … }`, or the sink by its own policy.
enum class Decider { Engine, Sink };

/// One run of a process: an outbox and a sink whose peer refuses all.
class Process {
public:
    Process(FakeSpool::Disk& disk, test::KeptLetters& kept_letters, Decider decider)
        : letters(kept_letters),
          spool(disk, [this](spool::StreamId, std::uint64_t end) { outbox->on_durable(end); }),
          outbox(std::make_unique<Outbox>(
              1,
              "sink",
              spool.stream(spool::StreamKind::Outbox, "sink", 1),
              Target{{&sink}},
              runner,
              active,
              Outbox::Services{spool, codec, ledger, letters, rig.context})) {
        router.name(0, "sink");
        sink.attach(script);
        sink.count_in(outbox->attempts());
        script.on_consume = [this, decider](const aorta_batch& batch) -> Result<void> {
            for (std::uint32_t i = 0; i < batch.count; ++i) {
                const bool is_over =
                    decider == Decider::Engine || sink.count_attempt(batch.records[i]) >= kMost;
                sink.complete(batch.records[i],
                              {is_over ? ErrorCode::Denied : ErrorCode::ResourceExhausted,
                               "peer.refused",
                               {},
                               0ns});
            }
            tried.set_value();  // no second time: the clock stands
            return {};
        };
    }

    /// In peace: what was refused last is judged before it ends.
    ~Process() {
        outbox->stop();
        sink.stop().wait();
        active.wait_zero(20s);
        runner.join();
    }

    /// Has the record refused once, and ends.
    static std::vector<std::string> live(FakeSpool::Disk& disk, Decider decider) {
        test::KeptLetters letters;
        {
            Process run{disk, letters, decider};
            run.ledger.begin_with(1);
            run.outbox->begin(true);
            run.tried.get_future().wait_for(20s);
        }
        return letters.texts();
    }

    test::KeptLetters& letters;
    test::Rig rig;
    Router router{letters};
    std::vector<std::string> nodes{"sink"};
    delivery::RecordCodec codec{rig.names, rig.budget, nodes};
    delivery::Ledger ledger;
    FakeSpool spool;
    base::BusyCount active;
    test::ThreadsRunner runner{1};
    NodeProbe probe{rig.metrics, "test", "sink"};
    test::Script script;
    SinkLane sink{"sink",
                  Lane::Thread::Shared,
                  runner,
                  active,
                  {.retry = {.attempts = {{ErrorCode::Denied, kMost}}}},
                  {router, probe, rig.context, rig.timers}};
    std::unique_ptr<Outbox> outbox;
    std::promise<void> tried;
};

void put_record(FakeSpool::Disk& disk) {
    test::Rig rig;
    const std::vector<std::string> nodes{"sink"};
    const delivery::RecordCodec codec{rig.names, rig.budget, nodes};
    disk.streams[kOutbox] = {kOutbox, spool::StreamKind::Outbox, "sink", 2, 1, 1};
    disk.entries[kOutbox][1] = {{}, codec.encode(*rig.record("poison")), "poison"};
}

class PoisonRecord : public ::testing::TestWithParam<Decider> {};

TEST_P(PoisonRecord, IsGivenUpAfterSoManyAttemptsInAll) {
    FakeSpool::Disk disk;
    put_record(disk);
    for (std::uint32_t attempt = 1; attempt < kMost; ++attempt) {
        EXPECT_THAT(Process::live(disk, GetParam()), IsEmpty());
    }
    EXPECT_THAT(Process::live(disk, GetParam()), ElementsAre("sink denied peer.refused  poison"));
    EXPECT_TRUE(disk.entries[kOutbox].empty());
}

TEST_P(PoisonRecord, IsTriedForEverByAStorageThatForgets) {
    FakeSpool::Disk disk;
    put_record(disk);
    for (std::uint32_t attempt = 0; attempt < 2 * kMost; ++attempt) {
        EXPECT_THAT(Process::live(disk, GetParam()), IsEmpty());
        disk.facts.clear();
    }
}

INSTANTIATE_TEST_SUITE_P(EachDecider,
                         PoisonRecord,
                         ::testing::Values(Decider::Engine, Decider::Sink));

}  // namespace
}  // namespace aorta::graph
