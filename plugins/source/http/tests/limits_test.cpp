// Hostile and unlucky clients.
#include "source/http/tests/listener_fixture.hpp"

namespace aorta::plugins::http_source {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ListenerTest, AClientThatWaitsFor100GetsIt) {
    answer_all();
    Peer peer = start_and_connect();
    peer.send(
        "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(peer.receive_through("\r\n\r\n"), http::kContinue);
    peer.send("abc");
    EXPECT_EQ(receive(peer).status, 200U);
    EXPECT_EQ(host_.pushed().at(0).payload, "abc");
}

TEST_F(ListenerTest, The100WaitsForTheAnswersBeforeIt) {
    Peer peer = start_and_connect();
    peer.send(
        hook("1") +
        "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
    answer(host_.wait_pushed(1).at(0), {.kind = AORTA_ACK_ACCEPT});
    EXPECT_EQ(receive(peer).status, 200U);
    EXPECT_EQ(peer.receive_through("\r\n\r\n"), http::kContinue);
    peer.send("2");
    answer(host_.wait_pushed(2).at(1), {.kind = AORTA_ACK_ACCEPT});
    EXPECT_EQ(receive(peer).status, 200U);
}

TEST_F(ListenerTest, TheWaitFor100IsNotTheClients) {
    Peer peer = start_and_connect();
    peer.send(
        hook("1") +
        "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
    const auto record = host_.wait_pushed(1).at(0);
    Peer other = connect();
    const auto pass = [&](Nanoseconds time) {
        advance(time);
        EXPECT_EQ(exchange(other, request("OPTIONS *", "", "")).status, 200U);
    };
    pass(kRequestTimeout);
    pass(kRequestTimeout / 2);
    answer(record, {.kind = AORTA_ACK_ACCEPT});
    EXPECT_EQ(receive(peer).status, 200U);
    EXPECT_EQ(peer.receive_through("\r\n\r\n"), http::kContinue);
    pass(kRequestTimeout / 2);
    peer.send("2");
    answer(host_.wait_pushed(2).at(1), {.kind = AORTA_ACK_ACCEPT});
    EXPECT_EQ(receive(peer).status, 200U);
}

TEST_F(ListenerTest, AClientThatWaitsFor100IsRefusedBeforeItSends) {
    Peer peer = start_and_connect();
    peer.send("POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    const Received refused = receive(peer);
    EXPECT_EQ(refused.status, 404U);
    EXPECT_THAT(refused.head, HasSubstr("Connection: close\r\n"));
    peer.send("abc");
    EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ListenerTest, WhatCannotBeReadEndsTheConnectionAfterItsAnswer) {
    start();
    for (const auto& [bytes, status] : std::vector<std::pair<std::string, unsigned>>{
             {"nonsense\r\n\r\n", 400},
             {request("POST /hook", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
             {request("POST /hook", "X: " + std::string(5000, 'x') + "\r\n", ""), 431},
             {"POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n", 413},
             {"POST /hook HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n",
              413},
             {"PRI * HTTP/2.0\r\n\r\n", 505}}) {
        Peer peer = connect();
        peer.send(bytes + hook("never"));
        const Received response = receive(peer);
        EXPECT_EQ(response.status, status) << bytes.substr(0, 40);
        EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
        EXPECT_EQ(peer.receive_rest(), "");
    }
    EXPECT_TRUE(host_.pushed().empty());
    EXPECT_EQ(host_.counter("requests_discarded"), 6U);
}

TEST_F(ListenerTest, AHeadThatDripsEndsWithTheRequestTimeout) {
    Peer peer = start_and_connect();
    peer.send("POST /hook HTTP/1.1\r\n");
    Peer other = connect();  // the listener has seen the first by then
    EXPECT_EQ(exchange(other, request("OPTIONS *", "", "")).status, 200U);
    advance(kRequestTimeout / 2);
    peer.send("X: 1\r\n");
    EXPECT_EQ(exchange(other, request("OPTIONS *", "", "")).status, 200U);
    advance(kRequestTimeout / 2);
    EXPECT_EQ(receive(peer).status, 408U);
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_EQ(exchange(other, request("OPTIONS *", "", "")).status, 200U);
    EXPECT_EQ(host_.counter("requests_discarded"), 1U);
}

TEST_F(ListenerTest, ABodyThatGrowsMayTakeItsTime) {
    answer_all();
    Peer peer = start_and_connect();
    const std::string piece(std::size_t{70} << 10U, 'x');
    peer.send("POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: " +
              std::to_string(3 * piece.size()) + "\r\n\r\n");
    Peer other = connect();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(exchange(other, request("OPTIONS *", "", "")).status, 200U);
        advance(kRequestTimeout * 3 / 4);
        peer.send(piece);
    }
    EXPECT_EQ(receive(peer).status, 200U);
}

TEST_F(ListenerTest, AnIdleConnectionIsClosed) {
    config_.idle_timeout = std::chrono::seconds{60};
    answer_all();
    Peer peer = start_and_connect();
    EXPECT_EQ(exchange(peer, hook("x")).status, 200U);
    advance(std::chrono::seconds{60});
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_EQ(host_.counter("requests_discarded"), 0U);
}

TEST_F(ListenerTest, WithoutRoomNothingIsReadAndNobodyIsPassed) {
    answer_all();
    host_.set_credit(0);
    Peer first = start_and_connect();
    first.send(hook("1a") + hook("1b"));
    ASSERT_TRUE(host_.wait_denied(1));
    Peer second = connect();
    second.send(hook("2"));
    EXPECT_TRUE(host_.pushed().empty());
    host_.set_credit(~std::uint64_t{0});
    listener_->on_credit();
    EXPECT_EQ(receive(first).status, 200U);
    EXPECT_EQ(receive(first).status, 200U);
    EXPECT_EQ(receive(second).status, 200U);
    EXPECT_EQ(host_.pushed().at(0).payload, "1a");
}

TEST_F(ListenerTest, ThousandsOfPipelinedRequestsAreAllAnswered) {
    answer_all();
    Peer peer = start_and_connect();
    std::string burst;
    for (int i = 0; i < 2000; ++i) {
        burst += hook(std::to_string(i));
    }
    std::jthread sender([&] { peer.send(burst); });
    const auto records = host_.wait_pushed(2000);
    sender.join();
    for (int i = 0; i < 2000; ++i) {
        ASSERT_EQ(receive(peer).status, 200U) << i;
    }
    EXPECT_EQ(records.back().payload, "1999");
}

TEST_F(ListenerTest, AClientThatIsOwedManyIsNotRead) {
    Peer peer = start_and_connect();
    std::string burst;
    for (int i = 0; i < 200; ++i) {
        burst += hook("x");
    }
    peer.send(burst);
    const auto records = host_.wait_pushed(kMaxUnanswered);
    EXPECT_EQ(records.size(), kMaxUnanswered);
    for (std::size_t i = 0; i < 200; ++i) {
        answer(host_.wait_pushed(i + 1).at(i), {.kind = AORTA_ACK_ACCEPT});
        ASSERT_EQ(receive(peer).status, 200U) << i;
    }
}

TEST_F(ListenerTest, TheReserveOfPartialRequestsHolds) {
    config_.partial_requests_bytes = std::uint64_t{64} << 10U;
    answer_all();
    start();
    const std::string body(200'000, 'x');
    const std::string bytes = hook(body);
    std::vector<Peer> peers;
    for (int i = 0; i < 4; ++i) {
        peers.push_back(connect());
        peers.back().send(std::string_view{bytes}.substr(0, 150'000));
    }
    for (Peer& peer : peers) {
        peer.send(std::string_view{bytes}.substr(150'000));
    }
    for (Peer& peer : peers) {
        EXPECT_EQ(receive(peer).status, 200U);
    }
}

TEST_F(ListenerTest, AClientThatGoesWhileItIsHeldGivesTheReserveBack) {
    config_.partial_requests_bytes = 1;
    answer_all();
    host_.set_credit(0);
    Peer first = start_and_connect();
    const std::string bytes = hook("1");
    const std::string_view whole{bytes};
    EXPECT_EQ(exchange(first, request("OPTIONS *", "", "") + bytes.substr(0, 10)).status, 200U);
    Peer second = connect();  // goes beyond the reserve
    second.send(hook("2"));
    ASSERT_TRUE(host_.wait_denied(1));
    second.reset();
    ASSERT_TRUE(host_.wait_counter("requests_discarded", 1));
    host_.set_credit(~std::uint64_t{0});
    listener_->on_credit();
    first.send(whole.substr(10));
    EXPECT_EQ(receive(first).status, 200U);
    EXPECT_EQ(host_.pushed().at(0).payload, "1");
}

TEST_F(ListenerTest, AHalfClosedClientGetsItsAnswer) {
    Peer peer = start_and_connect();
    peer.send(hook("1"));
    const auto record = host_.wait_pushed(1).at(0);
    peer.end_sending();
    answer(record, {.kind = AORTA_ACK_ACCEPT});
    EXPECT_EQ(receive(peer).status, 200U);
    EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ListenerTest, APartialRequestIsCountedWhenItsClientGoes) {
    Peer peer = start_and_connect();
    peer.send("POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    peer.close();
    EXPECT_TRUE(host_.wait_counter("requests_discarded", 1));
    EXPECT_TRUE(host_.pushed().empty());
}

TEST_F(ListenerTest, AnswersThatCannotBeSentAreCounted) {
    Peer peer = start_and_connect();
    peer.send(hook("1"));
    host_.wait_pushed(1);
    peer.reset();
    EXPECT_TRUE(host_.wait_counter("answers_unsent", 1));
}

TEST_F(ListenerTest, ConnectionsAreLimited) {
    config_.listen.max_connections_per_peer = 1;
    answer_all();
    Peer first = start_and_connect();
    EXPECT_EQ(exchange(first, hook("x")).status, 200U);
    EXPECT_EQ(connect().receive_rest(), "");
    EXPECT_TRUE(host_.wait_counter("connections_refused", 1));
    EXPECT_THAT(host_.log_text(), HasSubstr("max_connections_per_peer"));
}

TEST_F(ListenerTest, OldClientsAreServed) {
    answer_all();
    Peer peer = start_and_connect();
    peer.send("POST /hook HTTP/1.0\r\nContent-Length: 1\r\n\r\nx");
    const Received response = receive(peer);
    EXPECT_EQ(response.status, 200U);
    EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(peer.receive_rest(), "");
}

}  // namespace
}  // namespace aorta::plugins::http_source
