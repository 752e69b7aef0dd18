#include "base/crc32c.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace aorta::base {
namespace {

std::string rising(bool falls) {
    std::string bytes;
    for (int i = 0; i < 32; ++i) {
        bytes += static_cast<char>(falls ? 31 - i : i);
    }
    return bytes;
}

TEST(Crc32c, AgreesWithTheStandard) {
    // RFC 3720 B.4, and the check value of the catalogue.
    const struct {
        std::string bytes;
        std::uint32_t crc;
    } cases[] = {
        {std::string(32, '\0'), 0x8A9136AAU},
        {std::string(32, '\xFF'), 0x62A8AB43U},
        {rising(false), 0x46DD794EU},
        {rising(true), 0x113FDB5CU},
        {"123456789", 0xE3069283U},
        {"", 0U},
    };

    for (const auto& [bytes, crc] : cases) {
        EXPECT_EQ(crc32c(bytes), crc) << bytes.size();
        EXPECT_EQ(crc32c_by_table(bytes), crc) << bytes.size();
    }
}

TEST(Crc32c, BothWaysAgreeAtEveryLengthAndOffset) {
    std::mt19937 random{7};
    std::string bytes(5000, '\0');
    for (char& byte : bytes) {
        byte = static_cast<char>(random());
    }
    const std::string_view all = bytes;
    for (std::size_t length = 0; length < all.size(); length += length < 800 ? 1 : 97) {
        for (const std::size_t from : {std::size_t{0}, std::size_t{3}}) {
            const std::string_view part = all.substr(from, length);
            ASSERT_EQ(crc32c(part, 0x1234U), crc32c_by_table(part, 0x1234U)) << length;
        }
    }
}

TEST(Crc32c, GoesOnWhereItStopped) {
    std::string bytes(3000, 'x');
    bytes[1500] = 'y';
    const std::string_view all = bytes;
    for (const std::size_t cut : {0U, 1U, 7U, 8U, 767U, 768U, 769U, 2999U, 3000U}) {
        EXPECT_EQ(crc32c(all.substr(cut), crc32c(all.substr(0, cut))), crc32c(all)) << cut;
    }
}

}  // namespace
}  // namespace aorta::base
