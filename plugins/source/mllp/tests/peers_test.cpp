// Who may connect, how often, and peers that vanish.
#include "common/net/keepalive.hpp"
#include "source/mllp/tests/listener_fixture.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace aorta::plugins::mllp {
namespace {

int option(const net::Stream& stream, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    getsockopt(stream.fd(), level, name, &value, &size);
    return value;
}

TEST(WatchPeer, ProbesAQuietPeerAndGivesUpOnOneThatIsSilent) {
    net::Acceptor acceptor = *net::Acceptor::open(*net::Address::parse("127.0.0.1:0"));
    const std::string at = acceptor.address().to_string();
    const net::Stream stream = *net::connect(*net::parse_host_port(at), std::chrono::seconds{20});
    net::watch_peer(stream, std::chrono::milliseconds{29'500});
    EXPECT_EQ(option(stream, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_KEEPIDLE), 30);
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_KEEPINTVL), 10);
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_KEEPCNT), 4);
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_USER_TIMEOUT), 70'000);
    net::watch_peer(stream, std::chrono::seconds{0});
    EXPECT_EQ(option(stream, SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST_F(ListenerTest, APeerMayHoldSoManyConnectionsAndNoMore) {
    accept_all();
    config_.listen.max_connections_per_peer = 2;
    start();
    Peer first = connect();
    Peer second = connect();
    for (Peer* peer : {&first, &second}) {
        peer->send(framed("1"));
        EXPECT_EQ(code_and_id(peer->receive_frame()), "AA 1");
    }
    EXPECT_EQ(connect().receive_rest(), "");
    EXPECT_TRUE(host_.wait_counter("connections_refused", 1));
    EXPECT_THAT(host_.log_text(), ::testing::HasSubstr("why=max_connections_per_peer"));
}

TEST_F(ListenerTest, ANetworkMayHoldSoManyConnectionsAndNoMore) {
    accept_all();
    config_.network_limits = {{*net::Network::parse("10.0.0.0/8"), 0},
                              {*net::Network::parse("127.0.0.0/8"), 1}};
    start();
    Peer first = connect();
    first.send(framed("1"));
    EXPECT_EQ(code_and_id(first.receive_frame()), "AA 1");
    EXPECT_EQ(connect().receive_rest(), "");
    EXPECT_THAT(host_.log_text(), ::testing::HasSubstr("why=max_connections_from"));
}

// A half-open peer: it is gone, and nothing says so. Its place comes free by time.
TEST_F(ListenerTest, APeerThatVanishedInsideAFrameGivesItsPlaceBack) {
    accept_all();
    config_.listen.max_connections_per_peer = 1;
    start();
    Peer vanished = connect();
    vanished.send(framed("1") + "\x0bMSH|^");
    EXPECT_EQ(code_and_id(vanished.receive_frame()), "AA 1");
    advance(kFrameTimeout);
    ASSERT_TRUE(host_.wait_logged("frame_timeout"));
    EXPECT_EQ(vanished.receive_rest(), "");
    Peer back = connect();
    back.send(framed("2"));
    EXPECT_EQ(code_and_id(back.receive_frame()), "AA 2");
}

TEST_F(ListenerTest, APeerThatVanishedBetweenFramesGivesItsPlaceBack) {
    accept_all();
    config_.listen.max_connections_per_peer = 1;
    config_.idle_timeout = std::chrono::seconds{60};
    start();
    Peer vanished = connect();
    vanished.send(framed("1"));
    EXPECT_EQ(code_and_id(vanished.receive_frame()), "AA 1");
    advance(std::chrono::seconds{60});
    EXPECT_EQ(vanished.receive_rest(), "");
    Peer back = connect();
    back.send(framed("2"));
    EXPECT_EQ(code_and_id(back.receive_frame()), "AA 2");
}

TEST_F(ListenerTest, APeerThatResetsWhileItIsOwedAnswersIsCountedOnce) {
    start();
    Peer peer = connect();
    peer.send(framed("1") + framed("2"));
    const auto records = host_.wait_pushed(2);
    peer.reset();
    EXPECT_TRUE(host_.wait_counter("answers_unsent", 2));
    for (const auto& record : records) {
        answer(record, {AORTA_ACK_ACCEPT});
    }
    Peer next = connect();
    next.send(framed("3"));
    answer(host_.wait_pushed(3)[2], {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(next.receive_frame()), "AA 3");
    EXPECT_FALSE(host_.log_text().find("answers=2") == std::string::npos);
}

TEST_F(ListenerTest, ServesAThousandSendersOfWhichHalfVanish) {
    accept_all();
    config_.listen.max_connections = 400;
    start();
    for (int round = 0; round < 5; ++round) {
        std::vector<Peer> peers;
        for (int i = 0; i < 200; ++i) {
            peers.push_back(connect());
            peers.back().send(i % 2 == 0 ? framed(std::to_string(i)) : "\x0bMSH|^~\\&|half");
        }
        for (std::size_t i = 0; i < peers.size(); i += 2) {
            ASSERT_EQ(code_and_id(peers[i].receive_frame()), "AA " + std::to_string(i));
        }
        for (Peer& peer : peers) {
            peer.reset();
        }
        ASSERT_TRUE(
            host_.wait_counter("frames_discarded", 100 * (static_cast<std::uint64_t>(round) + 1)));
    }
    EXPECT_EQ(host_.pushed().size(), 500U);
}

}  // namespace
}  // namespace aorta::plugins::mllp
