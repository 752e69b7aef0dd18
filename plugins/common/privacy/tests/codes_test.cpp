#include "common/privacy/codes.hpp"

#include <gtest/gtest.h>

namespace aorta::privacy {
namespace {

TEST(Tokens, AreTheSameForTheSameIdentifierUntilTheBookIsFull) {
    Tokens tokens{2};
    const std::string first{tokens.token_for("A")};
    EXPECT_EQ(first.size(), 16U);
    EXPECT_NE(first, tokens.token_for("B"));
    EXPECT_EQ(tokens.token_for("C"), "");
    EXPECT_EQ(tokens.token_for("A"), first);
    EXPECT_NE(Tokens{1}.token_for("A"), first);
}

TEST(Pseudonyms, AreOfTheKeyAndTheIdentifier) {
    Pseudonyms pseudonyms{crypto::sha256("key")};
    const std::string first = pseudonyms("12345");
    EXPECT_EQ(first.size(), 32U);
    EXPECT_EQ(pseudonyms("12345"), first);
    EXPECT_NE(pseudonyms("12346"), first);
    EXPECT_NE(Pseudonyms{crypto::sha256("other")}("12345"), first);
}

TEST(FreshIds, DifferWithRecordAndNumber) {
    std::set<std::string> seen;
    for (std::uint64_t low = 0; low < 50; ++low) {
        for (std::uint64_t number = 0; number < 50; ++number) {
            seen.insert(fresh_id(7, low, number));
        }
    }
    EXPECT_EQ(seen.size(), 2500U);
    EXPECT_EQ(fresh_id(1, 2, 3), fresh_id(1, 2, 3));
    EXPECT_EQ(fresh_id(1, 2, 3).size(), 20U);
}

TEST(Uuids, HaveTheirForm) {
    const std::string uuid = uuid_of("CODE");
    EXPECT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '8');
    EXPECT_EQ(uuid, uuid_of("CODE"));
    EXPECT_NE(uuid, uuid_of("CODF"));
}

}  // namespace
}  // namespace aorta::privacy
