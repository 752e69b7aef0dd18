// The sink and a disk that forgets: kill, power loss and failing calls at every step.
#include "common/testing_host/fake_host.hpp"
#include "sink/file/crash_rig.hpp"
#include "sink/file/file_sink.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace aorta::plugins::file_sink {
namespace {

namespace fs = std::filesystem;
using testing_host::FakeHost;
using testing_host::RecordSpec;

constexpr std::int64_t kDay = 86400'000000000;

enum class Death { Kill, PowerLoss };

std::string payload_of(std::uint64_t id) {
    return "record " + std::to_string(id) + " " + std::string(id * 37 % 300, 'x');
}

/// Feeds records 1 … `count` as the engine does: in order, again after a failure, and after a crash
/// from some record on that may have been completed before. Two keys go to two files.
class Feed {
public:
    Feed(Settings settings, std::uint64_t count, std::uint64_t seed)
        : settings_(std::move(settings)), count_(count), random_(seed) {
        disk().reset(seed);
    }

    /// One life of the process; it ends by the disk's death or when all is delivered.
    void live() {
        FakeHost host;
        host.set_now(Nanoseconds{static_cast<std::int64_t>(lives_++) * kDay});
        disk().turn_on(true);
        FileSink sink{settings_, host.host()};
        const auto started = sink.start();
        if (!started) {
            disk().turn_on(false);
            return;  // the root could not be opened; another life
        }
        std::uint64_t next = first_to_replay();
        for (int rounds = 0; next <= count_ && !disk().is_dead() && rounds < 1000; ++rounds) {
            next = deliver(sink, host, next);
        }
        if (!disk().is_dead()) {
            sink.stop();
        }
        disk().turn_on(false);
        cut_files_ += host.logged("file_tail_cut");
    }

    void crash(Death death) {
        if (death == Death::PowerLoss) {
            disk().lose_power();
        }
        disk().revive();
    }

    bool is_finished() const { return completed_.size() == count_; }

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

    const std::set<std::uint64_t>& completed() const { return completed_; }

    std::size_t cut_files() const { return cut_files_; }

private:
    std::uint64_t first_to_replay() {
        std::uint64_t first = 1;
        while (completed_.count(first) != 0) {
            ++first;
        }
        return first - std::min(first - 1, below(12));
    }

    // One batch; failed records come again until they are done.
    std::uint64_t deliver(FileSink& sink, FakeHost& host, std::uint64_t first) {
        std::vector<std::uint64_t> ids;
        for (std::uint64_t id = first; id <= std::min(count_, first + below(6)); ++id) {
            ids.push_back(id);
        }
        const std::uint64_t last = ids.back();
        for (int attempt = 0; attempt < 10 && !ids.empty(); ++attempt) {
            std::vector<RecordSpec> specs;
            for (const std::uint64_t id : ids) {
                specs.push_back({.payload = payload_of(id),
                                 .attributes = {{"key", id % 3 == 0 ? "a" : "b"}},
                                 .id = id});
            }
            const std::size_t before = host.completed().size();
            sink.consume(host.deliveries(specs));
            if (disk().is_dead()) {
                return last + 1;  // who died completed nothing any more
            }
            const auto completed = host.completed();
            for (std::size_t i = before; i < completed.size(); ++i) {
                if (completed[i].code == AORTA_OK) {
                    completed_.insert(completed[i].id);
                    std::erase(ids, completed[i].id);
                }
            }
        }
        return last + 1;
    }

    Settings settings_;
    std::uint64_t count_;
    std::mt19937_64 random_;
    std::uint64_t lives_ = 0;
    std::set<std::uint64_t> completed_;
    std::size_t cut_files_ = 0;
};

class CrashTest : public ::testing::Test {
protected:
    CrashTest() {
        // Memory where the machine has it: nothing is synced for real.
        std::string name = fs::exists("/dev/shm") ? "/dev/shm/aorta_crash_XXXXXX"
                                                  : ::testing::TempDir() + "aorta_crash_XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }

    ~CrashTest() override {
        disk().turn_on(false);
        fs::remove_all(folder_);
    }

    Settings settings(const std::string& path, bool resume = true) {
        fs::remove_all(folder_ / "out");
        return {.path = (folder_ / "out" / path).string(), .resume = resume};
    }

    // What is wrong with the files, if anything: by key and part, each line whole, each once, in
    // order of ids within a key.
    std::string fault(const Feed& feed) const {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::recursive_directory_iterator(folder_ / "out")) {
            const std::string name = entry.path().filename().string();
            if (entry.is_regular_file() && name.front() != '.') {
                std::ostringstream all;
                all << std::ifstream(entry.path(), std::ios::binary).rdbuf();
                files[entry.path().string()] = all.str();
            }
        }
        std::map<std::uint64_t, int> seen;
        for (const auto& [path, content] : files) {
            std::istringstream lines{content};
            std::uint64_t before = 0;
            for (std::string line; std::getline(lines, line);) {
                std::uint64_t id = 0;
                if (std::istringstream fields{line};
                    !(fields.ignore(7) >> id) || line != payload_of(id)) {
                    return "torn in " + path;
                }
                if (++seen[id] > 1) {
                    return "record " + std::to_string(id) + " twice in " + path;
                }
                if (id < before) {
                    return "record " + std::to_string(id) + " out of order in " + path;
                }
                before = id;
            }
        }
        for (const std::uint64_t id : feed.completed()) {
            if (seen.count(id) == 0) {
                return "record " + std::to_string(id) + " is lost";
            }
        }
        return {};
    }

    fs::path folder_;
};

constexpr std::uint64_t kSeed = 20'260'101;

struct Variant {
    const char* path;
    Mode mode = Mode::Append;
    std::uint64_t max_bytes = 0;
    std::size_t max_open = 64;
    Clock clock = Clock::Ingest;
    std::size_t window = 64;
};

constexpr Variant kVariants[] = {
    {.path = "{attribute:key}.txt"},
    {.path = "{date}/{attribute:key}.txt", .clock = Clock::Wall},
    {.path = "{attribute:key}.txt", .max_bytes = 700},
    {.path = "{attribute:key}.txt", .max_open = 1},
    {.path = "{attribute:key}.txt", .window = 20},
    {.path = "{attribute:key}/{id}.txt", .mode = Mode::OneFilePerRecord},
    {.path = "{date}/{id}.txt", .mode = Mode::OneFilePerRecord, .clock = Clock::Wall},
};

void apply(const Variant& variant, Settings& settings) {
    settings.mode = variant.mode;
    settings.clock = variant.clock;
    settings.appender.max_bytes = variant.max_bytes;
    settings.appender.max_open = variant.max_open;
    settings.resume_window = variant.window;
}

TEST_F(CrashTest, ADeathAtEveryStepLeavesEachRecordOnce) {
    std::uint64_t deaths = 0;
    for (const Variant& variant : kVariants) {
        for (const Death death : {Death::Kill, Death::PowerLoss}) {
            for (std::uint64_t step = 1;; ++step) {
                Settings chosen = settings(variant.path);
                apply(variant, chosen);
                Feed feed{chosen, 12, kSeed + step};
                disk().die_at(step);
                feed.live();
                if (!disk().is_dead()) {
                    break;
                }
                ++deaths;
                feed.crash(death);
                feed.live();
                ASSERT_TRUE(feed.is_finished());
                ASSERT_EQ(fault(feed), "")
                    << variant.path << " at step " << step << " seed " << kSeed + step;
            }
        }
    }
    EXPECT_GT(deaths, 300U);
    RecordProperty("deaths", static_cast<int>(deaths));
}

TEST_F(CrashTest, RandomDeathsInARowLeaveEachRecordOnce) {
    constexpr std::uint64_t kRuns = 2100;
    std::size_t cut = 0;
    for (std::uint64_t run = 0; run < kRuns; ++run) {
        const std::uint64_t seed = kSeed + run;
        SCOPED_TRACE("seed " + std::to_string(seed));
        const Variant& variant = kVariants[run % std::size(kVariants)];
        Settings chosen = settings(variant.path);
        apply(variant, chosen);
        Feed feed{chosen, 30, seed};
        for (int life = 0; life < 4; ++life) {
            disk().die_at(1 + feed.below(90));
            disk().fail_at(feed.below(3) == 0 ? 1 + feed.below(60) : 0);
            feed.live();
            feed.crash(feed.below(2) == 0 ? Death::Kill : Death::PowerLoss);
        }
        disk().fail_at(0);
        feed.live();
        ASSERT_TRUE(feed.is_finished());
        ASSERT_EQ(fault(feed), "") << variant.path;
        cut += feed.cut_files();
    }
    EXPECT_GT(cut, kRuns / 20);  // else the deaths do not come where they hurt
}

// What the tests above would see of a sink without the log: they can fail.
TEST_F(CrashTest, WithoutTheLogRecordsAreTornOrTwice) {
    std::uint64_t faults = 0;
    for (std::uint64_t run = 0; run < 50; ++run) {
        Feed feed{settings("{attribute:key}.txt", false), 40, kSeed + run};
        disk().die_at(1 + feed.below(60));
        feed.live();
        feed.crash(run % 2 == 0 ? Death::Kill : Death::PowerLoss);
        feed.live();
        faults += fault(feed).empty() ? 0 : 1;
    }
    EXPECT_GT(faults, 25U);
}

}  // namespace
}  // namespace aorta::plugins::file_sink
