// The resume log: its bytes, what a restart makes of it, and files that others changed.
#include "common/testing_host/fake_host.hpp"
#include "sink/file/file_sink.hpp"
#include "sink/file/resume_format.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace aorta::plugins::file_sink {
namespace {

namespace fs = std::filesystem;
using testing_host::FakeHost;
using testing_host::RecordSpec;

TEST(IdWindow, KeepsTheLastOnesAndForgetsInTime) {
    IdWindow window{1000};
    for (std::uint64_t i = 1; i <= 5000; ++i) {
        window.add({i * 0x9E3779B97F4A7C15ULL, i});
        const std::uint64_t last = i > 1000 ? i - 999 : 1;
        ASSERT_TRUE(window.contains({last * 0x9E3779B97F4A7C15ULL, last}));
    }
    EXPECT_FALSE(window.contains({3000 * 0x9E3779B97F4A7C15ULL, 3000}));
    EXPECT_LE(window.all().size(), 2000U);
}

TEST(IdWindow, ZerosAreNoId) {
    IdWindow window{10};
    window.add({});
    EXPECT_FALSE(window.contains({}));
    EXPECT_TRUE(window.all().empty());
}

ResumeEntry entry_of(std::uint64_t number) {
    return {
        {{"dir/a.hl7", {number, number * 10, 5, 77}}}, {"gone.hl7"}, {{number, 1}, {number, 2}}};
}

std::string log_of(std::uint64_t entries) {
    std::string bytes{resume_header()};
    for (std::uint64_t i = 1; i <= entries; ++i) {
        append_entry(entry_of(i), bytes);
    }
    return bytes;
}

TEST(ResumeFormat, WhatWasWrittenIsRead) {
    const ResumeContents contents = parse_resume_log(log_of(3));
    EXPECT_EQ(contents.end, LogEnd::Whole);
    EXPECT_EQ(contents.held, entry_of(3).held);
    EXPECT_EQ(contents.ids.size(), 6U);
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U);  // RFC 3720's check value
}

TEST(ResumeFormat, ATornEndLosesTheLastEntryOnly) {
    const std::string whole = log_of(3);
    for (std::size_t length = log_of(2).size() + 1; length < whole.size(); ++length) {
        const ResumeContents contents = parse_resume_log(whole.substr(0, length));
        EXPECT_EQ(contents.end, LogEnd::Torn);
        EXPECT_EQ(contents.held, entry_of(2).held);
        EXPECT_EQ(contents.ids.size(), 4U);
    }
}

TEST(ResumeFormat, EveryFlippedByteBeforeAGoodEntryIsDamage) {
    const std::string whole = log_of(3);
    for (std::size_t at = 0; at < log_of(2).size(); ++at) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        EXPECT_EQ(parse_resume_log(bytes).end, LogEnd::Damaged) << at;
    }
}

class ResumeTest : public ::testing::Test {
protected:
    ResumeTest() {
        std::string name = ::testing::TempDir() + "aorta_resume_XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }

    ~ResumeTest() override { fs::remove_all(folder_); }

    Settings settings(const std::string& path) const {
        return {.path = (folder_ / path).string(), .root = {}};
    }

    // As after a kill: the sink before is gone without a stop.
    void start(const Settings& settings) {
        sink_.reset();
        sink_ = std::make_unique<FileSink>(settings, host_.host());
        ASSERT_TRUE(sink_->start().ok());
    }

    void consume(FileSink& sink, const std::vector<RecordSpec>& records) {
        const std::size_t before = host_.completed().size();
        sink.consume(host_.deliveries(records));
        const auto completed = host_.completed();
        for (std::size_t i = before; i < completed.size(); ++i) {
            EXPECT_EQ(completed[i].code, AORTA_OK);
        }
        EXPECT_EQ(completed.size() - before, records.size());
    }

    std::string content(const fs::path& path) const {
        std::ostringstream all;
        all << std::ifstream(folder_ / path, std::ios::binary).rdbuf();
        return all.str();
    }

    void append(const fs::path& path, const std::string& text) const {
        std::ofstream(folder_ / path, std::ios::app) << text;
    }

    // The hidden files that are there.
    std::size_t logs(const fs::path& root) const {
        std::size_t count = 0;
        for (const auto& entry : fs::directory_iterator(folder_ / root)) {
            count += entry.path().filename().string().starts_with(".aorta-") ? 1 : 0;
        }
        return count;
    }

    FakeHost host_;
    fs::path folder_;
    std::unique_ptr<FileSink> sink_;
};

const RecordSpec kOne{.payload = "one", .id = 1};
const RecordSpec kTwo{.payload = "two", .id = 2};
const RecordSpec kThree{.payload = "three", .id = 3};

TEST_F(ResumeTest, WhatComesAgainIsCompletedAndNotWritten) {
    start(settings("r/a"));
    consume(*sink_, {kOne, kTwo});
    start(settings("r/a"));
    consume(*sink_, {kOne, kTwo, kThree});
    consume(*sink_, {kThree});
    EXPECT_EQ(content("r/a"), "one\ntwo\nthree\n");
    EXPECT_EQ(host_.counted("already_held"), 3U);
}

TEST_F(ResumeTest, ATornTailIsCutAtTheStart) {
    start(settings("r/a"));
    consume(*sink_, {kOne});
    append("r/a", "two\nthr");
    start(settings("r/a"));
    EXPECT_EQ(content("r/a"), "one\n");
    EXPECT_EQ(host_.logged("file_tail_cut"), 1U);
    consume(*sink_, {kOne, kTwo, kThree});
    EXPECT_EQ(content("r/a"), "one\ntwo\nthree\n");
}

TEST_F(ResumeTest, ARecordIsKnownWhenTheTemplateNamesAnotherFile) {
    Settings dated = settings("r/{date}/a");
    dated.clock = Clock::Wall;
    start(dated);
    consume(*sink_, {kOne});
    append("r/1970-01-01/a", "tw");
    host_.set_now(Nanoseconds{std::chrono::hours{24}});
    start(dated);
    consume(*sink_, {kOne, kTwo});
    EXPECT_EQ(content("r/1970-01-01/a"), "one\n");
    EXPECT_EQ(content("r/1970-01-02/a"), "two\n");
}

TEST_F(ResumeTest, WhatOthersAppendAfterAStopStays) {
    start(settings("r/a"));
    consume(*sink_, {kOne});
    sink_->stop();
    append("r/a", "by hand\n");
    start(settings("r/a"));
    consume(*sink_, {kOne, kTwo});
    EXPECT_EQ(content("r/a"), "one\nby hand\ntwo\n");
}

TEST_F(ResumeTest, ChangedFilesAreLeftAndAppendedTo) {
    struct Case {
        const char* name;
        std::function<void(const fs::path&)> change;
        const char* after;
    };

    const Case cases[] = {
        {"truncated", [](const fs::path& path) { fs::resize_file(path, 4); }, "one\nthree\n"},
        {"emptied", [](const fs::path& path) { fs::resize_file(path, 0); }, "three\n"},
        {"removed", [](const fs::path& path) { fs::remove(path); }, "three\n"},
        {"edited and longer",
         [](const fs::path& path) { std::ofstream(path) << "quite another text\n"; },
         "quite another text\nthree\n"},
        {"replaced by a longer one that begins alike",
         [](const fs::path& path) {
             std::ofstream(path.string() + ".new") << "one\ntwo\nmore\n";
             fs::rename(path.string() + ".new", path);
         },
         "one\ntwo\nmore\nthree\n"},
    };
    for (const Case& one : cases) {
        fs::remove_all(folder_ / "r");
        start(settings("r/a"));
        consume(*sink_, {kOne, kTwo});
        const std::size_t warned = host_.logged("file_changed_by_others");
        sink_.reset();
        one.change(folder_ / "r/a");
        start(settings("r/a"));
        EXPECT_EQ(host_.logged("file_changed_by_others"), warned + 1) << one.name;
        consume(*sink_, {kTwo, kThree});
        EXPECT_EQ(content("r/a"), one.after) << one.name;
    }
}

TEST_F(ResumeTest, AFileEmptiedWhileOpenIsCutAtItsNewLength) {
    start(settings("r/a"));
    consume(*sink_, {kOne, kTwo});
    fs::resize_file(folder_ / "r/a", 0);
    consume(*sink_, {kThree});
    append("r/a", "half");
    start(settings("r/a"));
    EXPECT_EQ(content("r/a"), "three\n");
}

TEST_F(ResumeTest, ADamagedLogCutsNothing) {
    start(settings("r/a"));
    consume(*sink_, {kOne});
    consume(*sink_, {kTwo});
    sink_.reset();
    for (const auto& entry : fs::directory_iterator(folder_ / "r")) {
        if (entry.path().extension() == ".resume") {
            std::fstream log{entry.path(), std::ios::in | std::ios::out};
            log.seekp(static_cast<std::streamoff>(resume_header().size()) + 60);
            log << "XXXX";
        }
    }
    append("r/a", "half");
    start(settings("r/a"));
    EXPECT_EQ(host_.logged("file_resume_log_damaged"), 1U);
    consume(*sink_, {kThree});
    EXPECT_EQ(content("r/a"), "one\ntwo\nhalf\nthree\n");
}

TEST_F(ResumeTest, TwoSinksOfOneTemplateKnowTheirRecordsAfterARestartInAnotherOrder) {
    const Settings both = settings("r/{attribute:k}");
    const RecordSpec first{.payload = "x", .attributes = {{"k", "x"}}, .id = 11};
    const RecordSpec second{.payload = "y", .attributes = {{"k", "y"}}, .id = 12};
    start(both);
    auto other = std::make_unique<FileSink>(both, host_.host());
    ASSERT_TRUE(other->start().ok());
    consume(*sink_, {first});
    consume(*other, {second});
    EXPECT_EQ(logs("r"), 2U);
    other.reset();
    start(both);  // takes over what both left
    EXPECT_EQ(logs("r"), 1U);
    other = std::make_unique<FileSink>(both, host_.host());
    ASSERT_TRUE(other->start().ok());
    consume(*other, {first});
    consume(*sink_, {second});
    EXPECT_EQ(content("r/x") + content("r/y"), "x\ny\n");
}

TEST_F(ResumeTest, ALogThatCannotBeWrittenAtTheStartIsTakenLater) {
    start(settings("r/a"));
    consume(*sink_, {kOne});
    append("r/a", "half");
    // A directory where the new log is written aside.
    std::string log;
    for (const auto& entry : fs::directory_iterator(folder_ / "r")) {
        if (entry.path().extension() == ".resume") {
            log = entry.path().filename().string();
        }
    }
    const fs::path aside = folder_ / "r" / ("." + log + ".part");
    fs::create_directory(aside);
    start(settings("r/a"));
    sink_->consume(host_.deliveries({kTwo}));
    EXPECT_NE(host_.completed().back().code, AORTA_OK);
    EXPECT_EQ(content("r/a"), "one\n");
    fs::remove(aside);
    consume(*sink_, {kOne, kTwo});
    EXPECT_EQ(content("r/a"), "one\ntwo\n");
    EXPECT_EQ(logs("r"), 1U);
}

TEST_F(ResumeTest, TurnedOffItCutsOnceAndGoes) {
    start(settings("r/a"));
    consume(*sink_, {kOne});
    append("r/a", "half");
    Settings off = settings("r/a");
    off.resume = false;
    start(off);
    EXPECT_EQ(content("r/a"), "one\n");
    EXPECT_EQ(logs("r"), 0U);
    consume(*sink_, {kTwo});
    start(settings("r/a"));
    EXPECT_EQ(content("r/a"), "one\ntwo\n");
}

TEST_F(ResumeTest, TheLogStaysSmall) {
    Settings small = settings("r/a");
    small.resume_window = 100;
    start(small);
    std::uint64_t id = 1;
    for (int batch = 0; batch < 300; ++batch) {
        std::vector<RecordSpec> records;
        for (int i = 0; i < 100; ++i) {
            records.push_back({.payload = "x", .id = id++});
        }
        consume(*sink_, records);
    }
    for (const auto& entry : fs::directory_iterator(folder_ / "r")) {
        if (entry.path().extension() == ".resume") {
            EXPECT_LT(entry.file_size(), 100'000U);
        }
    }
}

// A child writes and says which records were completed, until it is killed.
[[noreturn]] void write_until_killed(const Settings& settings, int report, std::uint64_t first) {
    FakeHost host;
    FileSink sink{settings, host.host()};
    if (!sink.start()) {
        ::_exit(1);
    }
    for (std::uint64_t id = first;; id += 5) {
        std::vector<RecordSpec> records;
        for (std::uint64_t i = id; i < id + 5; ++i) {
            records.push_back({.payload = std::to_string(i) + std::string(2000, '.'), .id = i});
        }
        sink.consume(host.deliveries(records));
        const std::uint64_t done = id + 4;
        if (::write(report, &done, sizeof done) != sizeof done) {
            ::_exit(1);
        }
    }
}

TEST_F(ResumeTest, AKilledProcessLeavesEachRecordOnce) {
    const Settings killed = settings("r/a");
    std::uint64_t completed = 0;
    for (int round = 0; round < 20; ++round) {
        int pipe[2] = {};
        ASSERT_EQ(::pipe(pipe), 0);
        // The engine replays more than it must.
        const std::uint64_t first = completed > 7 ? completed - 7 : 1;
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(pipe[0]);
            write_until_killed(killed, pipe[1], first);
        }
        ::close(pipe[1]);
        for (int batches = 0; batches < 3 + round % 4; ++batches) {
            ASSERT_EQ(::read(pipe[0], &completed, sizeof completed),
                      static_cast<ssize_t>(sizeof completed));
        }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        while (::read(pipe[0], &completed, sizeof completed) > 0) {
        }
        ::close(pipe[0]);
    }
    start(killed);  // cuts what the last one left
    std::istringstream lines{content("r/a")};
    std::uint64_t next = 1;
    for (std::string line; std::getline(lines, line); ++next) {
        ASSERT_EQ(line, std::to_string(next) + std::string(2000, '.'));
    }
    EXPECT_GT(next, completed);
    EXPECT_GT(completed, 200U);
}

}  // namespace
}  // namespace aorta::plugins::file_sink
