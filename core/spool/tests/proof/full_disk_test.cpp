// A real disk that is full: a small tmpfs, in a mount namespace of this process, so that nothing is
// left behind.
#include "spool/tests/proof/scratch.hpp"
#include "spool/tests/proof/world.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <chrono>
#include <cstring>
#include <fstream>

namespace aorta::spool::proof {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kDisk = 1 << 20;
constexpr std::uint64_t kSegment = 64 << 10;

struct FullDisk : testing::Test {
    Scratch scratch;
    base::SystemClock clock;
    SilentLog log{clock};
    message::Budget budget{1ULL << 30U};
    std::mutex mutex;
    std::uint64_t promised = 0;
    bool is_mounted = false;

    void SetUp() override {
        const std::string size = "size=" + std::to_string(kDisk);
        is_mounted = ::unshare(CLONE_NEWNS) == 0 &&
                     ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                     ::mount("tmpfs", scratch.path.c_str(), "tmpfs", 0, size.c_str()) == 0;
        if (!is_mounted) {
            GTEST_SKIP() << "no tmpfs can be mounted here: " << std::strerror(errno);
        }
    }

    void TearDown() override {
        if (is_mounted) {
            ::umount2(scratch.path.c_str(), MNT_DETACH);
        }
    }

    std::unique_ptr<Spool> open() {
        auto opened =
            Spool::open({scratch.path / "log", kSegment, 1ULL << 30U},
                        {},
                        {posix_file_system(), clock, log, [this](StreamId, std::uint64_t end) {
                             const std::scoped_lock lock{mutex};
                             promised = end;
                         }});
        EXPECT_TRUE(opened.ok());
        return std::move(*opened);
    }

    std::uint64_t promised_now() {
        const std::scoped_lock lock{mutex};
        return promised;
    }

    static std::string payload(std::uint64_t sequence) {
        return std::string(3000, static_cast<char>('a' + sequence % 26)) + std::to_string(sequence);
    }

    void append(Spool& spool, StreamId stream, std::uint64_t sequence) {
        std::vector<Entry> entries;
        entries.push_back({stream,
                           sequence,
                           {},
                           "head",
                           message::BufferRef{message::copy_of(payload(sequence), budget)}});
        spool.append(std::move(entries));
    }
};

TEST_F(FullDisk, IsWaitedForAndLosesNothing) {
    const std::filesystem::path filler = scratch.path / "filler";
    std::ofstream{filler} << std::string(kDisk / 2, 'x');
    auto spool = open();
    const StreamState state = spool->stream(StreamKind::Journal, "in", 1);
    const StreamId stream = state.id;
    std::uint64_t next = state.next;
    while (spool->flush(500ms) && next < 1000) {
        append(*spool, stream, next++);
    }
    ASSERT_LT(next, 1000U) << "the disk was never full";
    EXPECT_NE(spool->health().trouble, "");
    EXPECT_LT(promised_now(), next);
    const std::uint64_t at_most = next + 20;
    while (next < at_most) {
        append(*spool, stream, next++);
    }
    std::filesystem::remove(filler);
    EXPECT_TRUE(spool->flush(5s)) << "goes on by itself when there is room again";
    EXPECT_EQ(spool->health().trouble, "");
    EXPECT_EQ(promised_now(), next);
    spool = nullptr;
    EXPECT_EQ(budget.used(), 0U);

    spool = open();
    ASSERT_TRUE(spool->load({}).ok());
    const auto cursor = spool->read(stream, 0);
    for (std::uint64_t sequence = state.next; sequence < next; ++sequence) {
        const auto one = cursor->next();
        ASSERT_TRUE(one.ok() && one->has_value());
        EXPECT_EQ((*one)->sequence, sequence);
        EXPECT_EQ((*one)->payload(), payload(sequence));
    }
}

}  // namespace
}  // namespace aorta::spool::proof
