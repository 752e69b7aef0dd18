#include "transport/keys.hpp"

#include "transport/tests/workers.hpp"

#include <fstream>

namespace aorta::transport {
namespace {

mode_t mode_of(const std::filesystem::path& file) {
    struct stat status {};

    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_mode & 0777U;
}

class LinkKeyFiles : public testing::Test {
protected:
    void write(const std::string& name, std::string_view content, mode_t mode = 0600) const {
        std::ofstream(file(name)) << content;
        ASSERT_EQ(::chmod(file(name).c_str(), mode), 0);
    }

    std::filesystem::path file(const std::string& name) const { return folder.path / name; }

    PrivateFolder folder;
};

TEST_F(LinkKeyFiles, SecretsAreForTheUserAlone) {
    const auto keys = folder.path / "keys";
    const KeyPair pair = *make_key_pair();
    ASSERT_TRUE(write_key_pair(keys, "edge", pair).ok());
    EXPECT_EQ(mode_of(keys), 0700);
    EXPECT_EQ(mode_of(keys / "edge.key"), 0600);
    const auto back = read_key_pair(keys / "edge.key");
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->public_key, pair.public_key);
    EXPECT_EQ(back->secret_key, pair.secret_key);
    EXPECT_EQ(read_public_keys(keys / "edge.pub")->front(), pair.public_key);
}

TEST_F(LinkKeyFiles, AreNeverOverwritten) {
    ASSERT_TRUE(write_key_pair(folder.path, "edge", *make_key_pair()).ok());
    EXPECT_EQ(write_key_pair(folder.path, "edge", *make_key_pair()).error().code,
              ErrorCode::InvalidConfig);
}

TEST_F(LinkKeyFiles, ThatOthersMayReadAreRefused) {
    ASSERT_TRUE(write_key_pair(folder.path, "edge", *make_key_pair()).ok());
    ASSERT_EQ(::chmod(file("edge.key").c_str(), 0640), 0);
    EXPECT_EQ(read_key_pair(file("edge.key")).error().code, ErrorCode::Denied);
}

TEST_F(LinkKeyFiles, ThatAreNoneAreRefused) {
    write("empty.key", "");
    write("short.key", "aorta link key 1\npublic abc\nsecret def\n");
    write("large.key", std::string(10'000, 'x'));
    for (const char* name : {"empty.key", "short.key", "large.key"}) {
        EXPECT_EQ(read_key_pair(file(name)).error().code, ErrorCode::InvalidConfig) << name;
    }
    EXPECT_EQ(read_key_pair(file("missing.key")).error().code, ErrorCode::NotFound);
}

TEST_F(LinkKeyFiles, ListOneOrTwoPublicKeys) {
    const std::string one = make_key_pair()->public_key;
    const std::string two = make_key_pair()->public_key;
    write("two.pub", "# the new one\n" + one + "\n\n" + two + "\n");
    EXPECT_EQ(read_public_keys(file("two.pub"))->size(), 2);
    write("three.pub", one + "\n" + two + "\n" + one + "\n");
    EXPECT_FALSE(read_public_keys(file("three.pub")).ok());
    write("none.pub", "# nothing\n");
    EXPECT_FALSE(read_public_keys(file("none.pub")).ok());
    write("bad.pub", "no key\n");
    EXPECT_FALSE(read_public_keys(file("bad.pub")).ok());
}

TEST_F(LinkKeyFiles, ARingIsTheOwnPairAndTheOthersPublicKeys) {
    for (const char* name : {"core", "edge"}) {
        ASSERT_TRUE(write_key_pair(folder.path, name, *make_key_pair()).ok());
    }
    const auto ring = read_key_ring(folder.path, "core", {"edge"});
    ASSERT_TRUE(ring.ok());
    EXPECT_EQ(ring->others.at("edge").size(), 1);
    EXPECT_FALSE(read_key_ring(folder.path, "core", {"edge", "lab"}).ok());
}

}  // namespace
}  // namespace aorta::transport
