#include "spool/keys.hpp"

#include "base/crypto.hpp"
#include "base/seal.hpp"

#include <gtest/gtest.h>

namespace aorta::spool {
namespace {

const std::string kSecret(32, 's');
const std::string kOther(64, 'o');

TEST(StorageKey, IsMadeAsTheFormatSays) {
    const auto key = storage_key(kSecret);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->bytes, base::sha256({"aorta storage key" + kSecret}));
    const std::string bytes{base::view_of(key->bytes)};
    EXPECT_EQ(base::sha256_hex("aorta key id" + bytes).substr(0, 16), [&] {
        std::string hex;
        for (const std::uint8_t byte : key->id) {
            constexpr char kDigits[] = "0123456789abcdef";
            hex += kDigits[byte >> 4U];
            hex += kDigits[byte & 15U];
        }
        return hex;
    }());
}

TEST(StorageKey, RefusesAShortSecretWithoutTellingIt) {
    const auto key = storage_key("hunter2-hunter2-hunter2-hunter2");
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().code, ErrorCode::InvalidConfig);
    EXPECT_NE(key.error().message.find("31 bytes"), std::string::npos);
    EXPECT_EQ(key.error().message.find("hunter"), std::string::npos);
}

TEST(Keys, FindsThePresentAndTheFormerOnesById) {
    const StorageKey present = *storage_key(kSecret);
    const StorageKey former = *storage_key(kOther);
    Keys keys;
    EXPECT_EQ(keys.find(present.id), nullptr);
    keys.present = present;
    keys.former = {former};
    ASSERT_NE(keys.find(present.id), nullptr);
    EXPECT_EQ(keys.find(present.id)->bytes, present.bytes);
    ASSERT_NE(keys.find(former.id), nullptr);
    EXPECT_EQ(keys.find(former.id)->bytes, former.bytes);
    EXPECT_EQ(keys.find(KeyId{}), nullptr) << "zeros mean: not sealed";
}

}  // namespace
}  // namespace aorta::spool
