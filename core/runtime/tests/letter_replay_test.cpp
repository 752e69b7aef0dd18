#include "runtime/letter_replay.hpp"

#include "delivery/sqlite_dead_letters.hpp"
#include "delivery/stored_letters.hpp"
#include "delivery/tests/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

namespace aorta::runtime {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using delivery::test::wait;
using message::Fate;
using message::FateKind;
using message::RecordPtr;

/// Who brought the record that became a letter.
class Nobody final : public message::Settler {
public:
    void on_after(message::Receipt&) override {}

    void on_required_settled(message::Receipt&) override {}

    void on_settled(message::Receipt&) override {}

    bool sender_keeps_failures() const override { return false; }
};

class Replay : public testing::Test {
protected:
    Replay() {
        std::string name = (fs::temp_directory_path() / "aorta_replay_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }

    ~Replay() override { fs::remove_all(folder_); }

    fs::path file() const { return folder_ / "dead_letters.db"; }

    /// A letter of node `store`, asked for again.
    void ask(std::string_view payload, const std::string& target = {}) {
        {
            delivery::SqliteDeadLetters letters{file(), "p", {clock_, log_, names_}};
            RecordPtr record = std::make_unique<message::Record>(&budget_);
            record->set_payload(message::BufferRef{message::copy_of(payload, budget_)});
            record->id[0] = 0xab;
            record->id[1] = ++last_id_;
            record->share = message::Share{new message::Receipt(nobody_, 0, 0)};
            letters.store(
                {std::move(record), "store", 1, ErrorCode::InvalidData, "r.bad", "PID-3"});
            wait([&] { return state_of(static_cast<std::int64_t>(last_id_)) == "kept"; });
        }
        ASSERT_EQ(*delivery::ask_replay(
                      file(), {.numbers = {static_cast<std::int64_t>(last_id_)}}, target),
                  1U);
    }

    std::string state_of(std::int64_t number) const {
        const auto letter = delivery::describe_letter(file(), number);
        return letter.ok() ? letter->state : "gone";
    }

    std::unique_ptr<LetterReplay> start() {
        auto replay = std::make_unique<LetterReplay>(
            file(),
            spool::Keys{},
            LetterReplay::Services{"p",
                                   clock_,
                                   log_,
                                   names_,
                                   budget_,
                                   ledger_,
                                   {},
                                   [](std::uint32_t) { return std::string{"store"}; },
                                   [this] { is_finished_.store(true); }});
        replay->start({{"store", [this](RecordPtr record) {
                            const std::scoped_lock lock(mutex_);
                            got_.push_back(std::move(record));
                        }}});
        return replay;
    }

    std::size_t got() const {
        const std::scoped_lock lock(mutex_);
        return got_.size();
    }

    message::Batch take() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(got_, {});
    }

    fs::path folder_;
    base::SystemClock clock_;
    base::Log log_{clock_, base::LogLevel::Error};
    message::Interner names_;
    message::Budget budget_{1 << 20};
    delivery::Ledger ledger_;
    Nobody nobody_;
    std::uint64_t last_id_ = 0;
    std::atomic<bool> is_finished_{false};
    mutable std::mutex mutex_;
    message::Batch got_;
};

TEST_F(Replay, TheSameRecordGoesInAgainAndTheLetterGoesWhenItIsDelivered) {
    ask("text");
    const auto replay = start();
    wait([&] { return got() == 1; });
    EXPECT_EQ(state_of(1), "replaying");
    EXPECT_FALSE(is_finished_.load());
    {
        const message::Batch records = take();
        EXPECT_EQ(records.front()->bytes(), "text");
        EXPECT_EQ(records.front()->id[0], 0xabU);
        EXPECT_EQ(records.front()->id[1], 1U);
        records.front()->settle(Fate::delivered(1));
    }
    wait([&] { return state_of(1) == "gone"; });
    wait([&] { return is_finished_.load(); });
    EXPECT_EQ(ledger_.counts().replayed, 1U);
    EXPECT_EQ(ledger_.counts().delivered, 1U);
    EXPECT_TRUE(ledger_.counts().balances());
}

TEST_F(Replay, ALetterForANodeThatIsNotThereStays) {
    ask("text", "nowhere");
    const auto replay = start();
    wait([&] { return state_of(1) == "kept"; });
    EXPECT_EQ(delivery::describe_letter(file(), 1)->history.back().reason, "replay.no_such_node");
    EXPECT_EQ(got(), 0U);
    EXPECT_EQ(ledger_.counts().replayed, 0U);
}

TEST_F(Replay, AFateThatIsKnownBeforeTheEndIsTold) {
    ask("text");
    const auto replay = start();
    wait([&] { return got() == 1; });
    take().front()->settle(Fate::delivered(1));
    replay->close();
    EXPECT_EQ(state_of(1), "gone");
}

TEST_F(Replay, WhatAStopLeavesUnfinishedIsAskedForAgain) {
    ask("text");
    {
        const auto replay = start();
        wait([&] { return got() == 1; });
        take().front()->settle({FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, 1});
        replay->close();
    }
    EXPECT_EQ(state_of(1), "replay_asked");
    const auto next = start();
    wait([&] { return got() == 1; });
    take().front()->settle(Fate::delivered(1));
    wait([&] { return state_of(1) == "gone"; });
}

TEST_F(Replay, TakesNothingWhileTheBudgetIsUsed) {
    ask("text");
    budget_.charge(budget_.limit());
    const auto replay = start();
    replay->stop_taking();
    replay->close();
    EXPECT_EQ(got(), 0U);
    EXPECT_EQ(state_of(1), "replay_asked");
    budget_.release(budget_.limit());
}

}  // namespace
}  // namespace aorta::runtime
