#include "common/hash/siphash.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aorta::hash {
namespace {

// The vectors of the reference implementation: key 00 01 … 0f, input 00 01 ….
TEST(SipHash, GivesTheKnownValues) {
    const Hash128 key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
    EXPECT_EQ(SipHash(key).finish(), (Hash128{0xe6a825ba047f81a3U, 0x930255c71472f66dU}));
    SipHash one(key);
    one.add(std::string_view("\0", 1));
    EXPECT_EQ(one.finish(), (Hash128{0x44af996bd8c187daU, 0x45fc229b11597634U}));
}

TEST(SipHash, DoesNotCareHowTheBytesAreSplit) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) {
        bytes += static_cast<char>(i * 7);
    }
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const std::string_view part = std::string_view{bytes}.substr(0, size);
        SipHash whole({1, 2});
        whole.add(part);
        const Hash128 expected = whole.finish();
        for (std::size_t cut = 0; cut <= size; ++cut) {
            SipHash parts({1, 2});
            parts.add(part.substr(0, cut));
            parts.add(part.substr(cut));
            ASSERT_EQ(parts.finish(), expected);
        }
    }
}

TEST(SipHash, KeepsTextsApart) {
    SipHash left({1, 2});
    left.add_text("ab");
    left.add_text("c");
    SipHash right({1, 2});
    right.add_text("a");
    right.add_text("bc");
    EXPECT_NE(left.finish(), right.finish());
}

}  // namespace
}  // namespace aorta::hash
