// The listener with TLS: what is common/net's is tested there and with mllp.
#include "common/net/tests/tls_pair.hpp"
#include "source/http/tests/listener_fixture.hpp"

namespace aorta::plugins::http_source {
namespace {

using aorta::testing::kPatience;
using aorta::testing::TlsFiles;

class TlsListenerTest : public ListenerTest {
protected:
    TlsListenerTest() { config_.listen.tls = files_.server(); }

    Peer connect_tls(const net::TlsConfig& client) {
        auto stream =
            net::connect(*net::parse_host_port(listener_->address().to_string()), kPatience);
        EXPECT_TRUE(stream.ok());
        stream->secure(aorta::testing::must_load(client));
        net::shake_hands(*stream, kPatience);
        return Peer{std::move(*stream)};
    }

    TlsFiles files_;
};

TEST_F(TlsListenerTest, TakesRequestsOfAnySize) {
    answer_all();
    start();
    Peer peer = connect_tls(files_.client());
    EXPECT_EQ(exchange(peer, hook("1")).status, 200U);
    EXPECT_EQ(exchange(peer, hook(std::string(900'000, 'x'))).status, 200U);
    EXPECT_TRUE(host_.wait_counter("tls_handshakes", 1));
}

TEST_F(TlsListenerTest, RefusesClientsWithoutACertificate) {
    start();
    net::TlsConfig client = files_.client();
    client.certificate = client.key = "";
    EXPECT_EQ(connect_tls(client).receive_rest(), "");
    EXPECT_TRUE(host_.wait_counter("tls_failed_no_certificate", 1));
}

TEST_F(TlsListenerTest, LingersBehindItsLastAnswer) {
    start();
    Peer peer = connect_tls(files_.client());
    peer.send("nonsense\r\n\r\n" + std::string(100'000, 'x'));
    EXPECT_EQ(receive(peer).status, 400U);
}

TEST_F(TlsListenerTest, PlaintextOnItsPortIsRefusedAtOnce) {
    start();
    Peer peer = connect();
    peer.send(hook("1"));
    peer.receive_rest();
    EXPECT_TRUE(host_.wait_counter("tls_failed_plaintext", 1));
}

TEST_F(TlsListenerTest, TlsOnAPlaintextPortIsRefusedAtOnce) {
    config_.listen.tls.reset();
    start();
    Peer peer = connect();
    peer.send("\x16\x03\x01 hello");
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_TRUE(host_.wait_counter("connections_refused", 1));
}

}  // namespace
}  // namespace aorta::plugins::http_source
