// What lies in the file: sealed or not, of this format or another.
#include "core/delivery/tests/letters_rig.hpp"
#include "delivery/letter_replays.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace aorta::delivery {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::KeptLetters;

/// Makes a file as SQL says.
void make_file(const fs::path& file, const char* sql) {
    fs::create_directories(file.parent_path());
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
}

TEST_F(KeptLetters, LieInPlainWithoutAKey) {
    keep({});
    EXPECT_NE(bytes_on_disk().find(kCanary), std::string::npos) << "the control of the next test";
}

TEST_F(KeptLetters, AreSealedWithAKey) {
    keep(keys_of('k'));
    {
        // Open, so that the write-ahead log is there, too.
        LetterReplays open{file(), keys_of('k'), clock_};
        ASSERT_TRUE(ask_replay(file(), {.numbers = {1}}, "").ok());
        ASSERT_TRUE(open.take(1, 1000).ok());
        const std::string bytes = bytes_on_disk();
        EXPECT_EQ(bytes.find("canary"), std::string::npos);
        EXPECT_EQ(bytes.find("127.0.0.1"), std::string::npos) << "attributes are sealed, too";
    }
    const auto letter = read_letter(file(), 2, keys_of('k'));
    ASSERT_TRUE(letter.ok()) << letter.error().message;
    EXPECT_EQ(letter->payload, kCanary);
    EXPECT_EQ(letter->bytes, std::string_view{kCanary}.size());
    EXPECT_THAT(letter->attributes, testing::ElementsAre(std::pair{"peer", "127.0.0.1:99"}));
    EXPECT_EQ(letter->key_id.size(), 16U);
    EXPECT_TRUE(read_letter(file(), 2, keys_of('n', 'k')).ok()) << "a former key";
}

TEST_F(KeptLetters, WithoutTheirKeyAreListedAndNotShown) {
    keep(keys_of('k'));
    const auto listed = list_letters(file(), {});
    ASSERT_TRUE(listed.ok());
    EXPECT_EQ(listed->size(), 3U);
    EXPECT_TRUE(describe_letter(file(), 1).ok());
    for (const spool::Keys& keys : {spool::Keys{}, keys_of('x')}) {
        const auto letter = read_letter(file(), 1, keys);
        ASSERT_FALSE(letter.ok());
        EXPECT_EQ(letter.error().code, ErrorCode::Denied);
        EXPECT_THAT(letter.error().message, testing::HasSubstr(listed->front().key_id));
        EXPECT_THAT(letter.error().message, testing::HasSubstr("former_keys"));
    }
}

TEST_F(KeptLetters, OfTheFirstFormatAreBroughtUp) {
    make_file(
        file(),
        "PRAGMA journal_mode=WAL; PRAGMA user_version=1;"
        "CREATE TABLE dead_letters(number INTEGER PRIMARY KEY AUTOINCREMENT,"
        " record_id TEXT NOT NULL, pipeline TEXT NOT NULL, node TEXT NOT NULL, code TEXT NOT NULL,"
        " reason TEXT NOT NULL, place TEXT NOT NULL, content_type TEXT NOT NULL,"
        " time_ns INTEGER NOT NULL, patient_key INTEGER NOT NULL, payload BLOB NOT NULL);"
        "CREATE TABLE dead_letter_attributes(number INTEGER NOT NULL, name TEXT NOT NULL,"
        " value BLOB NOT NULL);"
        "INSERT INTO dead_letters VALUES(7,'aa','lab','check','invalid_data','hl7.bad','PID-3',"
        "'hl7v2',5000,-16,x'4D534800FF'),(9,'aa','lab','check','invalid_data','hl7.bad','','hl7v2',"
        "6000,0,'MSH2');"
        "INSERT INTO dead_letter_attributes "
        "VALUES(7,'peer','p1'),(7,'file','f1'),(9,'peer','p2');");

    const auto letter = read_letter(file(), 7, {});

    ASSERT_TRUE(letter.ok()) << letter.error().message;
    EXPECT_EQ(letter->record_id, "aa");
    EXPECT_EQ(letter->last.node, "check");
    EXPECT_EQ(letter->last.where, "PID-3");
    EXPECT_EQ(letter->last.time_ns, 5000);
    EXPECT_EQ(letter->key, 0xffff'ffff'ffff'fff0U);
    EXPECT_EQ(letter->bytes, 5U);
    EXPECT_EQ(letter->payload, (std::string{"MSH\0\xff", 5}));
    EXPECT_THAT(letter->attributes,
                testing::ElementsAre(std::pair{"peer", "p1"}, std::pair{"file", "f1"}));
    EXPECT_EQ(letter->history.size(), 1U);
    EXPECT_EQ(read_letter(file(), 9, {})->payload, "MSH2");
    EXPECT_EQ(read_letter(file(), 9, {})->record_id, "aa-9");
    clock_.advance(-1'700'000'000s);
    keep({});
    EXPECT_EQ(list_letters(file(), {})->front().number, 12) << "numbers go on";
}

TEST_F(KeptLetters, OfANewerFormatAreLeftAlone) {
    make_file(file(), "PRAGMA user_version=3; CREATE TABLE letters(other)");
    EXPECT_EQ(list_letters(file(), {}).error().code, ErrorCode::InvalidConfig);
    EXPECT_THAT(purge_letters(file(), {}).error().message, testing::HasSubstr("newer aorta"));
    LetterReplays replays{file(), {}, clock_};
    EXPECT_FALSE(replays.take(1, 1).ok());
}

}  // namespace
}  // namespace aorta::delivery
