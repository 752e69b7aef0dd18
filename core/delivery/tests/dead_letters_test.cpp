#include "delivery/ledger.hpp"
#include "delivery/letter_replays.hpp"
#include "delivery/sqlite_dead_letters.hpp"
#include "delivery/stored_letters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

namespace aorta::delivery {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using message::Fate;
using message::FateKind;

/// A folder that is gone at the end.
class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "aorta_letters_XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() { fs::remove_all(path_); }

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

class QuietLog final : public base::Log {
public:
    using Log::Log;

private:
    void emit(std::string_view) override {}
};

/// Counts fates, and looks at the file when a letter is settled.
class Sender final : public message::Settler {
public:
    explicit Sender(fs::path file = {}) : file_(std::move(file)) {}

    void on_after(message::Receipt&) override {}

    void on_required_settled(message::Receipt&) override {}

    void on_settled(message::Receipt& receipt) override {
        if (!file_.empty()) {
            const auto letters = list_letters(file_, {});
            stored_when_settled = letters.ok() ? letters->size() : 0;
        }
        ledger.settle(receipt.fate());
    }

    bool sender_keeps_failures() const override { return false; }

    Ledger ledger;
    std::atomic<std::size_t> stored_when_settled{0};

private:
    const fs::path file_;
};

class SqliteLetters : public testing::Test {
protected:
    fs::path file() const { return folder_.path() / "state" / "dead_letters.db"; }

    SqliteDeadLetters::Services services() { return {clock_, log_, names_}; }

    Letter letter(Sender& sender, std::string node, std::string reason, std::string payload) {
        auto record = std::make_unique<message::Record>(nullptr);
        message::BufferBlock* block = message::new_buffer(payload.size(), nullptr);
        std::memcpy(block->data, payload.data(), payload.size());
        block->length = payload.size();
        record->set_payload(message::BufferRef{block});
        record->content_type = names_.intern("hl7v2");
        record->key = 0xffff'ffff'ffff'fff0;
        record->id[0] = 0xab;
        record->id[1] = next_id_++;
        record->set_attribute(names_.intern("peer"), "127.0.0.1:99");
        sender.ledger.open();
        record->share = message::Share{new message::Receipt(sender, 0, 0)};
        return {std::move(record),
                std::move(node),
                3,
                ErrorCode::InvalidData,
                std::move(reason),
                "PID-3"};
    }

    std::uint64_t next_id_ = 0xcd;
    Folder folder_;
    base::VirtualClock clock_{1'700'000'000s};
    QuietLog log_{clock_};
    message::Interner names_;
};

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

/// A file with letters 1 to 3 of the nodes a, b, c.
class KeptLetters : public SqliteLetters {
protected:
    static spool::Keys keys_of(char secret, char former = 0) {
        spool::Keys keys;
        keys.present = *spool::storage_key(std::string(32, secret));
        if (former != 0) {
            keys.former = {*spool::storage_key(std::string(32, former))};
        }
        return keys;
    }

    void keep(const spool::Keys& keys) {
        Sender sender;
        SqliteDeadLetters letters{file(), "lab", services(), 24h, keys};
        for (const char* node : {"a", "b", "c"}) {
            letters.store(letter(sender, node, "hl7.bad", kCanary));
        }
        ASSERT_TRUE(sender.ledger.wait_settled(60s));
    }

    /// All bytes of the file and of those that SQLite has beside it.
    std::string bytes_on_disk() const {
        std::string all;
        for (const auto& entry : fs::directory_iterator(file().parent_path())) {
            std::ifstream in{entry.path(), std::ios::binary};
            all.append(std::istreambuf_iterator<char>{in}, {});
        }
        return all;
    }

    std::string state_of(std::int64_t number) const {
        const auto letter = describe_letter(file(), number);
        return letter.ok() ? letter->state : "gone";
    }

    static Fate fate(FateKind kind, std::string reason = {}) {
        return {kind, ErrorCode::InvalidData, std::move(reason), "PID-5", 0};
    }

    static constexpr const char* kCanary = "MSH|canary-of-a-patient";
};

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

TEST_F(KeptLetters, AreTakenWhenAskedForTheOldestFirst) {
    keep(keys_of('k'));
    LetterReplays replays{file(), keys_of('k'), clock_};
    EXPECT_TRUE(replays.take(10, 1000)->empty());
    EXPECT_EQ(*ask_replay(file(), {.node = "b"}, "store"), 1U);
    EXPECT_EQ(*ask_replay(file(), {.numbers = {1}}, ""), 1U);

    const auto taken = replays.take(10, 1000);

    ASSERT_TRUE(taken.ok());
    ASSERT_EQ(taken->size(), 2U);
    EXPECT_EQ((*taken)[0].number, 1);
    EXPECT_EQ((*taken)[0].target, "");
    EXPECT_EQ((*taken)[0].payload, kCanary);
    EXPECT_EQ((*taken)[1].number, 2);
    EXPECT_EQ((*taken)[1].target, "store");
    EXPECT_EQ(state_of(1), "replaying");
    EXPECT_EQ(state_of(3), "kept");
    EXPECT_TRUE(replays.take(10, 1000)->empty()) << "each once";
    EXPECT_EQ(*ask_replay(file(), {}, ""), 1U) << "but not those on their way";
    EXPECT_EQ(*purge_letters(file(), {}), 1U);
}

TEST_F(KeptLetters, AreTakenInGroups) {
    keep({});
    ASSERT_TRUE(ask_replay(file(), {}, "").ok());
    LetterReplays replays{file(), {}, clock_};
    EXPECT_EQ(replays.take(2, 1000)->size(), 2U);
    EXPECT_EQ(replays.take(10, 1)->size(), 1U) << "one at least";
    EXPECT_TRUE(replays.take(10, 1)->empty());
}

TEST_F(KeptLetters, EndAsTheirReplayEnds) {
    keep({});
    ASSERT_TRUE(ask_replay(file(), {}, "x").ok());
    LetterReplays replays{file(), {}, clock_};
    ASSERT_EQ(replays.take(10, 1000)->size(), 3U);
    clock_.advance(5s);
    ASSERT_TRUE(replays.finish(1, fate(FateKind::Delivered), "out").ok());
    ASSERT_TRUE(replays.finish(2, fate(FateKind::Failed, "peer.refused"), "out").ok());
    ASSERT_TRUE(replays.finish(3, fate(FateKind::Failed, "shutdown"), "out").ok());

    EXPECT_EQ(state_of(1), "gone");
    EXPECT_THAT(describe_letter(file(), 1).error().message,
                testing::HasSubstr("it was sent again and delivered"));
    const auto failed = describe_letter(file(), 2);
    ASSERT_TRUE(failed.ok());
    EXPECT_EQ(failed->state, "kept");
    EXPECT_EQ(failed->target, "");
    EXPECT_EQ(failed->attempts, 2U);
    ASSERT_EQ(failed->history.size(), 2U);
    EXPECT_EQ(failed->history[0].node, "b");
    EXPECT_EQ(failed->history[1].node, "out");
    EXPECT_EQ(failed->history[1].reason, "peer.refused");
    EXPECT_EQ(failed->history[1].time_ns, 1'700'000'005'000'000'000);
    EXPECT_EQ(state_of(3), "replay_asked") << "the next run goes on with it";
}

TEST_F(KeptLetters, StayOneLetterWhenTheyFailAgain) {
    keep({});
    ASSERT_TRUE(ask_replay(file(), {.numbers = {1}}, "").ok());
    LetterReplays replays{file(), {}, clock_};
    ASSERT_EQ(replays.take(10, 1000)->size(), 1U);
    clock_.advance(5s);
    {
        next_id_ = 0xcd;
        Sender sender;
        SqliteDeadLetters letters{file(), "lab", services(), 24h};
        letters.store(letter(sender, "later", "hl7.worse", "changed"));
        ASSERT_TRUE(sender.ledger.wait_settled(60s));
    }
    ASSERT_TRUE(replays.finish(1, fate(FateKind::DeadLettered, "hl7.worse"), "later").ok());

    EXPECT_EQ(list_letters(file(), {})->size(), 3U);
    const auto letter = read_letter(file(), 1, {});
    ASSERT_TRUE(letter.ok());
    EXPECT_EQ(letter->state, "kept");
    EXPECT_EQ(letter->last.node, "later");
    EXPECT_EQ(letter->payload, "changed");
    EXPECT_EQ(letter->attempts, 2U);
    EXPECT_EQ(letter->history.size(), 2U);
    EXPECT_EQ(letter->last.time_ns - letter->first_time_ns, 5'000'000'000);
}

TEST_F(KeptLetters, ThatACrashLeftHalfSentAreAskedForAgain) {
    keep({});
    ASSERT_TRUE(ask_replay(file(), {.numbers = {2}}, "x").ok());
    { ASSERT_EQ((LetterReplays{file(), {}, clock_}.take(10, 1000)->size()), 1U); }
    EXPECT_EQ(state_of(2), "replaying");
    LetterReplays after{file(), {}, clock_};
    const auto taken = after.take(10, 1000);
    ASSERT_EQ(taken->size(), 1U);
    EXPECT_EQ(taken->front().target, "x");
}

TEST_F(KeptLetters, WithoutTheirKeyAreNotSentAgain) {
    keep(keys_of('k'));
    ASSERT_TRUE(ask_replay(file(), {.numbers = {2}}, "").ok());
    LetterReplays replays{file(), keys_of('x'), clock_};
    EXPECT_TRUE(replays.take(10, 1000)->empty());
    const auto letter = describe_letter(file(), 2);
    EXPECT_EQ(letter->state, "kept");
    EXPECT_EQ(letter->history.back().reason, "replay.sealed");
}

TEST_F(KeptLetters, ArePurgedByFilterForGood) {
    keep({});
    EXPECT_EQ(*purge_letters(file(), {.node = "nobody"}), 0U);
    EXPECT_EQ(*purge_letters(file(), {.node = "a"}), 1U);
    EXPECT_EQ(state_of(1), "gone");
    EXPECT_EQ(*purge_letters(file(), {}), 2U);
    EXPECT_EQ(bytes_on_disk().find("canary"), std::string::npos) << "not even in free pages";
}

TEST_F(KeptLetters, WithoutAFileThereIsNothingToDo) {
    LetterReplays replays{file(), {}, clock_};
    EXPECT_TRUE(replays.take(10, 1000)->empty());
    EXPECT_FALSE(fs::exists(file()));
    EXPECT_EQ(ask_replay(file(), {}, "").error().code, ErrorCode::NotFound);
    EXPECT_EQ(purge_letters(file(), {}).error().code, ErrorCode::NotFound);
    EXPECT_FALSE(fs::exists(file()));
}

/// Makes a file as SQL says.
void make_file(const fs::path& file, const char* sql) {
    fs::create_directories(file.parent_path());
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
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
