// The client with TLS: what each trouble is called, and that messages go through.
#include "common/hl7/frame.hpp"
#include "common/net/tests/fake_host.hpp"
#include "common/net/tests/peer.hpp"
#include "common/net/tests/tls_pair.hpp"
#include "sink/mllp/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <functional>
#include <thread>

namespace aorta::plugins::mllp {
namespace {

using aorta::testing::FakeHost;
using aorta::testing::Issued;
using aorta::testing::kPatience;
using aorta::testing::kTestDay;
using aorta::testing::Peer;
using aorta::testing::TestAuthority;
using aorta::testing::TlsFiles;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Completion = FakeHost::Completion;

std::string message(std::string_view control_id) {
    return "MSH|^~\\&|A|B|C|D|20240101||ORU^R01|" + std::string{control_id} + "|P|2.5.1\rPID|1\r";
}

std::string answer(std::string_view control_id) {
    return hl7::frame("MSH|^~\\&|C|D|A|B|20240101||ACK|9|P|2.5.1\rMSA|AA|" +
                      std::string{control_id} + "\r");
}

class TlsClientTest : public ::testing::Test {
protected:
    TlsClientTest() {
        config_.link.connect = {"localhost", acceptor_.address().port()};
        config_.timeout = kPatience;
        config_.link.connect_timeout = kPatience;
        config_.link.tls = files_.client();
    }

    /// Accepts one connection with these certificates, and answers `count` messages.
    void serve(const net::TlsConfig& config, int count = 1) {
        serve_raw([this, context = aorta::testing::must_load(config), count](net::Stream stream) {
            stream.secure(context);
            net::shake_hands(stream, kPatience);
            Peer peer{std::move(stream)};
            for (int i = 0; i < count; ++i) {
                received_.push_back(peer.receive_frame());
                peer.send(answer(std::to_string(received_.size())));
            }
        });
    }

    void serve_raw(std::function<void(net::Stream)> script) {
        if (server_.joinable()) {
            server_.join();
        }
        server_ = std::jthread([this, script = std::move(script)] {
            net::Acceptor::Peer peer;
            Result<net::Poller> poller = net::Poller::create();
            poller->add(acceptor_.fd(), 0, {.read = true});
            poller->wait(kPatience);
            static_cast<void>(acceptor_.accept(peer));
            script(std::move(peer.stream));
        });
    }

    std::vector<Completion> deliver(Client& client, std::vector<std::string> ids) {
        std::vector<Delivery> deliveries;
        for (const std::string& id : ids) {
            deliveries.push_back(host_.delivery(message(id)));
        }
        client.deliver(deliveries);
        return host_.completions();
    }

    /// The reason that one message fails for, with a client of its own.
    std::string reason_of_failure() {
        Client client(host_.host(), config_);
        EXPECT_TRUE(client.start().ok());
        const Completion last = deliver(client, {"1"}).back();
        EXPECT_EQ(last.code, ErrorCode::Unavailable) << "an outage, so that the message waits";
        return last.reason;
    }

    net::TlsConfig server_with(const aorta::testing::Wanted& wanted) {
        const Issued issued = files_.authority.issue(wanted);
        net::TlsConfig config = files_.server();
        config.certificate = files_.folder.put("other-server.pem", issued.certificate);
        config.key = files_.folder.put("other-server.key", issued.key);
        return config;
    }

    TlsFiles files_;
    FakeHost host_;
    ClientConfig config_;
    net::Acceptor acceptor_ = *net::Acceptor::open(*net::Address::parse("127.0.0.1:0"));
    std::vector<std::string> received_;
    std::jthread server_;
};

TEST_F(TlsClientTest, DeliversOverOneConnectionInBothVersions) {
    for (const bool is_1_3_only : {false, true}) {
        received_.clear();
        config_.link.tls->is_1_3_only = is_1_3_only;
        serve(files_.server(), 2);
        Client client(host_.host(), config_);
        ASSERT_TRUE(client.start().ok());
        const auto done = deliver(client, {"1", "2"});
        EXPECT_EQ(done.back().code, ErrorCode::Ok) << done.back().reason;
        server_.join();
        EXPECT_THAT(received_, ElementsAre(message("1"), message("2")));
    }
    EXPECT_EQ(host_.counter("tls_handshakes"), 2U);
}

TEST_F(TlsClientTest, WhatIsWrongWithTheServerHasAName) {
    serve(server_with({.from = -9 * kTestDay, .to = -kTestDay}));
    EXPECT_EQ(reason_of_failure(), "tls.expired");
    serve(server_with({.from = kTestDay}));
    EXPECT_EQ(reason_of_failure(), "tls.not_yet_valid");
    serve(server_with({.names = "DNS:other.example"}));
    EXPECT_EQ(reason_of_failure(), "tls.wrong_host");
    serve(server_with({.usage = "clientAuth"}));
    EXPECT_EQ(reason_of_failure(), "tls.wrong_purpose");
    config_.link.tls->crls = {
        files_.folder.put("ca.crl", files_.authority.revoke(files_.server_issued.serial))};
    serve(files_.server());
    EXPECT_EQ(reason_of_failure(), "tls.revoked");
    config_.link.tls->crls.clear();
    config_.link.tls->authorities = {files_.folder.put("other.pem", TestAuthority{"Other"}.pem())};
    serve(files_.server());
    EXPECT_EQ(reason_of_failure(), "tls.unknown_authority");
    server_.join();
    EXPECT_EQ(host_.counter("tls_failed_expired"), 1U);
    EXPECT_TRUE(host_.wait_logged("tls_failed", 6));
    EXPECT_EQ(received_.size(), 6U) << "each server was reached";
    EXPECT_THAT(received_, ::testing::Each("")) << "no message left before the check";
}

TEST_F(TlsClientTest, ARefusalOfOurCertificateHasAName) {
    net::TlsConfig server = files_.server();
    server.allow = {"somebody.else"};
    serve(server);
    EXPECT_EQ(reason_of_failure(), "tls.peer_refused");
    EXPECT_THAT(host_.log_text(), HasSubstr("reason=peer_refused"));
}

TEST_F(TlsClientTest, APeerWithoutTlsHasAName) {
    serve_raw([](net::Stream stream) {
        Peer peer{std::move(stream)};
        peer.send("\x0bMSH|^~\\&|\x1c\r");
        peer.receive_rest();
    });
    EXPECT_EQ(reason_of_failure(), "tls.plaintext");
    serve_raw([](const net::Stream&) {});
    EXPECT_EQ(reason_of_failure(), "tls.ended_in_handshake");
    config_.link.connect_timeout = std::chrono::milliseconds{20};
    serve_raw([](net::Stream stream) { Peer{std::move(stream)}.receive_rest(); });
    EXPECT_EQ(reason_of_failure(), "tls.handshake_timeout");
}

TEST_F(TlsClientTest, AnOldServerHasAName) {
    const auto old = aorta::testing::must_load(files_.server());
    SSL_CTX_set_max_proto_version(old->handle(), TLS1_2_VERSION);
    config_.link.tls->is_1_3_only = true;
    serve_raw([old](net::Stream stream) {
        stream.secure(old);
        net::shake_hands(stream, kPatience);
    });
    EXPECT_EQ(reason_of_failure(), "tls.protocol_too_old");
}

TEST_F(TlsClientTest, ANewConnectionShowsTheNewCertificate) {
    serve(files_.server());
    Client client(host_.host(), config_);
    ASSERT_TRUE(client.start().ok());
    EXPECT_EQ(deliver(client, {"1"}).back().code, ErrorCode::Ok);
    server_.join();
    const Issued renewed = files_.authority.issue({.names = "DNS:renewed.example"});
    files_.folder.put("client.pem", renewed.certificate);
    files_.folder.put("client.key", renewed.key);
    host_.advance(std::chrono::seconds{1});
    received_.clear();
    net::TlsConfig server = files_.server();
    server.allow = {"renewed.example"};
    serve(server);
    EXPECT_EQ(deliver(client, {"1"}).back().code, ErrorCode::Ok);
}

TEST_F(TlsClientTest, AnEndOfTheServerIsNoticedBeforeTheNextMessage) {
    serve(files_.server());
    Client client(host_.host(), config_);
    ASSERT_TRUE(client.start().ok());
    deliver(client, {"1"});
    server_.join();  // its end has said goodbye
    received_.clear();
    serve(files_.server());
    EXPECT_EQ(deliver(client, {"1"}).back().code, ErrorCode::Ok);
}

}  // namespace
}  // namespace aorta::plugins::mllp
