#include "base/crypto.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

namespace aorta::base {
namespace {

TEST(Sha256, AgreesWithTheStandard) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(KeyedHash, IsTheHeadOfHmacSha256) {
    // RFC 4231, test case 2: the MAC begins with 5b dc c1 46 bf 60 75 4e.
    const KeyedHash hash{"Jefe"};
    EXPECT_EQ(hash("what do ya want for nothing?"), 0x4e7560bf46c1dc5bULL);
    EXPECT_EQ(hash("what do ya want for nothing?"), 0x4e7560bf46c1dc5bULL) << "a second time";
}

TEST(KeyedHash, DependsOnSecretAndIdentifier) {
    const KeyedHash one{"secret one"};
    const KeyedHash two{"secret two"};
    EXPECT_NE(one("P1"), two("P1"));
    EXPECT_NE(one("P1"), one("P2"));
    EXPECT_NE(one(""), 0U);
}

TEST(KeyedHash, CopiesWorkOnTheirOwnThreads) {
    const KeyedHash original{"secret"};
    const std::uint64_t expected = original("P1");
    const auto hash_often = [&](KeyedHash mine) {
        for (int i = 0; i < 1000; ++i) {
            if (mine("P1") != expected) {
                return false;
            }
        }
        return true;
    };
    bool first = false;
    bool second = false;
    {
        const std::jthread one(
            [&, copy = KeyedHash{original}]() mutable { first = hash_often(std::move(copy)); });
        const std::jthread two(
            [&, copy = KeyedHash{original}]() mutable { second = hash_often(std::move(copy)); });
    }
    EXPECT_TRUE(first && second);
}

TEST(MixId, IsStableAndDoesNotCollideForNearSalts) {
    const std::array<std::uint64_t, 2> parent{1, 2};
    EXPECT_EQ(mix_id(parent, 7), mix_id(parent, 7));
    std::set<std::array<std::uint64_t, 2>> ids;
    for (std::uint64_t salt = 0; salt < 10'000; ++salt) {
        ids.insert(mix_id(parent, salt));
    }
    EXPECT_EQ(ids.size(), 10'000U);
    EXPECT_NE(mix_id({2, 1}, 7), mix_id(parent, 7));
}

TEST(RandomBytes, AreNotTheSameTwice) {
    std::array<std::uint8_t, 32> first{};
    std::array<std::uint8_t, 32> second{};
    random_bytes(first);
    random_bytes(second);
    EXPECT_NE(first, second);
    EXPECT_NE(random_u64(), random_u64());
}

}  // namespace
}  // namespace aorta::base
