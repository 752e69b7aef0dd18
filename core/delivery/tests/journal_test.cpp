#include "delivery/journal.hpp"

#include "fake_spool.hpp"
#include "wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace aorta::delivery {
namespace {

using namespace std::chrono_literals;
using message::Fate;
using message::FateKind;
using message::Receipt;
using message::RecordPtr;
using test::wait;
using testing::ElementsAre;
using testing::IsEmpty;

class JournalPeer final : public SourcePeer {
public:
    void answer(std::uint64_t cookie, Answer answer, const Fate&, std::string_view) override {
        constexpr const char* kNames[] = {"accept", "error", "refuse", "none"};
        answers.push_back(std::to_string(cookie) + ":" + kNames[static_cast<std::size_t>(answer)]);
    }

    void settled(std::uint64_t cookie, const Fate& fate) override {
        settled_cookies.push_back(std::to_string(cookie) + ":" + std::string{to_string(fate.kind)});
    }

    std::vector<std::string> answers;
    std::vector<std::string> settled_cookies;
};

class Letters final : public DeadLetters {
public:
    void store(Letter letter) override {
        texts.push_back(letter.reason + " " + std::string{letter.record->bytes()});
        letter.record->settle(letter.fate());
    }

    std::string trouble() const override { return {}; }

    std::vector<std::string> texts;
};

/// One run of a process over a disk: a source with a journal, and what it sends on.
class Process {
public:
    explicit Process(test::FakeSpool::Disk& disk, AckPolicy policy = {AckLevel::Durable})
        : spool(disk, [this](spool::StreamId, std::uint64_t end) { journal.on_durable(end); }),
          delivery(ledger,
                   policy,
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
                   [this](message::Batch& batch) { take(batch); },
                   [] { return true; }}) {
        ledger.begin_with(delivery.roots().stream.held);
    }

    /// As a source node does.
    void push(std::uint64_t cookie, std::string_view text) {
        message::Batch batch;
        Receipt* receipt = nullptr;
        bool goes_on = false;
        {
            const auto order = journal.order();
            receipt = delivery.open(cookie);
            batch.push_back(std::make_unique<message::Record>(&budget));
            batch.back()->share = message::Share{receipt};
            batch.back()->set_payload(message::BufferRef{message::copy_of(text, budget)});
            goes_on = journal.append(batch);
        }
        if (goes_on) {
            take(batch);
        }
        batch.clear();
        delivery.received(*receipt);
        receipt->drop_reference();
    }

    void take(message::Batch& batch) {
        const std::scoped_lock lock(mutex);
        for (RecordPtr& record : batch) {
            texts.emplace_back(record->bytes());
            records.push_back(std::move(record));
        }
        batch.clear();
        if (settles) {
            for (const RecordPtr& record : std::exchange(records, {})) {
                record->settle(Fate::delivered(1));
            }
        }
    }

    void settle_all(const Fate& fate) {
        message::Batch taken;
        {
            const std::scoped_lock lock(mutex);
            taken.swap(records);
        }
        for (const RecordPtr& record : taken) {
            record->settle(fate);
        }
    }

    std::vector<std::string> taken() const {
        const std::scoped_lock lock(mutex);
        return texts;
    }

    base::SystemClock clock;
    base::Log log{clock, base::LogLevel::Error};
    message::Budget budget{1 << 20};
    message::Interner names;
    const std::vector<std::string> nodes{"intake", "sink"};
    RecordCodec codec{names, budget, nodes};
    Ledger ledger;
    JournalPeer peer;
    Letters letters;
    mutable std::mutex mutex;
    std::vector<std::string> texts;
    message::Batch records;
    bool settles = false;
    test::FakeSpool spool;
    SourceDelivery delivery;
    Journal journal;
};

TEST(Journal, AnswersWhenTheRecordIsSyncedWhateverBecomesOfIt) {
    test::FakeSpool::Disk disk;
    Process run{disk};
    run.push(1, "a");
    run.push(2, "b");
    EXPECT_THAT(run.peer.answers, IsEmpty());
    run.spool.commit();
    EXPECT_THAT(run.peer.answers, ElementsAre("1:accept", "2:accept"));
    run.settle_all({FateKind::DeadLettered, ErrorCode::InvalidData, "r", {}, 1});
    EXPECT_THAT(run.peer.answers, ElementsAre("1:accept", "2:accept"));
    EXPECT_TRUE(disk.entries[1].empty());
    EXPECT_EQ(run.ledger.counts().dead_lettered, 2U);
}

TEST(Journal, AnswersOnlyWhenBothTheSyncAndTheVerdictAreThere) {
    for (const bool verdict_first : {false, true}) {
        test::FakeSpool::Disk disk;
        Process run{disk, {AckLevel::Durable, true}};
        run.push(1, "a");
        const auto verdict = [&] { run.records.front()->share.passed_after(); };
        const auto sync = [&] { run.spool.commit(); };
        verdict_first ? verdict() : sync();
        EXPECT_THAT(run.peer.answers, IsEmpty());
        verdict_first ? sync() : verdict();
        EXPECT_THAT(run.peer.answers, ElementsAre("1:accept"));
        run.settle_all(Fate::delivered(1));
    }
}

TEST(Journal, InvalidDataIsRefusedBeforeTheSync) {
    test::FakeSpool::Disk disk;
    Process run{disk, {AckLevel::Durable, true, Answer::Refuse}};
    run.push(1, "a");
    run.records.front()->share.mark_invalid();
    run.settle_all({FateKind::DeadLettered, ErrorCode::InvalidData, "r", {}, 1});
    EXPECT_THAT(run.peer.answers, ElementsAre("1:refuse"));
}

TEST(Journal, ARecordThatFailsStaysForTheNextRun) {
    test::FakeSpool::Disk disk;
    {
        Process run{disk};
        run.push(1, "a");
        run.spool.commit();
        run.settle_all({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 1});
        EXPECT_EQ(run.ledger.counts().held, 1U);
        EXPECT_EQ(run.ledger.counts().failed, 0U);
        EXPECT_TRUE(run.ledger.counts().balances());
    }
    Process next{disk};
    next.settles = true;
    next.journal.begin(true);
    wait([&] { return next.journal.has_caught_up(); });
    EXPECT_THAT(next.taken(), ElementsAre("a"));
    EXPECT_EQ(next.ledger.counts().held_at_start, 1U);
    EXPECT_EQ(next.ledger.counts().delivered, 1U);
    EXPECT_TRUE(next.ledger.counts().balances());
    EXPECT_THAT(next.peer.settled_cookies, IsEmpty()) << "the source of now did not bring it";
}

void leave_behind(test::FakeSpool::Disk& disk, std::initializer_list<const char*> texts) {
    Process run{disk};
    std::uint64_t cookie = 0;
    for (const char* text : texts) {
        run.push(++cookie, text);
    }
    run.spool.commit();
}

TEST(Journal, NewRecordsWaitForThoseOfTheEarlierRun) {
    test::FakeSpool::Disk disk;
    leave_behind(disk, {"a", "b", "c"});
    Process run{disk};
    run.push(11, "d");
    run.spool.commit();
    EXPECT_THAT(run.taken(), IsEmpty()) << "it is journaled, and no more";
    EXPECT_THAT(run.peer.answers, ElementsAre("11:accept"));
    run.settles = true;
    run.journal.begin(true);
    wait([&] { return run.journal.has_caught_up(); });
    run.push(12, "e");
    run.spool.commit();
    EXPECT_THAT(run.taken(), ElementsAre("a", "b", "c", "d", "e"));
    EXPECT_THAT(run.peer.settled_cookies, ElementsAre("11:delivered", "12:delivered"));
    EXPECT_EQ(run.ledger.counts().in, 2U);
    EXPECT_EQ(run.ledger.counts().delivered, 5U);
    EXPECT_TRUE(run.ledger.counts().balances());
}

TEST(Journal, RecordsThatComeWhileItClosesTheGapKeepTheirOrder) {
    test::FakeSpool::Disk disk;
    leave_behind(disk, {"0", "1", "2"});
    Process run{disk};
    run.settles = true;
    run.journal.begin(true);
    std::vector<std::string> expected{"0", "1", "2"};
    for (int i = 3; i < 2000; ++i) {
        run.push(1, std::to_string(i));
        if (i % 7 == 0) {
            run.spool.commit();
        }
        expected.push_back(std::to_string(i));
    }
    run.spool.commit();
    wait([&] { return run.taken().size() == expected.size(); });
    EXPECT_EQ(run.taken(), expected);
}

TEST(Journal, AfterACrashTheRecordThatKillsTheProcessIsFoundAndBuried) {
    test::FakeSpool::Disk disk;
    leave_behind(disk, {"a", "b", "poison", "c"});
    // Each run dies at the poison: what was taken before it and settled is over.
    for (int crash = 0; crash < 5; ++crash) {
        Process run{disk};
        run.journal.begin(false);
        wait([&] {
            const auto taken = run.taken();
            return !taken.empty() && std::find(taken.begin(), taken.end(), "poison") != taken.end();
        });
        const auto tried = disk.trying;
        run.journal.stop();
        disk.trying = tried;  // a process that dies takes nothing back
        for (const RecordPtr& record : std::exchange(run.records, {})) {
            const bool is_over = crash > 0 && record->bytes() != "poison";
            record->settle(is_over ? Fate::delivered(1)
                                   : Fate{FateKind::Failed, ErrorCode::Cancelled, "x", {}, 1});
        }
    }
    Process run{disk};
    run.settles = true;
    run.journal.begin(false);
    wait([&] { return run.journal.has_caught_up(); });
    EXPECT_THAT(run.letters.texts, ElementsAre("engine.crash_suspect poison"));
    EXPECT_TRUE(disk.entries[1].empty());
}

TEST(Journal, SuspectsOfACrashStaySoOverAStopUntilEachHasBeenTried) {
    test::FakeSpool::Disk disk;
    leave_behind(disk, {"a", "b"});
    for (auto& [sequence, entry] : disk.entries[1]) {
        entry.attempts = 1;  // they go alone
    }
    {
        Process run{disk};
        run.journal.begin(false);
        wait([&] { return !run.taken().empty(); });
        run.journal.stop();
        run.settle_all({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 1});
    }
    EXPECT_EQ(disk.facts["suspects/1"], "1");
    Process run{disk};
    run.settles = true;
    run.journal.begin(true);
    wait([&] { return run.journal.has_caught_up(); });
    EXPECT_THAT(run.taken(), ElementsAre("a", "b"));
    EXPECT_EQ(disk.facts["suspects/1"], "");
}

TEST(Journal, ReadsBackNoMoreThanTheBudgetHasRoomFor) {
    test::FakeSpool::Disk disk;
    const std::string big(200'000, 'x');
    {
        Process run{disk};
        for (int i = 0; i < 20; ++i) {
            run.push(1, big);
        }
        run.spool.commit();
    }
    Process run{disk};
    run.journal.begin(true);
    std::size_t over = 0;
    while (over < 20) {
        wait([&] { return !run.taken().empty(); });
        EXPECT_LE(run.budget.used(), std::uint64_t{1} << 20U);
        {
            const std::scoped_lock lock(run.mutex);
            over += run.texts.size();
            run.texts.clear();
        }
        run.settle_all(Fate::delivered(1));
    }
    wait([&] { return run.journal.has_caught_up(); });
}

TEST(Journal, GoesOnOneByOneWhenOthersFillTheBudget) {
    test::FakeSpool::Disk disk;
    leave_behind(disk, {"a", "b", "c", "d"});
    Process run{disk};
    run.budget.charge(run.budget.limit());  // what waits for the journal to go on, say
    run.journal.begin(true);
    for (const char* text : {"a", "b", "c", "d"}) {
        wait([&] { return !run.taken().empty(); });
        EXPECT_THAT(run.taken(), ElementsAre(text));
        {
            const std::scoped_lock lock(run.mutex);
            run.texts.clear();
        }
        run.settle_all(Fate::delivered(1));
    }
    wait([&] { return run.journal.has_caught_up(); });
    run.budget.release(run.budget.limit());
}

TEST(Journal, ARecordThatIsDamagedWhileItWaitsFailsAndTheOthersKeepTheirReceipts) {
    test::FakeSpool::Disk disk;
    leave_behind(disk, {"a"});
    Process run{disk};
    run.settles = true;
    for (const std::uint64_t cookie : {11, 12, 13}) {
        run.push(cookie, "new " + std::to_string(cookie));
    }
    run.spool.commit();
    disk.entries[1].erase(1);
    disk.entries[1].erase(3);
    run.journal.begin(true);
    wait([&] { return run.ledger.held() == 0; });
    EXPECT_THAT(run.taken(), ElementsAre("a", "new 12"));
    EXPECT_THAT(run.peer.settled_cookies, ElementsAre("11:failed", "12:delivered", "13:failed"));
    EXPECT_EQ(run.ledger.counts().failed, 2U);
    EXPECT_EQ(run.ledger.counts().delivered, 2U);
    EXPECT_TRUE(run.ledger.counts().balances());
}

/// As a newer version writes it: it knows one more error code.
std::string head_with_unknown_code(const RecordCodec& codec) {
    message::Record record{nullptr};
    record.rejection = std::make_unique<message::Rejection>(message::Rejection{
        static_cast<ErrorCode>(static_cast<std::uint32_t>(ErrorCode::Internal) + 1), "new", {}, 0});
    return codec.encode(record);
}

TEST(Journal, ARecordThatThisVersionCannotReadStaysAndHoldsUpNobody) {
    test::FakeSpool::Disk disk;
    leave_behind(disk, {"a"});
    Process run{disk};
    run.settles = true;
    run.push(11, "b");
    run.push(12, "c");
    run.spool.commit();
    disk.entries[1][0].head.front() = 99;
    disk.entries[1][1].head = head_with_unknown_code(run.codec);
    run.journal.begin(true);
    wait([&] { return run.journal.has_caught_up(); });
    EXPECT_THAT(run.taken(), ElementsAre("c"));
    EXPECT_EQ(run.ledger.counts().held, 2U);
    EXPECT_TRUE(run.ledger.counts().balances());
    EXPECT_EQ(disk.entries[1].size(), 2U);
}

TEST(Journal, AfterAStopNothingIsReadBackAnyMore) {
    test::FakeSpool::Disk disk;
    leave_behind(disk, {"a"});
    Process run{disk};
    bool is_read = false;
    run.spool.on_end = [&] { is_read = true; };
    run.journal.stop();
    run.journal.begin(true);
    run.journal.stop();
    EXPECT_THAT(run.taken(), IsEmpty());
    EXPECT_FALSE(is_read);
    EXPECT_EQ(run.ledger.counts().held, 1U);
}

/// A run whose journal feeds state, which is caught up.
class StatefulProcess : public Process {
public:
    explicit StatefulProcess(test::FakeSpool::Disk& disk, std::uint64_t keep_from = 0)
        : Process(disk) {
        delivery.count_unsettled();
        journal.feeds_state();
        spool.keep(delivery.roots().stream.id, keep_from);
        journal.begin(true);
        wait([this] { return journal.has_caught_up(); });
    }
};

TEST(JournalState, APauseKeepsBackWhatComesAndSendsItOnInOrder) {
    test::FakeSpool::Disk disk;
    StatefulProcess run{disk};
    run.push(1, "a");
    run.journal.sent();
    EXPECT_EQ(run.journal.pause(), 1U);
    EXPECT_TRUE(run.journal.is_paused());
    run.push(2, "b");
    run.push(3, "c");
    run.spool.commit();
    EXPECT_THAT(run.taken(), ElementsAre("a"));
    EXPECT_THAT(run.peer.answers, ElementsAre("1:accept", "2:accept", "3:accept"));
    run.journal.resume();
    EXPECT_THAT(run.taken(), ElementsAre("a", "b", "c"));
    run.settle_all(Fate::delivered(1));
}

TEST(JournalState, APauseWaitsForBatchesThatAreOnTheirWay) {
    test::FakeSpool::Disk disk;
    StatefulProcess run{disk};
    run.push(1, "a");  // and has not said that it is in the pipeline
    ASSERT_TRUE(run.journal.pause().has_value());
    EXPECT_FALSE(run.journal.is_paused());
    run.journal.sent();
    EXPECT_TRUE(run.journal.is_paused());
    run.journal.resume();
    run.settle_all(Fate::delivered(1));
}

TEST(JournalState, ACutIsSettledWhenAllBeforeItAre) {
    test::FakeSpool::Disk disk;
    StatefulProcess run{disk};
    run.push(1, "a");
    run.journal.sent();
    ASSERT_TRUE(run.journal.pause().has_value());
    run.push(2, "b");
    run.journal.resume();
    EXPECT_FALSE(run.delivery.unsettled()->is_cut_settled());
    run.records.front()->settle(Fate::delivered(1));
    EXPECT_TRUE(run.delivery.unsettled()->is_cut_settled());
    run.settle_all({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 1});
    EXPECT_TRUE(run.delivery.unsettled()->has_stayed());
}

TEST(JournalState, WhatIsOverComesAgainAsPastAndIsInNoLedger) {
    test::FakeSpool::Disk disk;
    {
        StatefulProcess run{disk};
        run.push(1, "before the cut");
        run.push(2, "over");
        run.push(3, "not over");
        run.spool.commit();
        run.records[0]->settle(Fate::delivered(1));
        run.records[1]->settle(Fate::delivered(1));
        run.settle_all({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 1});
    }
    StatefulProcess next{disk, 1};
    EXPECT_THAT(next.taken(), ElementsAre("over", "not over"));
    EXPECT_TRUE(next.records[0]->share.receipt()->is_past);
    EXPECT_FALSE(next.records[1]->share.receipt()->is_past);
    EXPECT_EQ(next.ledger.counts().held, 1U);
    next.settle_all(Fate::delivered(1));
    EXPECT_EQ(next.ledger.counts().delivered, 1U);
    EXPECT_TRUE(next.ledger.counts().balances());
    EXPECT_FALSE(next.delivery.unsettled()->has_stayed());
    EXPECT_THAT(next.peer.settled_cookies, IsEmpty());
}

}  // namespace
}  // namespace aorta::delivery
