// The n-th call to the disk fails, for every n: nothing is promised that is not kept, and the spool
// goes on by itself.
#include "spool/tests/proof/world.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <iostream>

namespace aorta::spool::proof {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSeed = 7;

/// A bit of everything, with two starts and a loss of power in the end. Gives the calls it took.
std::uint64_t live(const Rules& rules, bool& has_failed) {
    World world{rules};
    Random random{kSeed};
    const auto work = [&](int rounds) {
        for (int round = 0; round < rounds; ++round) {
            world.append(random);
            world.flush();
            world.close(random);
            world.finish(random);
            world.flush();
        }
    };
    work(6);
    world.snapshot(random);
    world.set_fact(random);
    world.flush();
    world.restart();
    world.append(random);
    world.load();
    world.try_again(random);
    work(4);
    world.read(random);
    world.flush();
    has_failed = world.disk().has_failed();
    const std::uint64_t calls = world.disk().calls();
    world.disk().mend();
    world.crash(random());
    world.load();
    return calls;
}

struct Trouble {
    const char* name;
    Fault fault;
};

const Trouble kTroubles[] = {
    {"EIO", {.error = EIO}},
    {"ENOSPC", {.error = ENOSPC}},
    {"EINTR", {.error = EINTR}},
    {"short write", {.call = Call::Write, .kind = Fault::Kind::ShortWrite}},
    {"torn write, EIO", {.call = Call::Write, .kind = Fault::Kind::TornError, .error = EIO}},
    {"failed sync", {.call = Call::Sync, .error = EIO}},
    {"failed sync of a folder", {.call = Call::SyncDirectory, .error = EIO}},
    {"two in a row, EIO", {.times = 2, .error = EIO}},
};

struct NthCall : testing::TestWithParam<bool> {};

TEST_P(NthCall, FailsAndNothingPromisedIsLost) {
    std::uint64_t runs = 0;
    for (const Trouble& trouble : kTroubles) {
        bool has_failed = true;
        for (std::uint64_t nth = 1; has_failed; ++nth, ++runs) {
            Rules rules{.segment_bytes = 4096, .is_sealed = GetParam(), .fault = trouble.fault};
            rules.fault->nth = nth;
            ASSERT_NO_THROW(live(rules, has_failed)) << trouble.name << ", call " << nth;
        }
    }
    std::cout << "seed " << kSeed << ", " << runs << " faults\n";
}

/// The negative control: syncs that fail and are said to have gone well must be found out, or the
/// test above proves nothing.
TEST(NthCallControl, AFailureThatIsHiddenIsFoundOut) {
    std::uint64_t found_out = 0;
    bool has_failed = true;
    for (std::uint64_t nth = 1; has_failed; ++nth) {
        Rules rules{.segment_bytes = 4096,
                    .fault = Fault{.call = Call::Sync, .nth = nth, .times = UINT64_MAX}};
        has_failed = true;
        try {
            live(rules, has_failed);
        } catch (const Violation&) {
            ++found_out;
        }
    }
    EXPECT_GT(found_out, 0U);
    std::cout << "seed " << kSeed << ", found out " << found_out << " times\n";
}

INSTANTIATE_TEST_SUITE_P(Spool, NthCall, testing::Bool(), [](const auto& each) {
    return each.param ? "Sealed" : "Plain";
});

struct DiskInTrouble : testing::Test {
    World world{{.segment_bytes = 4096, .max_bytes = 64 << 10}};
    Random random{1};

    void expect_recovery() {
        EXPECT_TRUE(world.spool().flush(5s));
        EXPECT_EQ(world.spool().health().trouble, "");
        world.flush();
        world.crash(random());
        world.load();
    }
};

TEST_F(DiskInTrouble, NothingIsPromisedWhileNoSyncSucceeds) {
    world.disk().fail({.call = Call::Sync, .times = UINT64_MAX, .error = EIO});
    world.append(random);
    EXPECT_FALSE(world.spool().flush(20ms));
    EXPECT_NE(world.spool().health().trouble, "");
    EXPECT_GT(world.spool().health().failed_syncs, 0U);
    world.disk().mend();
    expect_recovery();
}

TEST_F(DiskInTrouble, NothingIsPromisedWhileNothingCanBeWritten) {
    world.disk().fail({.times = UINT64_MAX, .error = EIO});
    world.append(random);
    EXPECT_FALSE(world.spool().flush(20ms));
    world.append(random);
    EXPECT_NE(world.spool().health().trouble, "");
    world.disk().mend();
    expect_recovery();
}

TEST_F(DiskInTrouble, AFullDiskIsWaitedFor) {
    world.disk().limit(20 << 10);
    for (int round = 0; round < 100; ++round) {
        world.append(random);
    }
    EXPECT_FALSE(world.spool().flush(20ms));
    EXPECT_NE(world.spool().health().trouble, "");
    EXPECT_GT(world.spool().health().waiting, 0U);
    world.disk().limit(1 << 30);
    for (int round = 0; round < 1000; ++round) {
        world.close(random);
        world.finish(random);
    }
    expect_recovery();
}

TEST_F(DiskInTrouble, TheEndDoesNotWaitForADiskThatIsDead) {
    world.disk().fail({.times = UINT64_MAX, .error = EIO});
    world.append(random);
}

TEST_F(DiskInTrouble, AFullLogWaitsUntilSomethingIsOver) {
    while (world.spool().flush(20ms)) {
        world.append(random);
    }
    EXPECT_EQ(world.spool().health().trouble, "spool.full");
    EXPECT_LE(world.spool().health().bytes, 256U << 10U);
    for (int round = 0; round < 1000; ++round) {
        world.close(random);
        world.finish(random);
    }
    expect_recovery();
}

}  // namespace
}  // namespace aorta::spool::proof
