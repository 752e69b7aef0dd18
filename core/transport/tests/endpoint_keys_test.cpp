#include "transport/tests/workers.hpp"

#include <zmq.h>

namespace aorta::transport {
namespace {

class LinkKeys : public testing::Test {
protected:
    KeyRing ring(const KeyPair& self, const std::string& worker, std::vector<std::string> keys) {
        return {self, {{worker, std::move(keys)}}};
    }

    std::unique_ptr<Worker> listener(const std::vector<std::string>& allowed) {
        auto made = std::make_unique<Worker>("core",
                                             "edge",
                                             EndpointConfig{.listens = true,
                                                            .address = "tcp://127.0.0.1:*",
                                                            .keys = ring(core, "edge", allowed)});
        EXPECT_TRUE(made->endpoint->start().ok());
        return made;
    }

    std::unique_ptr<Worker> dialer(const Worker& to,
                                   const KeyPair& self,
                                   const std::vector<std::string>& server_keys) {
        auto made =
            std::make_unique<Worker>("edge",
                                     "core",
                                     EndpointConfig{.address = to.endpoint->address(),
                                                    .keys = ring(self, "core", server_keys)});
        EXPECT_TRUE(made->endpoint->start().ok());
        return made;
    }

    static bool delivers(Worker& from) {
        const int before = from.fates.delivered;
        return from.offer("x") && eventually([&] { return from.fates.delivered == before + 1; });
    }

    KeyPair core = *make_key_pair();
    KeyPair edge = *make_key_pair();
    KeyPair other = *make_key_pair();
};

TEST_F(LinkKeys, ListedKeysTalk) {
    const auto server = listener({edge.public_key});
    const auto client = dialer(*server, edge, {core.public_key});
    EXPECT_TRUE(delivers(*client));
    EXPECT_EQ(server->zap.refused(), 0);
}

TEST_F(LinkKeys, AnUnknownKeyIsRefusedAndCounted) {
    const auto server = listener({edge.public_key});
    const auto stranger = dialer(*server, other, {core.public_key});
    EXPECT_TRUE(eventually([&] { return server->zap.refused() > 0; }));
    EXPECT_FALSE(stranger->link->status().is_up);
    const auto client = dialer(*server, edge, {core.public_key});
    EXPECT_TRUE(delivers(*client));
}

TEST_F(LinkKeys, APeerWithoutCurveGetsNowhere) {
    const auto server = listener({edge.public_key});
    Worker plain{"edge", "core", {.address = server->endpoint->address()}};
    ASSERT_TRUE(plain.endpoint->start().ok());
    ASSERT_TRUE(plain.offer("x"));
    // It has tried and given up once.
    EXPECT_TRUE(eventually([&] { return plain.link->status().trouble == "no answer"; }));
    EXPECT_EQ(server->pipeline.count(), 0);
}

TEST_F(LinkKeys, AWrongKeyOfTheListenerIsNotTalkedTo) {
    const auto server = listener({edge.public_key});
    const auto client = dialer(*server, edge, {other.public_key});
    EXPECT_TRUE(eventually([&] { return client->link->status().trouble == "no answer"; }));
    EXPECT_EQ(server->link->status().counts.sessions, 0);
}

TEST_F(LinkKeys, AWorkerCannotTakeTheNameOfAnother) {
    Worker server{
        "core",
        "edge",
        {.listens = true,
         .address = "tcp://127.0.0.1:*",
         .keys = KeyRing{core, {{"edge", {edge.public_key}}, {"lab", {other.public_key}}}}}};
    ASSERT_TRUE(server.endpoint->start().ok());
    const auto impostor = dialer(server, other, {core.public_key});
    EXPECT_TRUE(eventually([&] { return impostor->link->status().trouble == "denied"; }));
    EXPECT_EQ(server.link->status().counts.sessions, 0);
}

TEST_F(LinkKeys, BothKeysAreValidDuringARotation) {
    const auto server = listener({edge.public_key, other.public_key});
    {
        const auto client = dialer(*server, edge, {core.public_key});
        EXPECT_TRUE(delivers(*client));
    }
    const auto client = dialer(*server, other, {core.public_key});
    EXPECT_TRUE(delivers(*client));
}

TEST_F(LinkKeys, ADialerTriesBothKeysOfTheListener) {
    const auto server = listener({edge.public_key});
    const auto client = dialer(*server, edge, {other.public_key, core.public_key});
    EXPECT_TRUE(delivers(*client));
}

TEST_F(LinkKeys, ARevokedKeyEndsItsSession) {
    const auto server = listener({edge.public_key});
    const auto client = dialer(*server, edge, {core.public_key});
    ASSERT_TRUE(delivers(*client));
    server->endpoint->reload(ring(core, "edge", {other.public_key}));
    EXPECT_TRUE(eventually([&] { return !server->link->status().is_up; }));
    EXPECT_TRUE(eventually([&] { return client->link->status().counts.lost == 1; }));
    EXPECT_TRUE(eventually(
        [&] { return server->zap.refused() > 0 || client->link->status().trouble == "denied"; }));
}

TEST_F(LinkKeys, AListenerWithANewKeyLosesNothing) {
    const auto server = listener({edge.public_key});
    const std::string address = server->endpoint->address();
    const auto client = dialer(*server, edge, {core.public_key, other.public_key});
    ASSERT_TRUE(delivers(*client));
    server->endpoint->reload(ring(other, "edge", {edge.public_key}));
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(client->offer("y"));
    }
    EXPECT_TRUE(eventually([&] { return client->fates.delivered == 21; }));
    EXPECT_EQ(server->pipeline.count(), 21);
    EXPECT_EQ(client->fates.others, 0);
}

}  // namespace
}  // namespace aorta::transport
