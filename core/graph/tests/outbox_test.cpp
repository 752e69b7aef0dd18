#include "graph/outbox.hpp"

#include "core/delivery/tests/fake_spool.hpp"
#include "core/delivery/tests/wait.hpp"
#include "delivery/source_delivery.hpp"
#include "rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace aorta::graph {
namespace {

using namespace std::chrono_literals;
using delivery::test::FakeSpool;
using delivery::test::wait;
using message::Fate;
using message::FateKind;
using message::RecordPtr;
using testing::ElementsAre;
using testing::IsEmpty;

class Peer final : public delivery::SourcePeer {
public:
    void answer(std::uint64_t, delivery::Answer, const Fate&, std::string_view) override {}

    void settled(std::uint64_t cookie, const Fate&) override { cookies.push_back(cookie); }

    std::vector<std::uint64_t> cookies;
};

/// Keeps what it is given until the test says what became of it.
class KeepingLane final : public Lane {
public:
    using Lane::Lane;

    std::vector<std::string> texts() const {
        const std::scoped_lock lock(mutex_);
        std::vector<std::string> all;
        for (const RecordPtr& record : kept_) {
            all.emplace_back(record->bytes());
        }
        return all;
    }

    void settle_first(const Fate& fate) {
        RecordPtr first;
        {
            const std::scoped_lock lock(mutex_);
            first = std::move(kept_.front());
            kept_.erase(kept_.begin());
        }
        first->settle(fate);
    }

    std::vector<std::string> settle_all(const Fate& fate) {
        std::vector<std::string> texts;
        message::Batch taken;
        {
            const std::scoped_lock lock(mutex_);
            taken.swap(kept_);
        }
        for (const RecordPtr& record : taken) {
            texts.emplace_back(record->bytes());
            record->settle(fate);
        }
        return texts;
    }

protected:
    void work(message::Batch& batch, Runner&) override {
        const std::scoped_lock lock(mutex_);
        std::move(batch.begin(), batch.end(), std::back_inserter(kept_));
        batch.clear();
    }

private:
    mutable std::mutex mutex_;
    message::Batch kept_;
};

/// One run of a process over a disk: a journaled source, an outbox, its sink.
class Process {
public:
    explicit Process(FakeSpool::Disk& disk)
        : spool(disk,
                [this](spool::StreamId stream, std::uint64_t end) {
                    for (Outbox* one : {outbox.get(), second.get()}) {
                        if (one != nullptr && one->stream_id() == stream) {
                            one->on_durable(end);
                        }
                    }
                }),
          source(ledger,
                 {delivery::AckLevel::Durable},
                 peer,
                 rig.clock,
                 {&spool, spool.stream(spool::StreamKind::Journal, "intake", 1)}) {
        outbox = make_outbox("sink", sink);
        ledger.begin_with(disk.entries[1].size());
    }

    std::unique_ptr<Outbox> make_outbox(const std::string& name, Lane& lane) {
        return std::make_unique<Outbox>(
            1,
            name,
            spool.stream(spool::StreamKind::Outbox, name, 1),
            Target{{&lane}},
            runner,
            active,
            Outbox::Services{spool, codec, ledger, rig.letters, rig.context});
    }

    RecordPtr record(std::string_view text) {
        auto made = std::make_unique<message::Record>(&rig.budget);
        made->set_payload(message::BufferRef{message::copy_of(text, rig.budget)});
        message::Receipt* receipt = source.open(++cookie);
        std::vector<spool::Entry> entries;
        entries.push_back({1, receipt->sequence, {}, codec.encode(*made), made->payload()});
        spool.append(std::move(entries));
        made->share = message::Share{receipt};
        receipt->drop_reference();
        return made;
    }

    void wait_appended(std::size_t count) const {
        wait([&] { return spool.waiting(outbox->stream_id()) == count; });
    }

    test::Rig rig;
    std::vector<std::string> nodes{"intake", "sink"};
    delivery::RecordCodec codec{rig.names, rig.budget, nodes};
    delivery::Ledger ledger;
    Peer peer;
    std::uint64_t cookie = 0;
    FakeSpool spool;
    delivery::SourceDelivery source;
    base::BusyCount active;
    test::ThreadsRunner runner{1};
    KeepingLane sink{"sink", Lane::Thread::Shared, runner, active};
    std::unique_ptr<Outbox> outbox;
    KeepingLane second_sink{"second", Lane::Thread::Shared, runner, active};
    std::unique_ptr<Outbox> second;  // when a test makes one
};

/// A run whose sink takes nothing.
void leave_behind(FakeSpool::Disk& disk, std::initializer_list<const char*> texts) {
    Process run{disk};
    run.outbox->begin(true);
    for (const char* text : texts) {
        run.outbox->offer(run.record(text), run.runner);
    }
    wait([&] {
        run.spool.commit();
        return run.sink.texts().size() == texts.size();
    });
    run.sink.settle_all({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 1});
}

TEST(Outbox, TheSourceIsDoneWithARecordOnceItIsDurableAndTheLedgerWhenItIsDelivered) {
    FakeSpool::Disk disk;
    Process run{disk};
    run.outbox->begin(true);
    run.outbox->offer(run.record("a"), run.runner);
    run.wait_appended(1);
    EXPECT_THAT(run.peer.cookies, IsEmpty());
    wait([&] {
        run.spool.commit();
        return !run.peer.cookies.empty();
    });
    EXPECT_EQ(run.ledger.counts().held, 1U);
    EXPECT_TRUE(run.ledger.wait_settled(0s)) << "nothing of it is in memory";
    wait([&] { return run.sink.texts().size() == 1; });
    run.sink.settle_all(Fate::delivered(1));
    EXPECT_EQ(run.ledger.counts().delivered, 1U);
    EXPECT_EQ(run.ledger.counts().held, 0U);
    EXPECT_TRUE(run.ledger.counts().balances());
    EXPECT_EQ(run.outbox->held(), 0U);
}

TEST(Outbox, ABranchThatWasDeadLetteredBesideItDecidesTheFate) {
    FakeSpool::Disk disk;
    Process run{disk};
    run.outbox->begin(true);
    RecordPtr record = run.record("a");
    RecordPtr twin = record->copy();
    run.outbox->offer(std::move(record), run.runner);
    twin->settle({FateKind::DeadLettered, ErrorCode::InvalidData, "r", {}, 0});
    wait([&] {
        run.spool.commit();
        return run.sink.texts().size() == 1;
    });
    run.sink.settle_all(Fate::delivered(1));
    EXPECT_EQ(run.ledger.counts().dead_lettered, 1U);
    EXPECT_EQ(run.ledger.counts().delivered, 0U);
}

TEST(Outbox, WhatTheSinkHasNotFinishedComesAgainInOrderAtTheNextStart) {
    FakeSpool::Disk disk;
    {
        Process run{disk};
        run.outbox->begin(true);
        for (const char* text : {"a", "b", "c"}) {
            run.outbox->offer(run.record(text), run.runner);
        }
        wait([&] {
            run.spool.commit();
            return run.sink.texts().size() == 3;
        });
        run.sink.settle_all({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 1});
        EXPECT_EQ(run.ledger.counts().held, 3U);
        EXPECT_EQ(run.ledger.counts().failed, 0U);
    }
    Process run{disk};
    run.outbox->begin(true);
    wait([&] { return run.sink.texts().size() == 3; });
    EXPECT_THAT(run.sink.texts(), ElementsAre("a", "b", "c"));
    run.sink.settle_all(Fate::delivered(1));
    EXPECT_EQ(run.ledger.counts().delivered, 3U);
    EXPECT_TRUE(run.ledger.counts().balances());
}

TEST(Outbox, ASinkThatIsDownHasABoundedWindowInMemory) {
    FakeSpool::Disk disk;
    Process run{disk};
    run.outbox->begin(true);
    constexpr std::size_t kRecords = 3000;
    for (std::size_t i = 0; i < kRecords; ++i) {
        run.outbox->offer(run.record(std::to_string(i)), run.runner);
    }
    wait([&] {
        run.spool.commit();
        return run.peer.cookies.size() == kRecords;
    });
    std::size_t seen = 0;
    while (seen < kRecords) {
        wait([&] { return !run.sink.texts().empty(); });
        const std::vector<std::string> texts = run.sink.settle_all(Fate::delivered(1));
        EXPECT_LE(texts.size(), 512U);
        for (const std::string& text : texts) {
            ASSERT_EQ(text, std::to_string(seen++));
        }
    }
    EXPECT_EQ(run.ledger.counts().delivered, kRecords);
}

TEST(Outbox, AfterACrashTheSuspectsGoOneByOne) {
    FakeSpool::Disk disk;
    leave_behind(disk, {"a", "b", "c"});
    disk.entries[2].begin()->second.attempts = 5;
    Process run{disk};
    run.outbox->begin(false);
    for (const char* text : {"b", "c"}) {
        wait([&] { return !run.sink.texts().empty(); });
        EXPECT_THAT(run.sink.texts(), ElementsAre(text));
        run.sink.settle_all(Fate::delivered(1));
    }
    EXPECT_THAT(run.rig.letters.texts(), ElementsAre("sink internal engine.crash_suspect  a"));
    EXPECT_EQ(run.ledger.counts().dead_lettered, 1U);
}

TEST(Outbox, AnEntryThatThisVersionCannotReadStaysAndHoldsUpNobody) {
    FakeSpool::Disk disk;
    leave_behind(disk, {"old", "unknown code", "good"});
    Process run{disk};
    message::Record newer{nullptr};  // its writer knew one more error code
    newer.rejection = std::make_unique<message::Rejection>(message::Rejection{
        static_cast<ErrorCode>(static_cast<std::uint32_t>(ErrorCode::Internal) + 1), "new", {}, 0});
    auto& entries = disk.entries[2];
    ASSERT_EQ(entries.size(), 3U);
    entries.begin()->second.head.front() = 99;
    std::next(entries.begin())->second.head = run.codec.encode(newer);
    run.outbox->begin(true);
    wait([&] { return !run.sink.texts().empty(); });
    EXPECT_THAT(run.sink.settle_all(Fate::delivered(1)), ElementsAre("good"));
    EXPECT_EQ(run.outbox->held(), 2U);
    EXPECT_EQ(entries.size(), 2U);
}

TEST(Outbox, SuspectsOfACrashStaySoOverAStopUntilEachHasBeenTried) {
    FakeSpool::Disk disk;
    leave_behind(disk, {"a", "b", "c"});
    const auto first_of = [](Process& run, bool was_closed) {
        run.outbox->begin(was_closed);
        wait([&] { return !run.sink.texts().empty(); });
    };
    {
        Process run{disk};
        first_of(run, false);
        EXPECT_THAT(run.sink.texts(), ElementsAre("a"));
        run.outbox->stop();
        run.sink.settle_all({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 1});
    }
    Process run{disk};
    first_of(run, true);
    for (const char* text : {"a", "b", "c"}) {
        wait([&] { return !run.sink.texts().empty(); });
        EXPECT_THAT(run.sink.settle_all(Fate::delivered(1)), ElementsAre(text)) << "one by one";
    }
    wait([&] { return run.outbox->is_done(); });
    EXPECT_EQ(disk.facts["suspects/2"], "");
}

TEST(Outbox, TwoOutboxesAndADeadLetteredBranchAreOneRecord) {
    const Fate dead{FateKind::DeadLettered, ErrorCode::InvalidData, "r", {}, 0};
    for (const bool branch_first : {false, true}) {
        FakeSpool::Disk disk;
        Process run{disk};
        run.second = run.make_outbox("second", run.second_sink);
        run.outbox->begin(true);
        run.second->begin(true);
        RecordPtr record = run.record("a");
        RecordPtr to_second = record->copy();
        RecordPtr branch = record->copy();
        run.outbox->offer(std::move(record), run.runner);
        run.second->offer(std::move(to_second), run.runner);
        if (branch_first) {
            branch->settle(dead);
        }
        wait([&] {
            run.spool.commit();
            return run.sink.texts().size() == 1 && run.second_sink.texts().size() == 1;
        });
        run.sink.settle_all(Fate::delivered(1));
        if (!branch_first) {
            branch->settle(dead);
        }
        EXPECT_EQ(run.ledger.counts().held, 1U);
        EXPECT_TRUE(run.ledger.counts().balances());
        run.second_sink.settle_all(Fate::delivered(1));
        EXPECT_EQ(run.ledger.counts().dead_lettered, 1U);
        EXPECT_EQ(run.ledger.counts().held, 0U);
        EXPECT_TRUE(run.ledger.counts().balances());
        EXPECT_TRUE(disk.entries[1].empty());
    }
}

TEST(Outbox, SeveralChildrenInOneOutboxAreOneRecordWithTheirHighestFate) {
    FakeSpool::Disk disk;
    Process run{disk};
    run.outbox->begin(true);
    RecordPtr parent = run.record("parent");
    for (int i = 0; i < 5; ++i) {
        run.outbox->offer(parent->copy(), run.runner);
    }
    parent->share.dissolve();
    wait([&] {
        run.spool.commit();
        return run.sink.texts().size() == 5;
    });
    EXPECT_EQ(run.ledger.counts().held, 1U);
    EXPECT_EQ(run.outbox->held(), 5U);
    run.sink.settle_first({FateKind::DeadLettered, ErrorCode::InvalidData, "r", {}, 1});
    EXPECT_EQ(run.ledger.counts().held, 1U) << "four are not over";
    run.sink.settle_all(Fate::delivered(1));
    EXPECT_EQ(run.ledger.counts().dead_lettered, 1U);
    EXPECT_EQ(run.ledger.counts().held, 0U);
    EXPECT_TRUE(run.ledger.counts().balances());
}

TEST(Outbox, WhatBecomesDurableWhileItLooksIsFedAtOnce) {
    FakeSpool::Disk disk;
    Process run{disk};
    constexpr std::uint64_t kRecords = 30;  // a pause for each would be longer than `wait` waits
    std::uint64_t offered = 0;
    run.spool.on_end = [&] {
        if (offered < kRecords) {
            run.outbox->offer(run.record("x"), run.runner);
            ++offered;
            run.wait_appended(1);
            run.spool.commit();
        }
    };
    run.outbox->begin(true);
    wait([&] { return run.sink.texts().size() == kRecords; });
    run.outbox->stop();
    run.sink.settle_all(Fate::delivered(1));
}

TEST(Outbox, ASuspectThatLiesQuietAtTheSinkIsNoSuspectAnyMore) {
    FakeSpool::Disk disk;
    {
        Process run{disk};
        run.outbox->begin(true);
        run.outbox->offer(run.record("a"), run.runner);
        run.outbox->offer(run.record("b"), run.runner);
        wait([&] {
            run.spool.commit();
            return run.sink.texts().size() == 2;
        });
        run.sink.settle_all({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 1});
    }
    Process run{disk};
    run.outbox->begin(false);
    wait([&] { return !run.sink.texts().empty(); });
    wait([&] { return run.spool.tried(2).empty(); });
    EXPECT_THAT(run.sink.texts(), ElementsAre("a")) << "the next one is still tried apart";
    run.sink.settle_all(Fate::delivered(1));
    wait([&] { return !run.sink.texts().empty(); });
    EXPECT_THAT(run.sink.texts(), ElementsAre("b"));
    run.sink.settle_all(Fate::delivered(1));
}

TEST(Outbox, IsDoneWhenAllHasBeenWithTheSinkAndIsOverOrGivenBack) {
    FakeSpool::Disk disk;
    Process run{disk};
    run.outbox->offer(run.record("a"), run.runner);
    run.outbox->offer(run.record("b"), run.runner);
    run.wait_appended(2);
    run.spool.commit();
    EXPECT_FALSE(run.outbox->is_done());
    run.outbox->begin(true);
    wait([&] { return run.sink.texts().size() == 2; });
    EXPECT_FALSE(run.outbox->is_done());
    run.sink.settle_first({FateKind::Failed, ErrorCode::Internal, "engine.lost", {}, 1});
    EXPECT_FALSE(run.outbox->is_done());
    run.sink.settle_all(Fate::delivered(1));
    wait([&] { return run.outbox->is_done(); });
    EXPECT_EQ(run.outbox->held(), 1U);
}

}  // namespace
}  // namespace aorta::graph
