#include "common/crypto/hash.hpp"

#include "common/crypto/random.hpp"

#include <gtest/gtest.h>

namespace aorta::crypto {
namespace {

TEST(Sha256, GivesTheDigestOfFips180) {
    EXPECT_EQ(hex_of(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_of(sha256("abc"), 4), "ba7816bf");
    EXPECT_EQ(number_of(sha256("abc")), 0xba7816bf8f01cfeaU);
}

TEST(Hmac, GivesTheValuesOfRfc4231AgainAndAgain) {
    Hmac hmac{"Jefe"};
    const std::string expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(hex_of(hmac("what do ya want for nothing?")), expected);
        EXPECT_NE(hex_of(hmac("")), expected);
    }
    EXPECT_EQ(hex_of(Hmac{std::string(20, '\x0b')}("Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex_of(Hmac{""}("")),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Random, Differs) {
    EXPECT_NE(random_u64(), random_u64());
}

}  // namespace
}  // namespace aorta::crypto
