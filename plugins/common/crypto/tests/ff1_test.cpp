#include "common/crypto/ff1.hpp"

#include <gtest/gtest.h>

namespace aorta::crypto {
namespace {

std::string bytes_of(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
    }
    return bytes;
}

struct Sample {
    std::string_view key;
    unsigned radix;
    std::string_view tweak;
    std::string_view plain;
    std::string_view cipher;
};

constexpr std::string_view kKey128 = "2B7E151628AED2A6ABF7158809CF4F3C";
constexpr std::string_view kKey192 = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F";
constexpr std::string_view kKey256 =
    "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";
constexpr std::string_view kTweak10 = "39383736353433323130";
constexpr std::string_view kTweak11 = "3737373770717273373737";

// The samples that NIST publishes with SP 800-38G.
constexpr Sample kSamples[] = {
    {kKey128, 10, "", "0123456789", "2433477484"},
    {kKey128, 10, kTweak10, "0123456789", "6124200773"},
    {kKey128, 36, kTweak11, "0123456789abcdefghi", "a9tv40mll9kdu509eum"},
    {kKey192, 10, "", "0123456789", "2830668132"},
    {kKey192, 10, kTweak10, "0123456789", "2496655549"},
    {kKey192, 36, kTweak11, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"},
    {kKey256, 10, "", "0123456789", "6657667009"},
    {kKey256, 10, kTweak10, "0123456789", "1001623463"},
    {kKey256, 36, kTweak11, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"},
};

TEST(Ff1, GivesTheSamplesOfNist) {
    for (const Sample& sample : kSamples) {
        Ff1 ff1{bytes_of(sample.key), sample.radix};
        const std::string tweak = bytes_of(sample.tweak);
        EXPECT_EQ(ff1.encrypt(sample.plain, tweak), sample.cipher);
        EXPECT_EQ(ff1.decrypt(sample.cipher, tweak), sample.plain);
    }
}

TEST(Ff1, IsAPermutationOfEveryLengthThatItTakes) {
    Ff1 ff1{bytes_of(kKey256), 10};
    std::string digits;
    for (int length = 1; length <= 38; ++length) {
        digits += static_cast<char>('0' + length * 7 % 10);
        const auto sealed = ff1.encrypt(digits, "site 1");
        if (length < 6) {
            EXPECT_FALSE(sealed) << length;
            continue;
        }
        ASSERT_TRUE(sealed) << length;
        EXPECT_EQ(sealed->size(), digits.size());
        EXPECT_NE(*sealed, digits);
        EXPECT_EQ(ff1.decrypt(*sealed, "site 1"), digits);
        EXPECT_NE(ff1.decrypt(*sealed, "site 2"), digits);
    }
}

TEST(Ff1, RefusesWhatIsNotInItsDomain) {
    Ff1 ff1{bytes_of(kKey128), 10};
    EXPECT_FALSE(ff1.encrypt(""));
    EXPECT_FALSE(ff1.encrypt("12345"));
    EXPECT_FALSE(ff1.encrypt("12345x"));
    EXPECT_FALSE(ff1.encrypt("123 456"));
    EXPECT_FALSE(ff1.encrypt(std::string(40, '1')));
    Ff1 letters{bytes_of(kKey128), 36};
    EXPECT_FALSE(letters.encrypt("abc"));
    EXPECT_TRUE(letters.encrypt("abcd"));
    EXPECT_FALSE(letters.encrypt("abcD"));
}

}  // namespace
}  // namespace aorta::crypto
