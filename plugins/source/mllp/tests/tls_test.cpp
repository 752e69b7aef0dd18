// The listener with TLS.
#include "common/net/tests/tls_pair.hpp"
#include "source/mllp/tests/listener_fixture.hpp"

#include <openssl/ssl.h>

namespace aorta::plugins::mllp {
namespace {

using aorta::testing::kPatience;
using aorta::testing::kTestDay;
using aorta::testing::TestAuthority;
using aorta::testing::TlsFiles;
using ::testing::HasSubstr;

class TlsListenerTest : public ListenerTest {
protected:
    TlsListenerTest() { config_.listen.tls = files_.server(); }

    net::Stream plain_stream() {
        auto stream =
            net::connect(*net::parse_host_port(listener_->address().to_string()), kPatience);
        EXPECT_TRUE(stream.ok());
        return std::move(*stream);
    }

    /// A client after its own part of the handshake.
    Peer connect_tls(const net::TlsConfig& client) {
        net::Stream stream = plain_stream();
        stream.secure(aorta::testing::must_load(client));
        net::shake_hands(stream, kPatience);
        return Peer{std::move(stream)};
    }

    Peer connect_tls() { return connect_tls(files_.client()); }

    std::string exchange(Peer& peer, std::string_view id) {
        peer.send(framed(id));
        return code_and_id(peer.receive_frame());
    }

    TlsFiles files_;
};

TEST_F(TlsListenerTest, TakesAndAnswersMessagesInBothVersions) {
    accept_all();
    start();
    Peer peer = connect_tls();
    EXPECT_EQ(exchange(peer, "1"), "AA 1");
    EXPECT_EQ(exchange(peer, "2"), "AA 2");

    const auto old = aorta::testing::must_load(files_.client());
    SSL_CTX_set_max_proto_version(old->handle(), TLS1_2_VERSION);
    net::Stream stream = plain_stream();
    stream.secure(old);
    ASSERT_TRUE(net::shake_hands(stream, kPatience));
    Peer second{std::move(stream)};
    EXPECT_EQ(exchange(second, "3"), "AA 3");
    EXPECT_EQ(host_.pushed().at(0).payload, message("1"));
    EXPECT_TRUE(host_.wait_counter("tls_handshakes", 2));
    EXPECT_THAT(host_.log_text(), HasSubstr("protocol=TLSv1.2"));
    EXPECT_THAT(host_.log_text(), HasSubstr("protocol=TLSv1.3"));
}

TEST_F(TlsListenerTest, RefusesByName) {
    config_.listen.tls->allow = {"analyser-1.lab.example"};
    start();
    net::TlsConfig client = files_.client();
    client.certificate = client.key = "";
    EXPECT_EQ(connect_tls(client).receive_rest(), "");
    EXPECT_TRUE(host_.wait_counter("tls_failed_no_certificate", 1));

    const auto with = [&](const aorta::testing::Issued& issued) {
        client.certificate = files_.folder.put("x.pem", issued.certificate);
        client.key = files_.folder.put("x.key", issued.key);
        return connect_tls(client).receive_rest();
    };
    EXPECT_EQ(with(files_.authority.issue({.names = "DNS:analyser-2.lab.example"})), "");
    EXPECT_TRUE(host_.wait_counter("tls_failed_name_not_allowed", 1));
    EXPECT_EQ(with(files_.authority.issue({.from = -9 * kTestDay, .to = -kTestDay})), "");
    EXPECT_TRUE(host_.wait_counter("tls_failed_expired", 1));
    EXPECT_EQ(with(TestAuthority{"Other"}.issue()), "");
    EXPECT_TRUE(host_.wait_counter("tls_failed_unknown_authority", 1));
    EXPECT_TRUE(host_.pushed().empty());
}

TEST_F(TlsListenerTest, PlaintextOnItsPortIsRefusedAtOnce) {
    start();
    Peer peer = connect();
    peer.send(framed("1"));
    peer.receive_rest();
    EXPECT_TRUE(host_.wait_counter("tls_failed_plaintext", 1));
    EXPECT_TRUE(host_.pushed().empty());
}

TEST_F(TlsListenerTest, TlsOnAPlaintextPortIsRefusedAtOnce) {
    config_.listen.tls.reset();
    start();
    net::Stream stream = plain_stream();
    stream.secure(aorta::testing::must_load(files_.client()));
    EXPECT_FALSE(net::shake_hands(stream, kPatience));
    EXPECT_EQ(stream.tls()->failure(), net::TlsFailure::EndedInHandshake);
    EXPECT_TRUE(host_.wait_counter("connections_refused", 1));
    EXPECT_THAT(host_.log_text(), HasSubstr("tls_on_a_plaintext_port"));
}

TEST_F(TlsListenerTest, AnyByteMayBeTheLastOfAPiece) {
    accept_all();
    start();
    Peer peer = connect_tls();
    const std::string frame = framed("7");
    for (std::size_t at = 0; at <= frame.size(); ++at) {
        peer.send(std::string_view{frame}.substr(0, at));
        peer.send(std::string_view{frame}.substr(at));
        ASSERT_EQ(code_and_id(peer.receive_frame()), "AA 7") << at;
    }
}

TEST_F(TlsListenerTest, NothingStaysBehindWhenThePipelineHadNoRoom) {
    accept_all();
    host_.set_credit(0);
    start();
    Peer peer = connect_tls();
    std::string burst;
    for (int i = 0; i < 100; ++i) {
        burst += framed(std::to_string(i), std::string(3000, 'x'));
    }
    peer.send(burst);  // fits into what the two sockets hold
    EXPECT_TRUE(host_.wait_denied(1));
    host_.set_credit(~std::uint64_t{0});
    listener_->on_credit();
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(code_and_id(peer.receive_frame()), "AA " + std::to_string(i));
    }
}

TEST_F(TlsListenerTest, AMessageLargerThanAnyBuffer) {
    accept_all();
    start();
    Peer peer = connect_tls();
    peer.send(framed("big", std::string(900'000, 'x')));
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA big");
}

TEST_F(TlsListenerTest, AHandshakeThatStopsEndsWithTheFrameTimeout) {
    start();
    Peer peer = connect();
    peer.send("\x16\x03\x01");
    Peer other = connect_tls();  // the listener has seen the first by now
    other.close();
    advance(kFrameTimeout);
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_TRUE(host_.wait_counter("tls_failed_handshake_timeout", 1));
}

TEST_F(TlsListenerTest, APeerThatHangsUpInTheHandshake) {
    start();
    Peer peer = connect();
    peer.send("\x16\x03\x01");
    peer.close();
    EXPECT_TRUE(host_.wait_counter("tls_failed_ended_in_handshake", 1));
}

TEST_F(TlsListenerTest, AnswersLeaveAfterTheSenderHasEndedItsHalf) {
    start();
    Peer peer = connect_tls();
    peer.send(framed("1"));
    const auto pushed = host_.wait_pushed(1);
    peer.end_sending();
    EXPECT_TRUE(host_.wait_counter("tls_failed_truncated", 1));
    answer(pushed.at(0), {AORTA_ACK_ACCEPT});
    EXPECT_EQ(code_and_id(peer.receive_frame()), "AA 1");
}

TEST_F(TlsListenerTest, ANewCertificateIsShownWithoutARestart) {
    accept_all();
    start();
    Peer old = connect_tls();
    const auto renewed = files_.authority.issue({.names = "DNS:renewed.example"});
    files_.folder.put("server.pem", renewed.certificate);
    files_.folder.put("server.key", renewed.key);
    host_.advance(std::chrono::seconds{1});
    net::TlsConfig client = files_.client();
    client.server_name = "renewed.example";
    Peer fresh = connect_tls(client);
    EXPECT_EQ(exchange(fresh, "1"), "AA 1");
    EXPECT_EQ(exchange(old, "2"), "AA 2");
}

TEST_F(TlsListenerTest, SixtyFourSendersAtATime) {
    accept_all();
    start();
    std::vector<Peer> peers;
    for (int i = 0; i < 64; ++i) {
        peers.push_back(connect_tls());
    }
    for (std::size_t round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < peers.size(); ++i) {
            peers[i].send(framed(std::to_string(i)));
        }
        for (std::size_t i = 0; i < peers.size(); ++i) {
            EXPECT_EQ(code_and_id(peers[i].receive_frame()), "AA " + std::to_string(i));
        }
    }
}

TEST_F(TlsListenerTest, StartFailsWithoutItsCertificate) {
    config_.listen.tls->certificate = files_.folder.path("nowhere.pem");
    listener_ = std::make_unique<Listener>(host_.host(), config_);
    const Result<void> started = listener_->start();
    ASSERT_FALSE(started.ok());
    EXPECT_THAT(started.error().message, HasSubstr("nowhere.pem"));
}

}  // namespace
}  // namespace aorta::plugins::mllp
