#include "common/crypto/cipher.hpp"

#include <gtest/gtest.h>

namespace aorta::crypto {
namespace {

TEST(Sealer, OpensWhatItSealed) {
    Sealer sealer{sha256("key")};
    for (const std::string text : {"", "a", "a text of more than one block of AES"}) {
        const std::string sealed = sealer.seal(text, "context");
        EXPECT_EQ(sealed.size(), text.size() + Sealer::kOverhead);
        EXPECT_NE(sealed, sealer.seal(text, "context"));
        const auto opened = sealer.open(sealed, "context");
        ASSERT_TRUE(opened.ok());
        EXPECT_EQ(*opened, text);
    }
}

TEST(Sealer, RefusesWhatIsNotWhatItSealed) {
    Sealer sealer{sha256("key")};
    const std::string sealed = sealer.seal("text", "context");
    EXPECT_EQ(sealer.open(sealed, "other").error().code, ErrorCode::Corrupt);
    EXPECT_FALSE(Sealer{sha256("other")}.open(sealed, "context").ok());
    EXPECT_FALSE(sealer.open("", "context").ok());
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(sealer.open(changed, "context").ok()) << i;
        EXPECT_FALSE(sealer.open(sealed.substr(0, i), "context").ok()) << i;
    }
}

TEST(AesBlock, GivesTheExampleOfFips197) {
    std::string key;
    AesBlock::Block plain{};
    for (std::size_t i = 0; i < 16; ++i) {
        key += static_cast<char>(i);
        plain[i] = static_cast<std::uint8_t>(i * 17);
    }
    const AesBlock::Block expected{0x69,
                                   0xc4,
                                   0xe0,
                                   0xd8,
                                   0x6a,
                                   0x7b,
                                   0x04,
                                   0x30,
                                   0xd8,
                                   0xcd,
                                   0xb7,
                                   0x80,
                                   0x70,
                                   0xb4,
                                   0xc5,
                                   0x5a};
    EXPECT_EQ(AesBlock{key}.encrypt(plain), expected);
}

}  // namespace
}  // namespace aorta::crypto
