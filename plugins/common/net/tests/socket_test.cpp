#include "common/net/socket.hpp"

#include "common/net/poller.hpp"
#include "common/net/tests/peer.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace aorta::net {
namespace {

using testing::Peer;

Acceptor open_any() {
    return *Acceptor::open(*Address::parse("127.0.0.1:0"));
}

TEST(Socket, CarriesBytesBothWaysAndReportsTheEnd) {
    Acceptor acceptor = open_any();
    ASSERT_NE(acceptor.address().port(), 0);
    Peer client = Peer::to(acceptor.address());
    Peer server = testing::accept(acceptor);
    client.send("ping.");
    EXPECT_EQ(server.receive_through("."), "ping.");
    server.send("pong.");
    EXPECT_EQ(client.receive_through("."), "pong.");
    server.close();
    EXPECT_EQ(client.receive_rest(), "");
}

TEST(Socket, SaysThatAPortIsTaken) {
    const Acceptor acceptor = open_any();
    const Result<Acceptor> second = Acceptor::open(acceptor.address());
    ASSERT_FALSE(second.ok());
    EXPECT_NE(second.error().message.find(acceptor.address().to_string()), std::string::npos);
}

TEST(Socket, ConnectingToNobodyIsUnavailable) {
    HostPort nobody{"127.0.0.1", 0};
    {
        const Acceptor acceptor = open_any();
        nobody.port = acceptor.address().port();
    }
    const Result<Stream> stream = connect(nobody, testing::kPatience);
    ASSERT_FALSE(stream.ok());
    EXPECT_EQ(stream.error().code, ErrorCode::Unavailable);
}

TEST(Poller, WakesFromAnotherThread) {
    Result<Poller> poller = Poller::create();
    ASSERT_TRUE(poller.ok());
    const std::jthread waker([&] { poller->wake(); });
    EXPECT_TRUE(poller->wait(testing::kPatience).empty());
}

TEST(Poller, ReportsWhatWasAskedFor) {
    Acceptor acceptor = open_any();
    Peer client = Peer::to(acceptor.address());
    Acceptor::Peer accepted;
    Result<Poller> poller = Poller::create();
    ASSERT_TRUE(poller->add(acceptor.fd(), 1, {.read = true}));
    ASSERT_EQ(poller->wait(testing::kPatience).size(), 1U);
    ASSERT_EQ(acceptor.accept(accepted), Acceptor::Status::Accepted);
    EXPECT_EQ(acceptor.accept(accepted), Acceptor::Status::None);

    poller->add(accepted.stream.fd(), 2, {.write = true});
    const auto events = poller->wait(testing::kPatience);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].tag, 2U);
    EXPECT_TRUE(events[0].writable);
    EXPECT_FALSE(events[0].readable);

    client.send("x");
    poller->change(accepted.stream.fd(), 2, {});
    EXPECT_TRUE(poller->wait(std::chrono::milliseconds{1}).empty());
    poller->change(accepted.stream.fd(), 2, {.read = true});
    EXPECT_TRUE(poller->wait(testing::kPatience)[0].readable);
}

}  // namespace
}  // namespace aorta::net
