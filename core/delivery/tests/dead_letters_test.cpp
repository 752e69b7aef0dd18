// Records that could not go on are written, listed and kept.
#include "core/delivery/tests/letters_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace aorta::delivery {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using message::FateKind;
using test::Sender;
using test::SqliteLetters;

TEST_F(SqliteLetters, KeepsAllThatIsToldOfALetter) {
    Sender sender;
    SqliteDeadLetters letters{file(), "lab", services()};
    letters.store(letter(sender, "check", "hl7.bad", std::string{"MSH|\0binary\xff", 12}));
    ASSERT_TRUE(sender.ledger.wait_settled(60s));

    const auto read = read_letter(file(), 1, {});

    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->record_id, "00000000000000ab00000000000000cd");
    EXPECT_EQ(read->pipeline, "lab");
    EXPECT_EQ(read->last.node, "check");
    EXPECT_EQ(read->last.code, "invalid_data");
    EXPECT_EQ(read->last.reason, "hl7.bad");
    EXPECT_EQ(read->last.where, "PID-3");
    EXPECT_EQ(read->content_type, "hl7v2");
    EXPECT_EQ(read->last.time_ns, 1'700'000'000'000'000'000);
    EXPECT_EQ(read->key, 0xffff'ffff'ffff'fff0U);
    EXPECT_EQ(read->bytes, 12U);
    EXPECT_EQ(read->payload, (std::string{"MSH|\0binary\xff", 12}));
    EXPECT_THAT(read->attributes, testing::ElementsAre(std::pair{"peer", "127.0.0.1:99"}));
    const auto reasons = sender.ledger.reasons();
    ASSERT_EQ(reasons.size(), 1U);
    EXPECT_EQ(reasons[0].fate, FateKind::DeadLettered);
    EXPECT_EQ(reasons[0].node, 3U);
}

TEST_F(SqliteLetters, ListsTheNewestFirstAndByNodeAndReason) {
    Sender sender;
    SqliteDeadLetters letters{file(), "lab", services()};
    for (int i = 0; i < 600; ++i) {
        letters.store(
            letter(sender, i % 2 == 0 ? "even" : "odd", i % 3 == 0 ? "third" : "other", "payload"));
    }
    ASSERT_TRUE(sender.ledger.wait_settled(60s));

    const std::tuple<LetterFilter, std::size_t, std::int64_t> cases[] = {
        {{}, 100, 600},
        {{.node = "even", .limit = 1000}, 300, 599},
        {{.reason = "third", .limit = 1000}, 200, 598},
        {{.node = "odd", .reason = "third", .limit = 1000}, 100, 598},
        {{.node = "even", .limit = 2}, 2, 599},
        {{.node = "even", .before = 599, .limit = 2}, 2, 597},
        {{.numbers = {3, 17, 900}}, 2, 17},
        {{.numbers = {2, 3}, .node = "even"}, 1, 3},
        {{.record_id = "00000000000000ab00000000000000cd"}, 1, 1},
        {{.content_type = "hl7v2", .limit = 5}, 5, 600},
        {{.content_type = "fhir"}, 0, 0},
        {{.key = 0xffff'ffff'ffff'fff0}, 100, 600},
        {{.key = 7}, 0, 0},
        {{.since_ns = 1'700'000'000'000'000'000}, 100, 600},
        {{.since_ns = 1'700'000'000'000'000'001}, 0, 0},
        {{.until_ns = 1'700'000'000'000'000'000}, 0, 0},
        {{.until_ns = 1'700'000'000'000'000'001}, 100, 600},
        {{.node = "nobody"}, 0, 0},
    };
    for (const auto& [filter, count, first] : cases) {
        const auto listed = list_letters(file(), filter);
        ASSERT_TRUE(listed.ok());
        ASSERT_EQ(listed->size(), count) << filter.node << " " << filter.reason;
        if (count != 0) {
            EXPECT_EQ(listed->front().number, first);
            EXPECT_TRUE(listed->front().payload.empty()) << "a list shows no patient data";
        }
    }
}

TEST_F(SqliteLetters, SettlesOnlyAfterTheCommit) {
    Sender sender{file()};
    SqliteDeadLetters letters{file(), "lab", services()};
    letters.store(letter(sender, "check", "hl7.bad", "x"));
    ASSERT_TRUE(sender.ledger.wait_settled(60s));
    EXPECT_EQ(sender.stored_when_settled, 1U);
}

TEST_F(SqliteLetters, MakesItsFileForItsOwnerOnly) {
    Sender sender;
    SqliteDeadLetters letters{file(), "lab", services()};
    letters.store(letter(sender, "check", "hl7.bad", "x"));
    ASSERT_TRUE(sender.ledger.wait_settled(60s));

    struct stat status {};

    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat(file().parent_path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(SqliteLetters, LettersWaitForAFileThatCannotBeWrittenYet) {
    Sender sender;
    std::ofstream{file().parent_path()} << "a file where the folder should be";
    SqliteDeadLetters letters{file(), "lab", services()};
    letters.store(letter(sender, "check", "hl7.bad", "first"));
    letters.store(letter(sender, "check", "hl7.bad", "second"));
    EXPECT_FALSE(sender.ledger.wait_settled(100ms));
    EXPECT_NE(letters.trouble(), "");

    fs::remove(file().parent_path());

    ASSERT_TRUE(sender.ledger.wait_settled(60s));
    EXPECT_EQ(sender.ledger.counts().dead_lettered, 2U);
    const auto first = read_letter(file(), 1, {});
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(first->payload, "first") << "in order";
    letters.close();
    EXPECT_EQ(letters.trouble(), "");
}

TEST_F(SqliteLetters, ClosingWritesWhatItCanAndFailsTheRest) {
    Sender sender;
    {
        SqliteDeadLetters letters{file(), "lab", services()};
        for (int i = 0; i < 1000; ++i) {
            letters.store(letter(sender, "check", "hl7.bad", "x"));
        }
        letters.close();
        EXPECT_EQ(sender.ledger.counts().dead_lettered, 1000U);
    }
    Sender other;
    const fs::path blocked = folder_.path() / "blocked";
    std::ofstream{blocked} << "a file where the folder should be";
    {
        SqliteDeadLetters letters{blocked / "dead_letters.db", "lab", services()};
        for (int i = 0; i < 10; ++i) {
            letters.store(letter(other, "check", "hl7.bad", "x"));
        }
    }
    EXPECT_EQ(other.ledger.counts().failed, 10U);
    EXPECT_EQ(other.ledger.reasons().at(0).reason, "shutdown");
}

TEST_F(SqliteLetters, GoesOnWithAFileOfAnEarlierRun) {
    for (int run = 0; run < 2; ++run) {
        Sender sender;
        SqliteDeadLetters letters{file(), "lab", services()};
        letters.store(letter(sender, "check", "hl7.bad", "x"));
        ASSERT_TRUE(sender.ledger.wait_settled(60s));
    }
    const auto listed = list_letters(file(), {});
    ASSERT_TRUE(listed.ok());
    EXPECT_EQ(listed->size(), 2U);
}

TEST_F(SqliteLetters, LettersGoWhenTheyAreOlderThanTheyAreKept) {
    for (const char* payload : {"old", "young", "new"}) {
        Sender sender;
        SqliteDeadLetters letters{file(), "lab", services(), 30h};
        letters.store(letter(sender, "check", "hl7.bad", payload));
        ASSERT_TRUE(sender.ledger.wait_settled(60s));
        clock_.advance(20h);
    }
    const auto listed = list_letters(file(), {});
    ASSERT_TRUE(listed.ok());
    ASSERT_EQ(listed->size(), 2U);
    EXPECT_EQ(listed->back().number, 2);
    const auto young = read_letter(file(), 2, {});
    ASSERT_TRUE(young.ok());
    EXPECT_EQ(young->payload, "young");
    EXPECT_EQ(young->attributes.size(), 1U);
    EXPECT_FALSE(read_letter(file(), 1, {}).ok());
}

TEST_F(SqliteLetters, LeavesAFileThatIsNoneOfItsOwnAlone) {
    Sender sender;
    fs::create_directories(file().parent_path());
    const std::string text(8192, 'x');
    std::ofstream{file()} << text;
    {
        SqliteDeadLetters letters{file(), "lab", services()};
        letters.store(letter(sender, "check", "hl7.bad", "x"));
    }
    EXPECT_EQ(sender.ledger.counts().failed, 1U);
    EXPECT_EQ(fs::file_size(file()), 8192U);
    EXPECT_FALSE(list_letters(file(), {}).ok());
}

TEST_F(SqliteLetters, SaysWhatIsMissing) {
    const auto listed = list_letters(file(), {});
    ASSERT_FALSE(listed.ok());
    EXPECT_EQ(listed.error().code, ErrorCode::NotFound);
    Sender sender;
    SqliteDeadLetters letters{file(), "lab", services()};
    letters.store(letter(sender, "check", "hl7.bad", "x"));
    ASSERT_TRUE(sender.ledger.wait_settled(60s));
    const auto read = read_letter(file(), 7, {});
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace aorta::delivery
