#include "common/privacy/vault.hpp"

#include "common/privacy/codes.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace aorta::privacy {
namespace {

constexpr std::string_view kKey = "a key of the vault of at least 32 bytes";

class VaultTest : public ::testing::Test {
protected:
    VaultTest() {
        std::string pattern = ::testing::TempDir() + "vaultXXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }

    ~VaultTest() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ + "/codes.vault"; }

    Vault open() const {
        auto vault = Vault::open(path(), kKey);
        EXPECT_TRUE(vault.ok()) << (vault.ok() ? "" : vault.error().message);
        return std::move(*vault);
    }

    static std::string token(Vault& vault, std::string_view identifier) {
        const auto made = vault.token_for(identifier, 1000);
        return made.ok() ? std::string{*made} : "";
    }

    std::string bytes() const {
        std::stringstream all;
        all << std::ifstream(path(), std::ios::binary).rdbuf();
        return all.str();
    }

    void write(const std::string& bytes) const {
        std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    }

private:
    std::string folder_;
};

TEST_F(VaultTest, GivesTheSameTokensAfterARestart) {
    std::string first;
    {
        Vault vault = open();
        first = token(vault, "MRN 12345");
        EXPECT_EQ(first.size(), 16U);
        EXPECT_NE(token(vault, "MRN 12346"), first);
    }
    Vault vault = open();
    EXPECT_EQ(vault.size(), 2U);
    EXPECT_EQ(token(vault, "MRN 12345"), first);
    ASSERT_NE(vault.find_identifier(first), nullptr);
    EXPECT_EQ(*vault.find_identifier(first), "MRN 12345");
    EXPECT_EQ(vault.find_identifier("nothing"), nullptr);
}

TEST_F(VaultTest, IsSharedByAllWhoHaveItOpen) {
    Vault one = open();
    Vault two = open();
    const std::string first = token(one, "A");
    EXPECT_EQ(token(two, "A"), first);
    const std::string second = token(two, "B");
    EXPECT_EQ(token(one, "B"), second);
    EXPECT_EQ(open().size(), 2U);
}

TEST_F(VaultTest, IsSealedAndForItsOwnerAlone) {
    Vault vault = open();
    const std::string made = token(vault, "MRN 12345");
    EXPECT_EQ(bytes().find("12345"), std::string::npos);
    EXPECT_EQ(bytes().find(made), std::string::npos);
    EXPECT_EQ(std::filesystem::status(path()).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(Vault::open(path(), "another key").error().code, ErrorCode::Corrupt);
    std::filesystem::permissions(path(), std::filesystem::perms::all);
    EXPECT_EQ(Vault::open(path(), kKey).error().code, ErrorCode::Denied);
}

TEST_F(VaultTest, FailsTheSettlingOfTokensThatItCouldNotGive) {
    Tokens full{0, open()};
    EXPECT_EQ(full.token_for("A"), "");
    EXPECT_TRUE(full.settle().ok());  // too many is no failure
    Tokens tokens{10, open()};
    Vault other = open();
    token(other, "B");
    std::string changed = bytes();
    changed.back() = static_cast<char>(changed.back() ^ 1);
    write(changed);
    EXPECT_EQ(tokens.token_for("C"), "");
    EXPECT_FALSE(tokens.settle().ok());
}

TEST_F(VaultTest, CutsAnEntryThatACrashLeftInHalves) {
    std::string first;
    {
        Vault vault = open();
        first = token(vault, "A");
    }
    const std::string one = bytes();
    {
        Vault vault = open();
        token(vault, "B");
    }
    const std::string two = bytes();
    for (std::size_t size = one.size(); size < two.size(); ++size) {
        write(two.substr(0, size));
        Vault vault = open();
        EXPECT_EQ(vault.size(), 1U) << size;
        EXPECT_EQ(token(vault, "A"), first);
        EXPECT_NE(token(vault, "B"), "");
        EXPECT_EQ(open().size(), 2U) << size;
    }
    write(one + std::string(40, '\0'));
    EXPECT_EQ(open().size(), 1U);
}

TEST_F(VaultTest, RefusesAFileThatWasChanged) {
    {
        Vault vault = open();
        token(vault, "A");
        token(vault, "B");
    }
    const std::string whole = bytes();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ 4);
        write(changed);
        EXPECT_FALSE(Vault::open(path(), kKey).ok()) << i;
    }
}

TEST_F(VaultTest, LeavesAFileAloneThatIsNoVault) {
    for (const std::string text :
         {"a note", "a longer note that would be of the size of a header, or more"}) {
        write(text);
        std::filesystem::permissions(
            path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        EXPECT_EQ(Vault::open(path(), kKey).error().code, ErrorCode::Corrupt);
        EXPECT_EQ(bytes(), text);
    }
}

TEST_F(VaultTest, IsMadeAnewWhenACrashLeftHalfAHeader) {
    open();
    const std::string whole = bytes();
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{5}, std::size_t{30}, whole.size() - 1}) {
        write(whole.substr(0, size));
        Vault vault = open();
        EXPECT_NE(token(vault, "A"), "");
    }
}

TEST_F(VaultTest, GivesNoTokenWhenItIsFull) {
    Vault vault = open();
    EXPECT_TRUE(vault.token_for("A", 1).ok());
    EXPECT_EQ(vault.token_for("B", 1).error().code, ErrorCode::ResourceExhausted);
    EXPECT_TRUE(vault.token_for("A", 1).ok());
}

}  // namespace
}  // namespace aorta::privacy
