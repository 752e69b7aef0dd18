#include "source/file/progress.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace aorta::plugins::file_source {
namespace {

FileId file_id(std::uint64_t inode, std::string_view head, std::string path = "/a") {
    return {1, inode, 5, head.size(), hash_of(head), std::move(path)};
}

TEST(Progress, HoldsSettledRangesOutOfOrderAndLeavesOutWhatFailed) {
    Progress progress;
    const auto file = progress.open(file_id(1, "head"), "head", 30);
    const auto first = progress.begin(file, 0, 0, 10);
    const auto second = progress.begin(file, 10, 10, 20);
    const auto third = progress.begin(file, 20, 20, 30);
    progress.end(third, true);
    progress.end(second, false);
    progress.end(first, true);
    progress.end(first, true);
    const auto entries = progress.take_changes();
    ASSERT_TRUE(entries.has_value());
    EXPECT_EQ((*entries)[0].settled.ranges(),
              (std::map<std::uint64_t, std::uint64_t>{{0, 10}, {20, 30}}));
    EXPECT_FALSE(progress.take_changes().has_value());
    progress.keep_changes();
    EXPECT_TRUE(progress.take_changes().has_value());
    EXPECT_EQ(progress.begin(file, 25, 20, 30), 0U);
    EXPECT_NE(progress.begin(file, 10, 10, 20), 0U);
}

TEST(Progress, RemembersAFileOnlyIfItIsTheSame) {
    Entry entry{file_id(1, "head"), {}};
    entry.settled.add(0, 10);
    const auto gap = [&](const FileId& id, std::string_view head, std::uint64_t size) {
        Progress progress{{entry}};
        return progress.first_gap(progress.open(id, head, size));
    };
    FileId elsewhere = file_id(1, "head and more");
    elsewhere.device = 2;
    FileId reborn = file_id(1, "head");
    reborn.born_ns = 6;
    FileId moved = elsewhere;
    moved.path = "/b";
    EXPECT_EQ(gap(file_id(1, "head and more"), "head and more", 20), 10U) << "grown";
    EXPECT_EQ(gap(file_id(1, "head", "/b"), "head", 20), 10U) << "renamed";
    EXPECT_EQ(gap(elsewhere, "head and more", 20), 10U) << "another device number";
    EXPECT_EQ(gap(moved, "head and more", 20), 0U) << "another device and another name";
    EXPECT_EQ(gap(file_id(2, "head"), "head", 20), 0U) << "another inode";
    EXPECT_EQ(gap(reborn, "head", 20), 0U) << "an inode given out again";
    EXPECT_EQ(gap(file_id(1, "haed"), "haed", 20), 0U) << "another content";
    EXPECT_EQ(gap(file_id(1, "head"), "head", 9), 0U) << "shorter than what was settled";
}

TEST(Progress, AFateOfTheOldContentDoesNotCountForTheNew) {
    Progress progress;
    const auto file = progress.open(file_id(1, "old"), "old", 10);
    const auto cookie = progress.begin(file, 0, 0, 10);
    progress.restart(file, file_id(1, "new"));
    progress.end(cookie, true);
    EXPECT_EQ(progress.first_gap(file), 0U);
}

TEST(Progress, AFileThatIsGoneIsRememberedWithFatesThatComeLate) {
    Progress progress;
    const auto file = progress.open(file_id(1, "x"), "x", 10);
    const auto cookie = progress.begin(file, 0, 0, 10);
    progress.retire(file);
    progress.end(cookie, true);
    EXPECT_EQ(progress.first_gap(progress.open(file_id(1, "x"), "x", 10)), 10U);
}

TEST(Progress, TooManyFilesThatAreGoneAreForgottenOldestFirst) {
    Progress progress;
    for (std::uint64_t inode = 1; inode <= 10'010; ++inode) {
        progress.retire(progress.open(file_id(inode, "x"), "x", 10));
    }
    const auto entries = progress.take_changes();
    ASSERT_EQ(entries->size(), 10'000U);
    EXPECT_EQ((*entries)[0].id.inode, 11U);
}

TEST(Progress, FatesMayComeFromManyThreads) {
    Progress progress;
    const auto file = progress.open(file_id(1, "x"), "x", 4000);
    std::vector<std::uint64_t> cookies;
    for (std::uint64_t i = 0; i < 4000; ++i) {
        cookies.push_back(progress.begin(file, i, i, i + 1));
    }
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (std::size_t i = t; i < cookies.size(); i += 4) {
                    progress.end(cookies[i], true);
                }
            });
        }
    }
    EXPECT_EQ(progress.first_gap(file), 4000U);
}

}  // namespace
}  // namespace aorta::plugins::file_source
