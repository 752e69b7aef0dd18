#include "sink/file/file_sink.hpp"

#include "common/testing_host/fake_host.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

// How many syncs from now fail.
int failing_syncs = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

// Stands in for the C library's, so that a sync can fail.
extern "C" int fdatasync(int fd) {
    if (failing_syncs > 0) {
        --failing_syncs;
        errno = EIO;
        return -1;
    }
    return ::fsync(fd);
}

namespace aorta::plugins::file_sink {
namespace {

namespace fs = std::filesystem;
using testing_host::FakeHost;
using testing_host::RecordSpec;

// The file size limit makes a write stop half-way, as a full disk does.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }

    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_ = {};
};

class FileSinkTest : public ::testing::Test {
protected:
    FileSinkTest() {
        std::string name = ::testing::TempDir() + "aorta_sink_XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }

    ~FileSinkTest() override {
        failing_syncs = 0;
        fs::remove_all(folder_);
    }

    Settings settings(const std::string& path) const { return {.path = (folder_ / path).string()}; }

    void start(const Settings& settings) {
        sink_.reset();
        sink_.emplace(settings, host_.host());
        const auto started = sink_->start();
        ASSERT_TRUE(started.ok()) << started.error().message;
    }

    // The codes that the records ended with.
    std::vector<std::uint32_t> consume(const std::vector<RecordSpec>& records) {
        const std::size_t before = host_.completed().size();
        sink_->consume(host_.deliveries(records));
        std::vector<std::uint32_t> codes;
        const auto completed = host_.completed();
        for (std::size_t i = before; i < completed.size(); ++i) {
            codes.push_back(completed[i].code);
        }
        return codes;
    }

    std::string content(const fs::path& path) const {
        std::ostringstream all;
        all << std::ifstream(folder_ / path, std::ios::binary).rdbuf();
        return all.str();
    }

    using Codes = std::vector<std::uint32_t>;

    FakeHost host_;
    fs::path folder_;
    std::optional<FileSink> sink_;
};

constexpr std::int64_t kHour = 3600'000000000;

TEST_F(FileSinkTest, AppendsInOrderAndGoesOnAfterARestart) {
    start(settings("out/all.hl7"));
    EXPECT_EQ(consume({{"MSH|1\r"}, {"MSH|2\r"}}), (Codes{AORTA_OK, AORTA_OK}));
    start(settings("out/all.hl7"));
    EXPECT_EQ(consume({{"MSH|3\r"}}), Codes{AORTA_OK});
    EXPECT_EQ(content("out/all.hl7"), "MSH|1\r\nMSH|2\r\nMSH|3\r\n");
    EXPECT_EQ(fs::status(folder_ / "out/all.hl7").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileSinkTest, ClocksAndAttributesChooseTheFile) {
    const RecordSpec record{.payload = "x",
                            .attributes = {{"peer", "../a:1"}},
                            .event_time_ns = 2 * kHour,
                            .ingest_time_ns = 25 * kHour};
    for (const auto& [clock, path] : {std::pair{Clock::Ingest, "1970-01-02T01/_._a_1"},
                                      std::pair{Clock::Event, "1970-01-01T02/_._a_1"},
                                      std::pair{Clock::Wall, "1970-01-03T00/_._a_1"}}) {
        host_.set_now(Nanoseconds{48 * kHour});
        Settings chosen = settings("{date}T{hour}/{attribute:peer}");
        chosen.clock = clock;
        start(chosen);
        EXPECT_EQ(consume({record}), Codes{AORTA_OK});
        EXPECT_EQ(content(path), "x\n");
    }
}

TEST_F(FileSinkTest, ALinkOutOfTheRootIsDenied) {
    fs::create_directories(folder_ / "root");
    fs::create_directories(folder_ / "outside");
    fs::create_directory_symlink(folder_ / "outside", folder_ / "root/1970-01-01");
    start(settings("root/{date}/x.hl7"));
    EXPECT_EQ(consume({{"x"}}), Codes{AORTA_DENIED});
    EXPECT_EQ(host_.completed().back().reason, kDenied);
    EXPECT_EQ(host_.completed().back().where, "{date}/x.hl7");
    EXPECT_TRUE(fs::is_empty(folder_ / "outside"));
}

TEST_F(FileSinkTest, RotatesBySizeAtRecordsAndFindsTheLastPartAgain) {
    Settings rotating = settings("r/a.hl7");
    rotating.appender.max_bytes = 10;
    start(rotating);
    EXPECT_EQ(consume({{"1234"}, {"1234"}, {"1234"}, {"longer than the limit"}, {"12"}}),
              Codes(5, AORTA_OK));
    EXPECT_EQ(content("r/a.hl7"), "1234\n1234\n");
    EXPECT_EQ(content("r/a.1.hl7"), "1234\n");
    EXPECT_EQ(content("r/a.2.hl7"), "longer than the limit\n");
    EXPECT_EQ(content("r/a.3.hl7"), "12\n");
    start(rotating);
    EXPECT_EQ(consume({{"34"}}), Codes{AORTA_OK});
    EXPECT_EQ(content("r/a.3.hl7"), "12\n34\n");
}

TEST_F(FileSinkTest, RotatesByAge) {
    Settings rotating = settings("r/a");
    rotating.appender.max_age = std::chrono::seconds(60);
    start(rotating);
    consume({{"1"}});
    host_.advance(std::chrono::seconds(59));
    consume({{"2"}});
    host_.advance(std::chrono::seconds(1));
    consume({{"3"}});
    EXPECT_EQ(content("r/a"), "1\n2\n");
    EXPECT_EQ(content("r/a.1"), "3\n");
}

TEST_F(FileSinkTest, APartialWriteIsCutOffAndTheRecordsFailRetryable) {
    start(settings("full/a"));
    consume({{"first"}});
    {
        const FileSizeLimit limit{20};
        EXPECT_EQ(consume({{"second"}, {"this does not fit any more"}}),
                  (Codes{AORTA_RESOURCE_EXHAUSTED, AORTA_RESOURCE_EXHAUSTED}));
        EXPECT_EQ(content("full/a"), "first\n");
    }
    EXPECT_EQ(consume({{"second"}}), Codes{AORTA_OK});
    EXPECT_EQ(content("full/a"), "first\nsecond\n");
}

TEST_F(FileSinkTest, AFailedSyncFailsTheRecordsAndBeginsANewPart) {
    start(settings("s/a"));
    consume({{"first"}});
    failing_syncs = 1;
    EXPECT_EQ(consume({{"second"}}), Codes{AORTA_UNAVAILABLE});
    EXPECT_EQ(consume({{"second"}}), Codes{AORTA_OK});
    EXPECT_EQ(content("s/a"), "first\n");
    EXPECT_EQ(content("s/a.1"), "second\n");
}

TEST_F(FileSinkTest, ATornTailIsClosedBeforeAppending) {
    fs::create_directories(folder_ / "t");
    std::ofstream(folder_ / "t/a") << "whole\nhal";
    start(settings("t/a"));
    EXPECT_EQ(consume({{"next"}}), Codes{AORTA_OK});
    EXPECT_EQ(content("t/a"), "whole\nhal\nnext\n");
    EXPECT_EQ(host_.counted("torn_tails"), 1U);
}

TEST_F(FileSinkTest, ASecondWriterIsKeptOut) {
    start(settings("l/a"));
    consume({{"mine"}});
    FileSink other{settings("l/a"), host_.host()};
    ASSERT_TRUE(other.start().ok());
    other.consume(host_.deliveries({{"theirs"}}));
    EXPECT_EQ(host_.completed().back().code, AORTA_UNAVAILABLE);
    EXPECT_EQ(content("l/a"), "mine\n");
}

TEST_F(FileSinkTest, ARemovedFileIsMadeAnew) {
    start(settings("d/a"));
    consume({{"one"}});
    fs::remove(folder_ / "d/a");
    EXPECT_EQ(consume({{"two"}}), Codes{AORTA_OK});
    EXPECT_EQ(content("d/a"), "two\n");
}

TEST_F(FileSinkTest, MoreFilesThanMayStayOpen) {
    Settings few = settings("m/{attribute:n}");
    few.appender.max_open = 2;
    start(few);
    std::vector<RecordSpec> records;
    for (int i = 0; i < 20; ++i) {
        records.push_back({.payload = "x", .attributes = {{"n", std::to_string(i % 5)}}});
    }
    EXPECT_EQ(consume(records), Codes(20, AORTA_OK));
    EXPECT_EQ(consume(records), Codes(20, AORTA_OK));
    EXPECT_EQ(content("m/3"), "x\nx\nx\nx\nx\nx\nx\nx\n");
}

TEST_F(FileSinkTest, OneFilePerRecordIsNamedByItsIdAndReplacesItself) {
    Settings each = settings("e/{date}/{id}.hl7");
    each.mode = Mode::OneFilePerRecord;
    start(each);
    EXPECT_EQ(consume({{.payload = "one", .id = 1}, {.payload = "two", .id = 2}}),
              Codes(2, AORTA_OK));
    EXPECT_EQ(consume({{.payload = "one", .id = 1}}), Codes{AORTA_OK});
    const std::string zeros(31, '0');
    EXPECT_EQ(content("e/1970-01-01/" + zeros + "1.hl7"), "one\n");
    EXPECT_EQ(content("e/1970-01-01/" + zeros + "2.hl7"), "two\n");
    failing_syncs = 1;
    EXPECT_EQ(consume({{.payload = "three", .id = 3}, {.payload = "four", .id = 4}}),
              (Codes{AORTA_UNAVAILABLE, AORTA_OK}));
    EXPECT_FALSE(fs::exists(folder_ / "e/1970-01-01" / (zeros + "3.hl7")));
}

TEST_F(FileSinkTest, NdjsonHoldsBytesThatAreNoText) {
    Settings lines = settings("n/a.ndjson");
    lines.format = Format::Ndjson;
    start(lines);
    EXPECT_EQ(consume({{.payload = "a\r\"", .event_time_ns = 5, .ingest_time_ns = 7, .id = 1},
                       {.payload = "\xFF", .ingest_time_ns = 8, .id = 2}}),
              Codes(2, AORTA_OK));
    const std::string zeros(31, '0');
    EXPECT_EQ(content("n/a.ndjson"),
              "{\"id\":\"" + zeros +
                  "1\",\"ingest_time_ns\":7,\"event_time_ns\":5,\"payload\":\"a\\r\\\"\"}\n"
                  "{\"id\":\"" +
                  zeros + "2\",\"ingest_time_ns\":8,\"payload_base64\":\"/w==\"}\n");
}

TEST_F(FileSinkTest, AWrongTemplateFailsTheStart) {
    FileSink sink{settings("x/{nope}"), host_.host()};
    EXPECT_EQ(sink.start().error().code, ErrorCode::InvalidConfig);
}

}  // namespace
}  // namespace aorta::plugins::file_sink
