#include "source/file/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::file_source {
namespace {

using Ranges = std::map<std::uint64_t, std::uint64_t>;

TEST(Intervals, RangesThatTouchBecomeOne) {
    Intervals set;
    set.add(10, 20);
    set.add(30, 40);
    set.add(5, 5);
    EXPECT_EQ(set.ranges(), (Ranges{{10, 20}, {30, 40}}));
    EXPECT_EQ(set.first_gap(), 0U);
    set.add(20, 30);
    EXPECT_EQ(set.ranges(), (Ranges{{10, 40}}));
    set.add(0, 12);
    set.add(45, 50);
    set.add(35, 100);
    EXPECT_EQ(set.ranges(), (Ranges{{0, 100}}));
    EXPECT_EQ(set.first_gap(), 100U);
}

TEST(Intervals, CoversWholeRangesOnly) {
    Intervals set;
    set.add(10, 20);
    EXPECT_TRUE(set.covers(10, 20));
    EXPECT_TRUE(set.covers(12, 13));
    EXPECT_TRUE(set.covers(50, 50));
    EXPECT_FALSE(set.covers(9, 11));
    EXPECT_FALSE(set.covers(19, 21));
    EXPECT_FALSE(set.covers(20, 21));
}

std::vector<Entry> two_entries() {
    std::vector<Entry> entries(2);
    entries[0].id = {1, 2, 3, 4, 0xFFFFFFFFFFFFFFFF, "/in/a file%\n.hl7"};
    entries[0].settled.add(0, 100);
    entries[0].settled.add(120, 130);
    entries[1].id = {0xFFFFFFFFFFFFFFFF, 7, 0, 1024, 0, "b"};
    return entries;
}

TEST(Checkpoint, ComesBackAsItWas) {
    EXPECT_EQ(*decode_checkpoint(encode_checkpoint(two_entries())), two_entries());
    EXPECT_TRUE(decode_checkpoint(encode_checkpoint({}))->empty());
}

TEST(Checkpoint, DamageIsFoundWhereverItIs) {
    const std::string whole = encode_checkpoint(two_entries());
    for (std::size_t i = 0; i < whole.size(); ++i) {
        EXPECT_FALSE(decode_checkpoint(whole.substr(0, i)).ok()) << "cut at " << i;
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        const auto decoded = decode_checkpoint(changed);
        ASSERT_FALSE(decoded.ok()) << "changed at " << i;
        EXPECT_EQ(decoded.error().code, ErrorCode::Corrupt);
        EXPECT_THAT(decoded.error().where, ::testing::StartsWith("line "));
    }
}

}  // namespace
}  // namespace aorta::plugins::file_source
