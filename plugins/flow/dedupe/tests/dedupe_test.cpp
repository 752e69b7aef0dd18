#include "flow/dedupe/identity.hpp"
#include "flow/dedupe/memory.hpp"

#include <gtest/gtest.h>

#include <set>

namespace aorta::plugins::dedupe {
namespace {

using namespace std::chrono_literals;

constexpr hash::Hash128 kKey{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};

TEST(Memory, ForgetsAWindowAfterTheFirstTime) {
    Memory memory{10s, 100};
    EXPECT_FALSE(memory.seen({1, 1}, 0s));
    EXPECT_TRUE(memory.seen({1, 1}, 0s));
    EXPECT_TRUE(memory.seen({1, 1}, 9s));
    EXPECT_FALSE(memory.seen({1, 1}, 10s));
    EXPECT_TRUE(memory.seen({1, 1}, 11s));
    EXPECT_EQ(memory.size(), 1U);
    EXPECT_EQ(memory.evicted(), 0U);
}

TEST(Memory, GivesUpTheOldestWhenItIsFull) {
    Memory memory{10s, 2};
    EXPECT_FALSE(memory.seen({1, 1}, 0s));
    EXPECT_FALSE(memory.seen({2, 2}, 1s));
    EXPECT_TRUE(memory.seen({1, 1}, 2s));  // no younger for that
    EXPECT_FALSE(memory.seen({3, 3}, 3s));
    EXPECT_EQ(memory.evicted(), 1U);
    EXPECT_TRUE(memory.seen({2, 2}, 4s));
    EXPECT_FALSE(memory.seen({1, 1}, 4s));
    EXPECT_EQ(memory.size(), 2U);
}

TEST(Memory, HoldsNoMoreThanItsWindow) {
    Memory memory{10s, 1000};
    for (std::uint64_t i = 0; i < 1000; ++i) {
        EXPECT_FALSE(memory.seen({i, i}, std::chrono::seconds{i}));
        EXPECT_LE(memory.size(), 10U);
    }
}

class IdentityTest : public ::testing::Test {
protected:
    static std::optional<hash::Hash128> of(const Identity& identity, const std::string& bytes) {
        hl7::IndexBuilder builder;
        EXPECT_TRUE(builder.build(bytes).ok());
        const hl7::Message message{bytes, builder.view()};
        return identity.of(bytes, &message, hash::SipHash{kKey});
    }

    static std::vector<hl7::Path> paths(std::initializer_list<const char*> texts) {
        std::vector<hl7::Path> all;
        for (const char* text : texts) {
            all.push_back(*hl7::parse_path(text));
        }
        return all;
    }

    static std::string message(std::string_view id, std::string_view time, std::string_view rest) {
        return "MSH|^~\\&|L|H|||" + std::string{time} + "||ORU^R01|" + std::string{id} + "\r" +
               std::string{rest};
    }
};

TEST_F(IdentityTest, GoesByFields) {
    const Identity identity{.by = paths({"MSH-10", "MSH-3", "MSH-4"})};
    const auto first = of(identity, message("1", "2026", "PID|1\r"));
    ASSERT_TRUE(first);
    EXPECT_EQ(first, of(identity, message("1", "2027", "PID|2\r")));
    EXPECT_NE(first, of(identity, message("2", "2026", "PID|1\r")));
    EXPECT_NE(first, of(identity, "MSH|^~\\&|L|G|||2026||ORU^R01|1\r"));
    EXPECT_NE(of(identity, "MSH|^~\\&|A||||||ORU^R01|1\r"),
              of(identity, "MSH|^~\\&||A|||||ORU^R01|1\r"));
}

TEST_F(IdentityTest, KnowsNothingWithoutTheFirstField) {
    const Identity identity{.by = paths({"MSH-10", "MSH-3"})};
    EXPECT_FALSE(of(identity, message("", "2026", "")));
    EXPECT_FALSE(of(identity, message("\"\"", "2026", "")));
    EXPECT_FALSE(of(identity, "MSH|^~\\&|L\r"));
    EXPECT_TRUE(of(identity, "MSH|^~\\&||||||||1\r"));
}

TEST_F(IdentityTest, GoesByContent) {
    const Identity identity{.by = {}, .content = true, .except = paths({"EVN-2", "MSH-7"})};
    const auto first = of(identity, message("1", "2026", "EVN|A01|2026|X\rPID|1\r"));
    EXPECT_EQ(first, of(identity, message("1", "202701010000", "EVN|A01|2027|X\rPID|1")));
    EXPECT_EQ(first, of(identity, message("1", "", "EVN|A01||X\rPID|1\r")));
    EXPECT_NE(first, of(identity, message("1", "2026", "EVN|A01|2026|Y\rPID|1\r")));
    EXPECT_NE(first, of(identity, message("2", "2026", "EVN|A01|2026|X\rPID|1\r")));
    EXPECT_NE(first, of(identity, message("1", "2026", "EVN|A01|2026|X\rPID|1|\r")));
}

TEST_F(IdentityTest, GoesByBothForSendersThatUseIdsAgain) {
    const Identity identity{.by = paths({"MSH-10"}), .content = true, .except = paths({"MSH-7"})};
    const auto first = of(identity, message("1", "2026", "PID|1\r"));
    EXPECT_EQ(first, of(identity, message("1", "2027", "PID|1\r")));
    EXPECT_NE(first, of(identity, message("1", "2027", "PID|2\r")));
}

TEST_F(IdentityTest, TakesAnyBytesWithoutAMessage) {
    const Identity identity{.by = {}, .content = true};
    EXPECT_EQ(identity.of("{}", nullptr, hash::SipHash{kKey}),
              identity.of("{}", nullptr, hash::SipHash{kKey}));
    EXPECT_NE(identity.of("{}", nullptr, hash::SipHash{kKey}),
              identity.of("[]", nullptr, hash::SipHash{kKey}));
}

}  // namespace
}  // namespace aorta::plugins::dedupe
