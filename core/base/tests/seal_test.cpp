#include "base/seal.hpp"

#include "base/crypto.hpp"

#include <gtest/gtest.h>

namespace aorta::base {
namespace {

TEST(Sha256, TakesPieces) {
    EXPECT_EQ(hex_of(view_of(sha256({"a", "", "bc"}))), sha256_hex("abc"));
    EXPECT_EQ(hex_of(view_of(sha256({}))), sha256_hex(""));
}

TEST(HmacSha256, AgreesWithTheStandard) {
    // RFC 4231, test cases 2 and 6 (a key longer than a block).
    EXPECT_EQ(hex_of(view_of(hmac_sha256("Jefe", {"what do ya want ", "for nothing?"}))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(
        hex_of(view_of(hmac_sha256(std::string(131, '\xaa'),
                                   {"Test Using Larger Than Block-Size Key - Hash Key First"}))),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(hex_of(view_of(hmac_sha256("", {}))),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Sealer, AgreesWithTheStandard) {
    // The GCM specification, test cases 13 and 14: zeros.
    Sealer sealer{Digest{}};
    EXPECT_EQ(hex_of(sealer.seal({}, "", {})), "530f8afbc74536b9a963b4f1c4cb738b");
    EXPECT_EQ(hex_of(sealer.seal({}, "", {std::string(16, '\0')})),
              "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

class Sealing : public ::testing::Test {
protected:
    Sealer sealer_{sha256({"key"})};
    Sealer::Nonce nonce_{1, 2, 3};
    std::string sealed_ = sealer_.seal(nonce_, "head", {"pati", "", "ent"});
};

TEST_F(Sealing, OpensAgain) {
    const auto opened = sealer_.open(nonce_, "head", sealed_);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(*opened, "patient");
    EXPECT_EQ(sealed_.size(), 7 + Sealer::kTagBytes);
    EXPECT_EQ(sealed_, sealer_.seal(nonce_, "head", {"patient"})) << "pieces do not matter";
    const auto empty = sealer_.open(nonce_, "head", sealer_.seal(nonce_, "head", {}));
    ASSERT_TRUE(empty.ok());
    EXPECT_EQ(*empty, "");
}

TEST_F(Sealing, NoBitCanBeChanged) {
    for (std::size_t bit = 0; bit < sealed_.size() * 8; ++bit) {
        std::string changed = sealed_;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        const auto opened = sealer_.open(nonce_, "head", changed);
        ASSERT_FALSE(opened.ok()) << bit;
        EXPECT_EQ(opened.error().code, ErrorCode::Corrupt);
    }
    EXPECT_TRUE(sealer_.open(nonce_, "head", sealed_).ok()) << "a failure leaves nothing behind";
}

TEST_F(Sealing, NothingElseOpensIt) {
    EXPECT_FALSE(sealer_.open({}, "head", sealed_).ok()) << "another nonce";
    EXPECT_FALSE(sealer_.open(nonce_, "Head", sealed_).ok()) << "another head";
    EXPECT_FALSE(Sealer{sha256({"other"})}.open(nonce_, "head", sealed_).ok()) << "another key";
    EXPECT_FALSE(sealer_.open(nonce_, "head", sealed_.substr(0, 15)).ok()) << "too short for a tag";
    EXPECT_FALSE(sealer_.open(nonce_, "head", sealed_.substr(1)).ok());
    EXPECT_FALSE(sealer_.open(nonce_, "head", "").ok());
}

}  // namespace
}  // namespace aorta::base
