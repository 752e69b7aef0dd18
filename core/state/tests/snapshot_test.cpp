#include "state/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::state {
namespace {

Snapshot some() {
    return {{{3, 17}, {5, 1}}, {{"alarms", 0, 1, std::string{"\0bytes", 6}}, {"alarms", 1, 1, ""}}};
}

TEST(Snapshot, ReadsBackWhatItWrote) {
    const auto read = decode(encode(some()));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->cuts, some().cuts);
    ASSERT_NE(read->find("alarms", 0), nullptr);
    EXPECT_EQ(read->find("alarms", 0)->bytes.size(), 6U);
    EXPECT_EQ(read->find("alarms", 0)->version, 1U);
    EXPECT_NE(read->find("alarms", 1), nullptr);
    EXPECT_EQ(read->find("alarms", 2), nullptr);
    EXPECT_EQ(read->next(3), 17U);
    EXPECT_EQ(read->next(4), 0U);
}

TEST(Snapshot, RefusesEveryCutAndWhatIsBehindIt) {
    const std::string bytes = encode(some());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto read = decode(std::string_view{bytes}.substr(0, size));
        ASSERT_FALSE(read.ok()) << size;
        EXPECT_EQ(read.error().code, ErrorCode::Corrupt);
    }
    EXPECT_FALSE(decode(bytes + "x").ok());
}

TEST(Snapshot, RefusesACountWithoutTheRest) {
    std::string bytes = encode({});
    bytes[4] = '\xff';
    bytes[7] = '\xff';
    EXPECT_FALSE(decode(bytes).ok());
}

TEST(Snapshot, RefusesANewerFormat) {
    std::string bytes = encode(some());
    bytes[0] = 2;
    EXPECT_EQ(decode(bytes).error().code, ErrorCode::InvalidConfig);
}

}  // namespace
}  // namespace aorta::state
