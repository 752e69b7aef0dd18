#include "common/net/certificates.hpp"

#include "common/net/tests/test_authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kTestDay;
using testing::TestAuthority;
using testing::TestFolder;

TEST(Certificates, TellWhatAnOperatorWantsToKnow) {
    const TestFolder folder;
    TestAuthority authority("Hospital CA");
    const auto issued =
        authority.issue({.common_name = "lab",
                         .names = "DNS:a.example,IP:10.0.0.5,URI:urn:x,email:a@b.example",
                         .to = 10 * kTestDay});
    const auto all =
        read_certificates(folder.put("chain.pem", issued.certificate + authority.pem()));
    ASSERT_TRUE(all.ok());
    ASSERT_EQ(all->size(), 2U);
    const CertificateFacts facts = facts_of(*all->front());
    EXPECT_EQ(facts.subject, "CN=lab");
    EXPECT_EQ(facts.issuer, "CN=Hospital CA");
    EXPECT_THAT(facts.names,
                ElementsAre("DNS:a.example", "IP:10.0.0.5", "URI:urn:x", "email:a@b.example"));
    EXPECT_EQ(facts.not_after - facts.not_before, 11 * kTestDay);
    EXPECT_EQ(facts.fingerprint.size(), 64U);
    EXPECT_FALSE(facts.is_authority);
    EXPECT_TRUE(facts_of(*(*all)[1]).is_authority);
}

TEST(Certificates, IdentitiesAreTheAlternativeNamesElseTheCommonName) {
    const TestFolder folder;
    TestAuthority authority;
    const auto identities = [&](const testing::Wanted& wanted) {
        const auto read =
            read_certificates(folder.put("one.pem", authority.issue(wanted).certificate));
        return identities_of(*read->front());
    };
    EXPECT_THAT(identities({.common_name = "cn", .names = "DNS:a.example"}),
                ElementsAre("a.example"));
    EXPECT_THAT(identities({.common_name = "cn", .names = ""}), ElementsAre("cn"));
}

TEST(Certificates, APatternFitsOneLabel) {
    EXPECT_TRUE(fits_pattern("Lab.Example", "lab.example"));
    EXPECT_TRUE(fits_pattern("a.lab.example", "*.lab.example"));
    for (const char* identity :
         {"lab.example", ".lab.example", "a.b.lab.example", "", "a.lab.exampl"}) {
        EXPECT_FALSE(fits_pattern(identity, "*.lab.example")) << identity;
    }
    EXPECT_FALSE(fits_pattern("a.lab.example", "*"));
}

TEST(Certificates, AProtectedKeyIsRefusedWithTheMend) {
    const TestFolder folder;
    const auto key = read_private_key(
        folder.put("locked.key",
                   "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                   "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw\n"
                   "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAAAAAAAAAAAAAAAAAAAAAAEgZAA\n"
                   "-----END ENCRYPTED PRIVATE KEY-----\n"));
    ASSERT_FALSE(key.ok());
    EXPECT_THAT(key.error().message, HasSubstr("private key"));
}

TEST(Certificates, AFolderIsAllItsCertificates) {
    const TestFolder folder;
    folder.put("a.pem", TestAuthority{"A"}.pem());
    folder.put("b.crt", TestAuthority{"B"}.pem() + TestAuthority{"C"}.pem());
    folder.put("notes.txt", "not looked at");
    const auto all = read_authorities(folder.path(""));
    ASSERT_TRUE(all.ok());
    EXPECT_EQ(all->size(), 3U);
    folder.put("c.pem", "damaged");
    EXPECT_FALSE(read_authorities(folder.path("")).ok());
}

}  // namespace
}  // namespace aorta::net
