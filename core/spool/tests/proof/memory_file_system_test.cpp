// The disk of the proofs forgets and fails as it should; else they would prove nothing.
#include "spool/tests/proof/memory_file_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

namespace aorta::spool::proof {
namespace {

using Mode = FileSystem::Mode;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kSeeds = 200;

std::span<const std::uint8_t> bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Disk : testing::Test {
    MemoryFileSystem disk{"/data"};

    std::unique_ptr<File> make(const std::string& path) {
        std::unique_ptr<File> file;
        EXPECT_EQ(disk.open(path, Mode::Create, file).error, 0);
        return file;
    }

    /// What the file may hold after a loss of power.
    std::set<std::string> outcomes(const std::string& path) {
        std::set<std::string> seen;
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            const auto image = disk.after_power_loss(seed);
            const auto names = image->names("/data");
            const bool is_there =
                std::count(names.begin(), names.end(), path.substr(sizeof "/data")) == 1;
            seen.insert(is_there ? image->contents(path) : "gone");
        }
        return seen;
    }
};

TEST_F(Disk, KeepsWhatWasSynced) {
    const auto file = make("/data/a");
    file->write_at(bytes_of("first"), 0);
    file->sync();
    disk.sync_directory("/data");
    EXPECT_THAT(outcomes("/data/a"), ElementsAre("first"));
}

TEST_F(Disk, ForgetsAnUnsyncedName) {
    const auto file = make("/data/a");
    file->write_at(bytes_of("first"), 0);
    file->sync();
    EXPECT_THAT(outcomes("/data/a"), ElementsAre("first", "gone"));
}

TEST_F(Disk, TearsAndReordersUnsyncedSectors) {
    const auto file = make("/data/a");
    const std::string old(2048, 'o');
    file->write_at(bytes_of(old), 0);
    file->sync();
    disk.sync_directory("/data");
    file->write_at(bytes_of(std::string(1024, 'n')), 0);
    const auto seen = outcomes("/data/a");
    const std::string half(512, 'n');
    EXPECT_TRUE(seen.contains(old));
    EXPECT_TRUE(seen.contains(half + half + old.substr(1024)));
    EXPECT_TRUE(seen.contains(half + old.substr(512)));
    EXPECT_TRUE(seen.contains(old.substr(0, 512) + half + old.substr(1024)));
    EXPECT_GT(seen.size(), 4U) << "some sectors are torn within";
    for (const std::string& one : seen) {
        EXPECT_EQ(one.substr(1024), old.substr(1024)) << "what was not written stays";
    }
}

TEST_F(Disk, MayLeaveHolesAndOtherSizes) {
    const auto file = make("/data/a");
    file->sync();
    disk.sync_directory("/data");
    file->write_at(bytes_of(std::string(1024, 'n')), 0);
    const auto seen = outcomes("/data/a");
    EXPECT_TRUE(seen.contains(""));
    EXPECT_TRUE(seen.contains(std::string(1024, '\0')));
    EXPECT_TRUE(seen.contains(std::string(512, '\0') + std::string(512, 'n')));
}

TEST_F(Disk, RenamesEntirelyOrNotAtAll) {
    make("/data/a")->sync();
    disk.sync_directory("/data");
    disk.rename("/data/a", "/data/b");
    std::set<std::vector<std::string>> seen;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        seen.insert(disk.after_power_loss(seed)->names("/data"));
    }
    EXPECT_THAT(seen, ElementsAre(ElementsAre("a"), ElementsAre("b")));
    disk.sync_directory("/data");
    disk.remove("/data/b");
    EXPECT_THAT(disk.names("/data"), IsEmpty());
    EXPECT_THAT(outcomes("/data/b"), ElementsAre("", "gone"));
    disk.sync_directory("/data");
    EXPECT_THAT(outcomes("/data/b"), ElementsAre("gone"));
}

TEST_F(Disk, LosesAFileWithAnUnsyncedFolder) {
    disk.make_directory("/data/deep/er");
    make("/data/deep/er/a")->sync();
    disk.sync_directory("/data/deep/er");
    disk.sync_directory("/data/deep");
    std::set<std::size_t> seen;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        seen.insert(disk.after_power_loss(seed)->names("/data/deep/er").size());
    }
    EXPECT_THAT(seen, ElementsAre(0U, 1U));
}

TEST_F(Disk, ForsakesWhatAFailedSyncLeft) {
    const auto file = make("/data/a");
    disk.sync_directory("/data");
    file->write_at(bytes_of("lost?"), 0);
    disk.fail({.call = Call::Sync, .error = EIO});
    EXPECT_EQ(file->sync().error, EIO);
    EXPECT_EQ(file->sync().error, 0) << "as Linux says";
    EXPECT_EQ(disk.contents("/data/a"), "lost?");
    EXPECT_TRUE(outcomes("/data/a").contains(""));
    EXPECT_TRUE(outcomes("/data/a").contains("lost?"));
    file->write_at(bytes_of("again"), 0);
    file->sync();
    EXPECT_THAT(outcomes("/data/a"), ElementsAre("again"));
}

TEST_F(Disk, FailsTheCallThatWasNamed) {
    const auto file = make("/data/a");
    disk.fail({.call = Call::Write, .nth = 2, .error = ENOSPC});
    EXPECT_EQ(file->write_at(bytes_of("ab"), 0).count, 2);
    EXPECT_EQ(file->sync().error, 0);
    EXPECT_FALSE(disk.has_failed());
    EXPECT_EQ(file->write_at(bytes_of("cd"), 0).error, ENOSPC);
    EXPECT_TRUE(disk.has_failed());
    EXPECT_EQ(file->write_at(bytes_of("cd"), 0).error, 0);
    disk.fail({.call = Call::Write, .kind = Fault::Kind::ShortWrite});
    EXPECT_EQ(file->write_at(bytes_of("wxyz"), 0).count, 2);
    EXPECT_EQ(disk.contents("/data/a"), "wx");
    disk.fail({.nth = 2, .times = 2, .error = EIO});
    EXPECT_EQ(file->size().error, 0);
    EXPECT_EQ(file->size().error, EIO);
    EXPECT_EQ(file->sync().error, EIO);
    EXPECT_EQ(file->sync().error, 0);
}

TEST_F(Disk, IsFullAtItsLimit) {
    const auto file = make("/data/a");
    disk.limit(6);
    EXPECT_EQ(file->write_at(bytes_of("abcd"), 0).count, 4);
    EXPECT_EQ(file->write_at(bytes_of("efgh"), 4).count, 2);
    EXPECT_EQ(file->write_at(bytes_of("gh"), 6).error, ENOSPC);
    EXPECT_EQ(file->write_at(bytes_of("AB"), 0).error, 0) << "no room is needed";
    disk.limit(8);
    EXPECT_EQ(file->write_at(bytes_of("gh"), 6).count, 2);
}

TEST_F(Disk, LosesPowerAtACallAndGoesOn) {
    const auto file = make("/data/a");
    disk.sync_directory("/data");
    disk.lose_power_at(2, 1);
    file->write_at(bytes_of("ab"), 0);
    EXPECT_FALSE(disk.has_lost_power());
    EXPECT_EQ(file->sync().error, 0);
    EXPECT_TRUE(disk.has_lost_power());
    EXPECT_EQ(disk.after_power_loss(0)->contents("/data/a"), "ab");
    EXPECT_THAT(disk.take_image()->names("/data"), ElementsAre("a"));
}

TEST_F(Disk, LocksAFileForOne) {
    std::unique_ptr<File> first;
    std::unique_ptr<File> second;
    EXPECT_EQ(disk.lock("/data/lock", first).error, 0);
    EXPECT_EQ(disk.lock("/data/lock", second).error, EWOULDBLOCK);
    second.reset();
    first.reset();
    EXPECT_EQ(disk.lock("/data/lock", second).error, 0);
}

}  // namespace
}  // namespace aorta::spool::proof
