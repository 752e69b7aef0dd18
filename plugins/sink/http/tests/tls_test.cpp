// https: the rules of our own TLS, in libcurl's hands.
#include "common/net/tests/tls_pair.hpp"
#include "sink/http/tests/client_rig.hpp"

namespace aorta::plugins::http_sink::test {
namespace {

using aorta::testing::kTestDay;
using aorta::testing::TestAuthority;
using aorta::testing::TlsFiles;

class TlsClientTest : public ClientTest {
protected:
    TlsClientTest() {
        config_.transfer.tls = files_.client();
        config_.transfer.tls->server_name = "127.0.0.1";
    }

    /// The reason for which a record does not go to a server with this certificate; empty when it
    /// does.
    std::string reason_with(const aorta::testing::Issued& issued) {
        net::TlsConfig config = files_.server();
        config.certificate = files_.folder.put("other.pem", issued.certificate);
        config.key = files_.folder.put("other.key", issued.key);
        return reason_with(config);
    }

    std::string reason_with(const net::TlsConfig& server_config) {
        Server server([](const Seen&) { return response(200); },
                      aorta::testing::must_load(server_config));
        const Completion ended = deliver(*make_client(server.url()), host_.delivery("x"));
        EXPECT_EQ(server.seen().size(), ended.code == ErrorCode::Ok ? 1U : 0U);
        EXPECT_TRUE(ended.code == ErrorCode::Ok || ended.code == ErrorCode::Unavailable);
        return ended.reason;
    }

    TlsFiles files_;
};

TEST_F(TlsClientTest, SendsToAServerThatItTrusts) {
    EXPECT_EQ(reason_with(files_.server()), "");
}

TEST_F(TlsClientTest, RefusesByNameBeforeAnythingIsSent) {
    TestAuthority& authority = files_.authority;
    EXPECT_EQ(reason_with(authority.issue({.names = "DNS:elsewhere.example"})), "tls.wrong_host");
    EXPECT_EQ(reason_with(authority.issue({.from = -9 * kTestDay, .to = -kTestDay})),
              "tls.expired");
    EXPECT_EQ(reason_with(authority.issue({.from = kTestDay})), "tls.not_yet_valid");
    EXPECT_EQ(reason_with(authority.issue({.usage = "clientAuth"})), "tls.wrong_purpose");
    EXPECT_EQ(reason_with(TestAuthority{"Other"}.issue()), "tls.unknown_authority");
}

TEST_F(TlsClientTest, RevocationListsCount) {
    config_.transfer.tls->crls = {
        files_.folder.put("crl.pem", files_.authority.revoke(files_.server_issued.serial))};
    EXPECT_EQ(reason_with(files_.server()), "tls.revoked");
    config_.transfer.tls->crls = {files_.folder.put("crl.pem", files_.authority.revoke(0))};
    EXPECT_EQ(reason_with(files_.server()), "");
}

TEST_F(TlsClientTest, TheServersNameMayBeAnother) {
    config_.transfer.tls->server_name = "ehr.example";
    EXPECT_EQ(reason_with(files_.authority.issue({.names = "DNS:ehr.example"})), "");
    EXPECT_EQ(reason_with(files_.server()), "tls.wrong_host");
}

TEST_F(TlsClientTest, AServerThatWantsACertificateSaysSo) {
    config_.transfer.tls->certificate = config_.transfer.tls->key = "";
    EXPECT_EQ(reason_with(files_.server()), "tls.peer_refused");
}

TEST_F(TlsClientTest, AServerWithoutTls) {
    Server server([](const Seen&) { return response(200); });
    std::string url = server.url();
    url.replace(0, 7, "https://");
    const Completion ended = deliver(*make_client(url), host_.delivery("x"));
    EXPECT_EQ(ended.reason, "tls.plaintext");
    EXPECT_EQ(ended.code, ErrorCode::Unavailable);
}

TEST_F(TlsClientTest, NewAuthoritiesAreTakenOver) {
    TestAuthority fresh{"Fresh"};
    config_.transfer.keeps_open = false;
    net::TlsConfig moved = files_.server();
    const auto issued = fresh.issue();
    moved.certificate = files_.folder.put("fresh.pem", issued.certificate);
    moved.key = files_.folder.put("fresh.key", issued.key);
    Server server([](const Seen&) { return response(200); }, aorta::testing::must_load(moved));
    const auto client = make_client(server.url());
    EXPECT_EQ(deliver(*client, host_.delivery("x")).reason, "tls.unknown_authority");
    files_.folder.put("ca.pem", fresh.pem());
    host_.advance(std::chrono::seconds{1});
    EXPECT_EQ(deliver(*client, host_.delivery("x")).reason, "") << host_.log_text();
}

TEST_F(TlsClientTest, StartFailsWithoutItsFiles) {
    config_.transfer.tls->authorities = {files_.folder.path("nowhere.pem")};
    config_.url = *UrlTemplate::parse("https://localhost/");
    EXPECT_FALSE(Client(host_.host(), config_).start().ok());
}

}  // namespace
}  // namespace aorta::plugins::http_sink::test
