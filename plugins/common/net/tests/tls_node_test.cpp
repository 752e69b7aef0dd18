#include "common/net/tls_node.hpp"

#include "common/net/tests/fake_host.hpp"
#include "common/net/tests/tls_pair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::net {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::FakeHost;
using ::testing::HasSubstr;
using testing::Issued;
using testing::kTestDay;
using ::testing::Not;
using testing::StreamPair;
using testing::TestAuthority;
using testing::TlsFiles;

/// The clock of the host stands at the real time: OpenSSL looks at that.
class TlsNodeTest : public ::testing::Test {
protected:
    TlsNodeTest() {
        host_.advance(std::chrono::system_clock::now().time_since_epoch() - host_.host().now());
    }

    /// The subject of the certificate that a client would see now.
    std::string subject_shown(TlsNode& node) {
        StreamPair pair = testing::connected_pair();
        node.secure(pair.server);
        TlsConfig client = files_.client();
        client.only_notes = true;
        pair.client.secure(testing::must_load(client));
        testing::shake(pair);
        const auto chain = pair.client.tls()->peer_chain();
        return chain.empty() ? "" : chain.front().subject;
    }

    void replace_server(const Issued& issued) {
        files_.folder.put("server.pem", issued.certificate);
        files_.folder.put("server.key", issued.key);
    }

    TlsFiles files_;
    FakeHost host_;
};

TEST_F(TlsNodeTest, NewConnectionsSeeNewFilesAndOldOnesLiveOn) {
    TlsNode node(host_.host(), files_.server());
    ASSERT_TRUE(node.start().ok());
    StreamPair old = testing::connected_pair();
    node.secure(old.server);
    old.client.secure(testing::must_load(files_.client()));
    testing::shake(old);
    replace_server(files_.authority.issue({.common_name = "renewed"}));
    node.refresh();
    EXPECT_EQ(subject_shown(node), "CN=localhost") << "files are looked at once a second";
    host_.advance(seconds{1});
    node.refresh();
    EXPECT_EQ(subject_shown(node), "CN=renewed");
    old.client.write("still here");
    EXPECT_EQ(testing::read_all(old.server), "still here");
    EXPECT_EQ(host_.counter("tls_reloads"), 1U);
}

TEST_F(TlsNodeTest, ABrokenNewFileChangesNothingUntilItIsMended) {
    TlsNode node(host_.host(), files_.server());
    ASSERT_TRUE(node.start().ok());
    const Issued renewed = files_.authority.issue({.common_name = "renewed"});
    files_.folder.put("server.pem", renewed.certificate);  // its key is not there yet
    for (int i = 0; i < 3; ++i) {
        host_.advance(seconds{1});
        node.refresh();
    }
    EXPECT_EQ(subject_shown(node), "CN=localhost");
    EXPECT_EQ(host_.counter("tls_reloads_failed"), 1U) << "once for each change";
    EXPECT_THAT(host_.log_text(), HasSubstr("tls_reload_failed why=the key in"));
    files_.folder.put("server.key", renewed.key);
    host_.advance(seconds{1});
    node.refresh();
    EXPECT_EQ(subject_shown(node), "CN=renewed");
}

TEST_F(TlsNodeTest, AFileThatComesIntoTheFolderIsTakenOver) {
    TlsConfig config = files_.server();
    std::filesystem::create_directory(files_.folder.path("trusted"));
    files_.folder.put("trusted/one.pem", TestAuthority{"Other"}.pem());
    config.authorities = {files_.folder.path("trusted")};
    TlsNode node(host_.host(), config);
    ASSERT_TRUE(node.start().ok());
    files_.folder.put("trusted/two.pem", files_.authority.pem());
    host_.advance(seconds{1});
    node.refresh();
    StreamPair pair = testing::connected_pair();
    node.secure(pair.server);
    pair.client.secure(testing::must_load(files_.client()));
    testing::shake(pair);
    EXPECT_TRUE(pair.server.tls()->is_established());
}

TEST_F(TlsNodeTest, ExpiryIsAMetricAndAWarningAt30And7Days) {
    const TlsConfig config = files_.server();
    replace_server(files_.authority.issue({.to = 40 * kTestDay + 1800}));
    TlsNode node(host_.host(), config);
    ASSERT_TRUE(node.start().ok());
    const double now =
        static_cast<double>(std::chrono::duration_cast<seconds>(host_.host().now()).count());
    EXPECT_NEAR(host_.gauge("tls_certificate_expiry_timestamp_seconds"), now + 40 * 86400, 7200);
    EXPECT_NEAR(host_.gauge("tls_authority_expiry_timestamp_seconds"), now + 3650.0 * 86400, 7200);
    EXPECT_THAT(host_.log_text(), Not(HasSubstr("tls_expires_soon")));
    const auto pass = [&](int days) {
        for (int i = 0; i < days * 24; ++i) {
            host_.advance(hours{1});
            node.refresh();
        }
    };
    pass(12);
    EXPECT_TRUE(host_.wait_logged("tls_expires_soon", 1));
    EXPECT_THAT(host_.log_text(), HasSubstr("tls_expires_soon what=certificate days=29"));
    pass(20);
    EXPECT_THAT(host_.log_text(), Not(HasSubstr("days=28"))) << "once for each threshold";
    pass(4);
    EXPECT_THAT(host_.log_text(), HasSubstr("tls_expires_soon what=certificate days=6"));
    pass(6);
    EXPECT_THAT(host_.log_text(), HasSubstr("tls_expired what=certificate"));
}

TEST_F(TlsNodeTest, TheEndOfARevocationListIsAMetricAndAWarning) {
    TlsConfig config = files_.server();
    config.crls = {files_.folder.path("ca.crl")};
    files_.folder.put("ca.crl", files_.authority.revoke(0, 30 * kTestDay));
    TlsNode node(host_.host(), config);
    ASSERT_TRUE(node.start().ok());
    const double now =
        static_cast<double>(std::chrono::duration_cast<seconds>(host_.host().now()).count());
    EXPECT_NEAR(host_.gauge("tls_crl_expiry_timestamp_seconds"), now + 30.0 * 86400, 7200);
    EXPECT_EQ(host_.log_text(), "");
    host_.advance(hours{24 * 23 + 12});
    node.refresh();
    EXPECT_THAT(host_.log_text(), HasSubstr("tls_expires_soon what=revocation list days=6"));
    EXPECT_THAT(host_.log_text(), HasSubstr("ca.crl"));
    host_.advance(hours{24 * 7});
    node.refresh();
    EXPECT_THAT(host_.log_text(), HasSubstr("tls_expired what=revocation list"));
}

TEST_F(TlsNodeTest, ARevocationListThatIsMadeAnewEveryFewDaysIsNoNews) {
    TlsConfig config = files_.server();
    config.crls = {files_.folder.path("ca.crl")};
    files_.folder.put("ca.crl", files_.authority.revoke(0, 3 * kTestDay));  // made two days ago
    TlsNode node(host_.host(), config);
    ASSERT_TRUE(node.start().ok());
    EXPECT_EQ(host_.log_text(), "");
    host_.advance(hours{36});  // into the last third of its five days
    node.refresh();
    EXPECT_TRUE(host_.wait_logged("tls_expires_soon"));
}

TEST_F(TlsNodeTest, TheWarningNamesTheAuthoritysOwnFile) {
    TlsConfig config = files_.server();
    files_.folder.put("old.pem", TestAuthority{"Old", 3 * kTestDay}.pem());
    config.authorities.push_back(files_.folder.path("old.pem"));
    TlsNode node(host_.host(), config);
    ASSERT_TRUE(node.start().ok());
    EXPECT_THAT(host_.log_text(), HasSubstr("what=authority"));
    EXPECT_THAT(host_.log_text(), HasSubstr("old.pem"));
}

TEST_F(TlsNodeTest, ARenewedCertificateWarnsAnew) {
    const TlsConfig config = files_.server();
    replace_server(files_.authority.issue({.to = 20 * kTestDay}));
    TlsNode node(host_.host(), config);
    ASSERT_TRUE(node.start().ok());
    EXPECT_TRUE(host_.wait_logged("tls_expires_soon", 1));
    replace_server(files_.authority.issue({.to = 25 * kTestDay}));
    host_.advance(seconds{1});
    node.refresh();
    EXPECT_TRUE(host_.wait_logged("tls_expires_soon", 2));
}

TEST_F(TlsNodeTest, FailuresAreCountedByReasonAndLoggedWithoutNames) {
    TlsConfig config = files_.server();
    config.allow = {"somebody.else"};
    TlsNode node(host_.host(), config);
    ASSERT_TRUE(node.start().ok());
    StreamPair pair = testing::connected_pair();
    node.secure(pair.server);
    pair.client.secure(testing::must_load(files_.client()));
    testing::shake(pair);
    EXPECT_EQ(node.report_failure(pair.server, "10.0.0.5:4711"), TlsFailure::NameNotAllowed);
    EXPECT_EQ(host_.counter("tls_failed_name_not_allowed"), 1U);
    EXPECT_THAT(host_.log_text(),
                HasSubstr("tls_failed peer=10.0.0.5:4711 reason=name_not_allowed text="));
    EXPECT_THAT(host_.log_text(), Not(HasSubstr("analyser")));
}

TEST_F(TlsNodeTest, StartFailsWithTheFile) {
    TlsConfig config = files_.server();
    config.certificate = files_.folder.path("nowhere.pem");
    TlsNode node(host_.host(), config);
    const Result<void> started = node.start();
    ASSERT_FALSE(started.ok());
    EXPECT_THAT(started.error().message, HasSubstr("nowhere.pem"));
}

}  // namespace
}  // namespace aorta::net
