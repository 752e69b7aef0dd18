#include "source/file/file_source.hpp"

#include "common/testing_host/fake_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace aorta::plugins::file_source {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing_host::FakeHost;
using testing_host::Pushed;

class FileSourceTest : public ::testing::Test {
protected:
    FileSourceTest() {
        std::string name = ::testing::TempDir() + "aorta_source_XXXXXX";
        folder_ = ::mkdtemp(name.data());
        fs::create_directories(folder_ / "in");
    }

    ~FileSourceTest() override {
        source_.reset();
        fs::remove_all(folder_);
    }

    Settings lines() const {
        return {.patterns = {(folder_ / "in").string()},
                .format = reading::Format::Lines,
                .checkpoint = (folder_ / "checkpoint").string(),
                .checkpoint_interval = std::chrono::milliseconds(10)};
    }

    Settings watching(reading::Format format) const {
        Settings settings = lines();
        settings.format = format;
        settings.watch = true;
        settings.quiet = std::chrono::milliseconds(10);
        settings.rescan = std::chrono::milliseconds(10);
        return settings;
    }

    void write(const std::string& name, std::string_view text) const {
        std::ofstream(folder_ / "in" / name, std::ios::binary | std::ios::app) << text;
    }

    void start(const Settings& settings) {
        source_.reset();
        host_ = std::make_unique<FakeHost>();
        source_ = std::make_unique<FileSource>(settings, host_->host());
        const auto started = source_->start();
        ASSERT_TRUE(started.ok()) << started.error().message;
    }

    // Runs until all is read; then what `has_failed` picks fails, the rest is delivered, last
    // first.
    std::vector<std::string> run(const Settings& settings,
                                 const std::set<std::string>& failing = {}) {
        start(settings);
        EXPECT_TRUE(host_->wait_until([&] { return host_->is_finished(); }));
        source_->stop();
        const auto pushed = host_->pushed();
        for (auto record = pushed.rbegin(); record != pushed.rend(); ++record) {
            settle(*record, failing.count(record->payload) == 0);
        }
        source_.reset();
        return payloads(pushed);
    }

    void settle(const Pushed& record, bool is_delivered = true) const {
        const std::uint32_t fate = is_delivered ? AORTA_FATE_DELIVERED : AORTA_FATE_FAILED;
        source_->on_settled(record.cookie, {.kind = fate, .reason = "shutdown"});
    }

    static std::vector<std::string> payloads(const std::vector<Pushed>& pushed) {
        std::vector<std::string> all;
        for (const Pushed& record : pushed) {
            all.push_back(record.payload);
        }
        return all;
    }

    std::vector<std::string> payloads() const { return payloads(host_->pushed()); }

    fs::path folder_;
    std::unique_ptr<FakeHost> host_;
    std::unique_ptr<FileSource> source_;
};

TEST_F(FileSourceTest, ReadsFilesByNameWithTheirPositions) {
    write("b", "three");
    write("a", "one\ntwo\n");
    write(".hidden", "no");
    start(lines());
    ASSERT_TRUE(host_->wait_until([&] { return host_->is_finished(); }));
    const auto pushed = host_->pushed();
    EXPECT_THAT(payloads(), ElementsAre("one", "two", "three"));
    EXPECT_EQ(pushed[1].position, 4U);
    EXPECT_EQ(pushed[1].attributes.at("file"), (folder_ / "in/a").string());
    EXPECT_EQ(pushed[1].content_type, "text");
    EXPECT_EQ(pushed[0].connection, pushed[1].connection);
    EXPECT_NE(pushed[1].connection, pushed[2].connection);
}

TEST_F(FileSourceTest, GlobsAndListsNameEachFileOnce) {
    write("a.hl7", "MSH|1\r");
    write("b.txt", "MSH|2\r");
    Settings settings = lines();
    settings.format = reading::Format::Hl7v2;
    settings.patterns = {(folder_ / "in/*.hl7").string(), (folder_ / "in/a.hl7").string()};
    EXPECT_THAT(run(settings), ElementsAre("MSH|1\r"));
}

TEST_F(FileSourceTest, ReadsAListInItsOrderAndANameThatLooksLikeAGlob) {
    write("b", "one");
    write("a[1]", "two");
    Settings settings = lines();
    settings.patterns = {(folder_ / "in/b").string(), (folder_ / "in/a[1]").string()};
    EXPECT_THAT(run(settings), ElementsAre("one", "two"));
}

TEST_F(FileSourceTest, WhatIsNoMessageHasAFate) {
    write("a", "hello\rMSH|1\r");
    write("b", "\x0BMSH|2\r\x1C\r\n\x0BMSH|3\r");
    write("c", "MSH|4\r\n\x1A");
    Settings settings = lines();
    settings.format = reading::Format::Hl7v2;
    start(settings);
    ASSERT_TRUE(host_->wait_until([&] { return host_->is_finished(); }));
    EXPECT_THAT(payloads(), ElementsAre("MSH|1\r", "MSH|2\r", "MSH|4\r\n"));
    const auto refused = host_->refused();
    ASSERT_EQ(refused.size(), 2U);
    EXPECT_EQ(refused[0].reason, "file.no_message");
    EXPECT_EQ(refused[0].where, "byte 0");
    EXPECT_EQ(refused[1].reason, "file.cut_off");
}

TEST_F(FileSourceTest, ARestartNeitherRepeatsNorSkips) {
    write("a", "one\ntwo\nthree\n");
    EXPECT_THAT(run(lines(), {"two"}), ElementsAre("one", "two", "three"));
    write("a", "four\n");
    write("b", "five\n");
    EXPECT_THAT(run(lines()), ElementsAre("two", "four", "five"));
    EXPECT_THAT(run(lines()), ElementsAre());
    fs::rename(folder_ / "in/a", folder_ / "in/c");
    EXPECT_THAT(run(lines()), ElementsAre());
}

TEST_F(FileSourceTest, ARestartInsideABatchKeepsTheEnvelopesCount) {
    Settings settings = lines();
    settings.format = reading::Format::Hl7v2;
    write("a", "BHS|^~\\&|||||||||B7\rMSH|1\rMSH|2\rMSH|3\rBTS|3\r");
    EXPECT_EQ(run(settings, {"MSH|2\r"}).size(), 3U);
    EXPECT_THAT(run(settings), ElementsAre("MSH|2\r"));
    EXPECT_EQ(host_->logged("batch_count_mismatch"), 0U);
    EXPECT_EQ(host_->pushed()[0].attributes.at("batch"), "B7");
}

TEST_F(FileSourceTest, WhatNobodySettledIsReadAgain) {
    write("a", "one\ntwo\n");
    start(lines());
    ASSERT_TRUE(host_->wait_for_pushed(2));
    settle(host_->pushed()[0]);
    EXPECT_THAT(run(lines()), ElementsAre("two"));
}

TEST_F(FileSourceTest, TheCheckpointIsWrittenWhileRunning) {
    write("a", "one\n");
    start(lines());
    ASSERT_TRUE(host_->wait_for_pushed(1));
    settle(host_->pushed()[0]);
    EXPECT_TRUE(host_->wait_until([&] {
        const auto text = std::ifstream(folder_ / "checkpoint");
        std::ostringstream all;
        all << text.rdbuf();
        return all.str().find("\ndone 0 4\n") != std::string::npos;
    }));
}

TEST_F(FileSourceTest, ADamagedCheckpointIsNamedAndLeftAlone) {
    std::ofstream(folder_ / "checkpoint") << "aorta.file_checkpoint/1\nrubbish\n";
    FakeHost host;
    FileSource source{lines(), host.host()};
    const auto started = source.start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().code, ErrorCode::Corrupt);
    EXPECT_EQ(started.error().where, (folder_ / "checkpoint").string());
    EXPECT_THAT(started.error().message, ::testing::HasSubstr("line 2"));
    source.stop();
    EXPECT_EQ(fs::file_size(folder_ / "checkpoint"), 32U);
}

TEST_F(FileSourceTest, TwoSourcesCannotShareACheckpoint) {
    start(lines());
    FakeHost host;
    FileSource other{lines(), host.host()};
    EXPECT_EQ(other.start().error().code, ErrorCode::Unavailable);
}

TEST_F(FileSourceTest, AMissingFileFailsTheStart) {
    Settings settings = lines();
    settings.patterns = {(folder_ / "none").string()};
    FakeHost host;
    FileSource source{settings, host.host()};
    EXPECT_EQ(source.start().error().code, ErrorCode::NotFound);
}

TEST_F(FileSourceTest, WatchingFollowsGrowthAndWaitsForTheLineEnd) {
    write("a", "one\ntw");
    start(watching(reading::Format::Lines));
    ASSERT_TRUE(host_->wait_for_pushed(1));
    host_->advance(std::chrono::seconds(10));
    write("b", "three\n");
    ASSERT_TRUE(host_->wait_for_pushed(2));
    write("a", "o\n");
    ASSERT_TRUE(host_->wait_for_pushed(3));
    EXPECT_THAT(payloads(), ElementsAre("one", "three", "two"));
    EXPECT_FALSE(host_->is_finished());
}

TEST_F(FileSourceTest, WatchingTakesTheLastMessageOnceTheFileIsQuiet) {
    write("a", "MSH|^~\\&|1\rPID|1\rMSH|^~\\&|2\r");
    start(watching(reading::Format::Hl7v2));
    ASSERT_TRUE(host_->wait_for_pushed(1));
    write("a", "PID|2\r");
    host_->advance(std::chrono::milliseconds(9));
    EXPECT_EQ(host_->pushed().size(), 1U) << "the clock has not moved far enough";
    EXPECT_TRUE(host_->wait_until([&] {
        host_->advance(std::chrono::milliseconds(10));
        return host_->pushed().size() == 2;
    }));
    write("a", "MSH|^~\\&|3\rMSH|^~\\&|4\r");
    ASSERT_TRUE(host_->wait_for_pushed(3));
    EXPECT_EQ(payloads()[2], "MSH|^~\\&|3\r");
}

TEST_F(FileSourceTest, WatchingTakesWhatIsHeldOfAFileThatIsRemoved) {
    write("a", "MSH|^~\\&|1\rMSH|^~\\&|2\r");
    start(watching(reading::Format::Hl7v2));
    ASSERT_TRUE(host_->wait_for_pushed(1));
    fs::remove(folder_ / "in/a");
    ASSERT_TRUE(host_->wait_for_pushed(2));
    EXPECT_EQ(payloads()[1], "MSH|^~\\&|2\r");
}

TEST_F(FileSourceTest, WatchingReadsAReplacedFileFromItsBeginning) {
    write("a", "one\ntwo\n");
    start(watching(reading::Format::Lines));
    ASSERT_TRUE(host_->wait_for_pushed(2));
    std::ofstream(folder_ / "in/a") << "new\n";
    ASSERT_TRUE(host_->wait_for_pushed(3));
    EXPECT_EQ(payloads()[2], "new");
    EXPECT_EQ(host_->pushed()[2].position, 0U);
}

TEST_F(FileSourceTest, ARecordAboveTheLimitIsReadOnceTheLimitIsRaised) {
    write("a", "one\nlonger\ntwo\n");
    Settings small = lines();
    small.max_record_bytes = 4;
    EXPECT_THAT(run(small), ElementsAre("one", "two"));
    EXPECT_EQ(host_->logged("record_too_large"), 1U);
    EXPECT_EQ(host_->counted("too_large"), 1U);
    EXPECT_THAT(run(lines()), ElementsAre("longer"));
}

TEST_F(FileSourceTest, ARecordAboveTheLimitIsRefusedWithItsOffset) {
    write("a", "one\nlonger\ntwo\n");
    for (const bool has_checkpoint : {false, true}) {
        Settings small = lines();
        small.max_record_bytes = 4;
        small.checkpoint = has_checkpoint ? small.checkpoint : "";
        run(small);
        ASSERT_EQ(host_->refused().size(), 1U);
        EXPECT_EQ(host_->refused()[0].code, AORTA_RESOURCE_EXHAUSTED);
        EXPECT_EQ(host_->refused()[0].reason, "file.record_too_large");
        EXPECT_EQ(host_->refused()[0].where, "byte 4");
    }
}

TEST_F(FileSourceTest, StopsWhileTheBudgetIsUsedUpAndGoesOnThereNextTime) {
    write("a", "one\ntwo\n");
    host_ = std::make_unique<FakeHost>();
    host_->set_budget(3);
    source_ = std::make_unique<FileSource>(lines(), host_->host());
    ASSERT_TRUE(source_->start().ok());
    ASSERT_TRUE(host_->wait_until([&] { return host_->refusals() != 0; }));
    source_->stop();
    ASSERT_THAT(payloads(), ElementsAre("one"));
    settle(host_->pushed()[0]);
    EXPECT_THAT(run(lines()), ElementsAre("two"));
}

}  // namespace
}  // namespace aorta::plugins::file_source
