#include "common/net/tests/tls_pair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace aorta::net {
namespace {

using testing::connected_pair;
using ::testing::HasSubstr;
using testing::Issued;
using testing::kTestDay;
using testing::must_load;
using testing::read_all;
using testing::shake;
using testing::shaken_pair;
using testing::StreamPair;
using testing::TestAuthority;
using testing::TestFolder;
using testing::TlsFiles;
using testing::Wanted;
using Status = IoResult::Status;

/// All that the other end has written, whatever is in between.
void send_all(Stream& from, Stream& to, std::string_view bytes, std::string& received) {
    while (!bytes.empty()) {
        const IoResult result = from.write(bytes);
        ASSERT_NE(result.status, Status::Closed);
        bytes.remove_prefix(result.bytes);
        received += read_all(to);
    }
}

std::string some_bytes(std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) {
        bytes += static_cast<char>('a' + (i * 7 + i / 251) % 26);
    }
    return bytes;
}

TEST(Tls, BothVersionsCarryBytesBothWays) {
    TlsFiles files;
    for (const bool is_1_3_only : {false, true}) {
        StreamPair pair = connected_pair();
        TlsConfig server = files.server();
        server.is_1_3_only = is_1_3_only;
        pair.server.secure(must_load(server));
        const auto client = must_load(files.client());
        if (!is_1_3_only) {
            SSL_CTX_set_max_proto_version(client->handle(), TLS1_2_VERSION);
        }
        pair.client.secure(client);
        shake(pair);
        EXPECT_EQ(pair.server.tls()->protocol(), is_1_3_only ? "TLSv1.3" : "TLSv1.2");
        for (const std::size_t size : {1U, 1000U, 16384U, 300'000U}) {
            std::string received;
            send_all(pair.client, pair.server, some_bytes(size), received);
            EXPECT_EQ(received, some_bytes(size));
            received.clear();
            send_all(pair.server, pair.client, some_bytes(size), received);
            EXPECT_EQ(received, some_bytes(size));
        }
    }
}

TEST(Tls, AnOrdinaryReadNeedsNoSeparateHandshake) {
    TlsFiles files;
    StreamPair pair = connected_pair();
    pair.server.secure(must_load(files.server()));
    pair.client.secure(must_load(files.client()));
    EXPECT_TRUE(pair.server.is_in_handshake());
    std::string received;
    for (int turn = 0; turn < 10 && received.empty(); ++turn) {
        if (pair.client.write("hello").status == Status::Closed) {
            break;
        }
        received = read_all(pair.server);
    }
    EXPECT_EQ(received.substr(0, 5), "hello");
    EXPECT_FALSE(pair.server.is_in_handshake());
}

/// What a poller would not tell of must not be left behind.
TEST(Tls, ARoomyReadLeavesNothingThatNobodyWillTellOf) {
    TlsFiles files;
    StreamPair pair = shaken_pair(files.server(), files.client());
    for (const std::size_t piece : {1U, 100U, 5000U, 16384U, 20000U}) {
        const std::string bytes = some_bytes(std::min<std::size_t>(200'000, piece * 2000));
        std::string received;
        std::size_t sent = 0;
        std::vector<char> room(kRoomyRead);
        while (received.size() < bytes.size()) {
            bool is_full = false;
            while (sent < bytes.size() && !is_full) {
                const IoResult result =
                    pair.client.write(std::string_view{bytes}.substr(sent, piece));
                sent += result.bytes;
                is_full = result.status != Status::Done;
            }
            while (wait(pair.server, Ready::Read, std::chrono::nanoseconds{0})) {
                const IoResult result = pair.server.read(room);
                ASSERT_FALSE(pair.server.tls()->has_buffered());
                received.append(room.data(), result.bytes);
            }
        }
        EXPECT_EQ(received, bytes);
    }
}

TEST(Tls, ASmallReadSaysWhatIsLeft) {
    TlsFiles files;
    StreamPair pair = shaken_pair(files.server(), files.client());
    pair.client.write("0123456789");
    std::array<char, 4> room{};
    std::string received;
    while (wait(pair.server, Ready::Read, std::chrono::nanoseconds{0})) {
        received.append(room.data(), pair.server.read(room).bytes);
    }
    EXPECT_EQ(received, "0123456789");
}

struct Trouble {
    const char* name;
    std::function<void(TlsFiles&, TlsConfig& server, TlsConfig& client)> make;
    TlsFailure server_says;
    TlsFailure client_says;
};

/// The client learns of a refusal after its own handshake (TLS 1.3): its next read tells.
TlsFailure client_failure(StreamPair& pair) {
    if (pair.client.tls()->failure() == TlsFailure::None) {
        read_all(pair.client);
    }
    return pair.client.tls()->failure();
}

void reissue_server(TlsFiles& files, TlsConfig& server, const Wanted& wanted) {
    const Issued issued = files.authority.issue(wanted);
    files.folder.put("server.pem", issued.certificate);
    files.folder.put("server.key", issued.key);
    server.certificate = files.folder.path("server.pem");
}

void reissue_client(TlsFiles& files, const Wanted& wanted) {
    const Issued issued = files.authority.issue(wanted);
    files.folder.put("client.pem", issued.certificate);
    files.folder.put("client.key", issued.key);
}

const Trouble kTroubles[] = {
    {"expired server",
     [](TlsFiles& files, TlsConfig& server, TlsConfig&) {
         reissue_server(files, server, {.from = -9 * kTestDay, .to = -kTestDay});
     },
     TlsFailure::PeerRefused,
     TlsFailure::Expired},
    {"server not yet valid",
     [](TlsFiles& files, TlsConfig& server, TlsConfig&) {
         reissue_server(files, server, {.from = kTestDay});
     },
     TlsFailure::PeerRefused,
     TlsFailure::NotYetValid},
    {"wrong host",
     [](TlsFiles&, TlsConfig&, TlsConfig& client) { client.server_name = "ehr.example"; },
     TlsFailure::PeerRefused,
     TlsFailure::WrongHost},
    {"wrong address",
     [](TlsFiles&, TlsConfig&, TlsConfig& client) { client.server_name = "127.0.0.2"; },
     TlsFailure::PeerRefused,
     TlsFailure::WrongHost},
    {"server of an unknown authority",
     [](TlsFiles& files, TlsConfig&, TlsConfig& client) {
         client.authorities = {files.folder.put("other.pem", TestAuthority{"Other"}.pem())};
     },
     TlsFailure::PeerRefused,
     TlsFailure::UnknownAuthority},
    {"server of an authority with the same name",
     [](TlsFiles& files, TlsConfig&, TlsConfig& client) {
         client.authorities = {files.folder.put("other.pem", TestAuthority{}.pem())};
     },
     TlsFailure::PeerRefused,
     TlsFailure::UnknownAuthority},
    {"server certificate that is for clients",
     [](TlsFiles& files, TlsConfig& server, TlsConfig&) {
         reissue_server(files, server, {.usage = "clientAuth"});
     },
     TlsFailure::PeerRefused,
     TlsFailure::WrongPurpose},
    {"revoked server",
     [](TlsFiles& files, TlsConfig&, TlsConfig& client) {
         client.crls = {
             files.folder.put("ca.crl", files.authority.revoke(files.server_issued.serial))};
     },
     TlsFailure::PeerRefused,
     TlsFailure::Revoked},
    {"revoked client",
     [](TlsFiles& files, TlsConfig& server, TlsConfig&) {
         server.crls = {
             files.folder.put("ca.crl", files.authority.revoke(files.client_issued.serial))};
     },
     TlsFailure::Revoked,
     TlsFailure::PeerRefused},
    {"stale revocation list",
     [](TlsFiles& files, TlsConfig& server, TlsConfig&) {
         server.crls = {files.folder.put("ca.crl", files.authority.revoke(0, -kTestDay))};
     },
     TlsFailure::RevocationUnknown,
     TlsFailure::PeerRefused},
    {"expired client",
     [](TlsFiles& files, TlsConfig&, TlsConfig&) {
         reissue_client(files, {.from = -9 * kTestDay, .to = -kTestDay});
     },
     TlsFailure::Expired,
     TlsFailure::PeerRefused},
    {"client without a certificate",
     [](TlsFiles&, TlsConfig&, TlsConfig& client) { client.certificate = client.key = ""; },
     TlsFailure::NoCertificate,
     TlsFailure::PeerRefused},
    {"client of an unknown authority",
     [](TlsFiles& files, TlsConfig& server, TlsConfig&) {
         server.authorities = {files.folder.put("other.pem", TestAuthority{"Other"}.pem())};
     },
     TlsFailure::UnknownAuthority,
     TlsFailure::PeerRefused},
    {"client whose name is not allowed",
     [](TlsFiles&, TlsConfig& server, TlsConfig&) { server.allow = {"analyser-2.lab.example"}; },
     TlsFailure::NameNotAllowed,
     TlsFailure::PeerRefused},
    {"client with only the common name allowed, but other names",
     [](TlsFiles&, TlsConfig& server, TlsConfig&) { server.allow = {"analyser"}; },
     TlsFailure::NameNotAllowed,
     TlsFailure::PeerRefused},
};

class TlsTrouble : public ::testing::TestWithParam<bool> {};

TEST_P(TlsTrouble, HasAName) {
    const bool is_1_2 = GetParam();
    for (const Trouble& trouble : kTroubles) {
        TlsFiles files;
        TlsConfig server = files.server();
        TlsConfig client = files.client();
        trouble.make(files, server, client);
        StreamPair pair = connected_pair();
        const auto server_context = must_load(server);
        if (is_1_2) {
            SSL_CTX_set_max_proto_version(server_context->handle(), TLS1_2_VERSION);
        }
        pair.server.secure(server_context);
        pair.client.secure(must_load(client));
        shake(pair);
        EXPECT_EQ(reason(pair.server.tls()->failure()), reason(trouble.server_says))
            << trouble.name << ": " << pair.server.tls()->detail();
        EXPECT_EQ(reason(client_failure(pair)), reason(trouble.client_says))
            << trouble.name << ": " << pair.client.tls()->detail();
    }
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsTrouble, ::testing::Bool());

TEST(Tls, TheAlertOfThePeerIsInTheDetail) {
    TlsFiles files;
    reissue_client(files, {.from = -9 * kTestDay, .to = -kTestDay});
    StreamPair pair = connected_pair();
    pair.server.secure(must_load(files.server()));
    TlsConfig client;
    client.certificate = files.folder.path("client.pem");
    client.key = files.folder.path("client.key");
    client.authorities = {files.authority_file};
    client.server_name = "127.0.0.1";
    pair.client.secure(must_load(client));
    shake(pair);
    EXPECT_EQ(client_failure(pair), TlsFailure::PeerRefused);
    EXPECT_THAT(pair.client.tls()->detail(), HasSubstr("expired"));
}

TEST(Tls, ARefusalThatAWriteMeetsFirstIsNamedToo) {
    TlsFiles files;
    TlsConfig client = files.client();
    client.certificate = client.key = "";
    StreamPair pair = connected_pair();
    pair.server.secure(must_load(files.server()));
    pair.client.secure(must_load(client));
    shake(pair);
    ASSERT_EQ(pair.server.tls()->failure(), TlsFailure::NoCertificate);
    pair.server = {};
    EXPECT_EQ(pair.client.write("hello").status, Status::Closed);
    EXPECT_EQ(pair.client.tls()->failure(), TlsFailure::PeerRefused);
}

TEST(Tls, AllowedNamesOfAllKinds) {
    struct Case {
        const char* names;
        const char* allowed;
    };

    const Case cases[] = {{"DNS:analyser-1.lab.example", "ANALYSER-1.lab.example"},
                          {"DNS:analyser-1.lab.example", "*.lab.example"},
                          {"URI:urn:device:7", "urn:device:7"},
                          {"email:lab@example.org", "lab@example.org"},
                          {"IP:10.1.2.3", "10.1.2.3"},
                          {"IP:fd00::5", "fd00::5"},
                          {"", "analyser"}};
    for (const Case& each : cases) {
        TlsFiles files;
        TlsConfig server = files.server();
        server.allow = {"somebody.else", each.allowed};
        const TlsConfig client = files.client();
        reissue_client(files, {.common_name = "analyser", .names = each.names});
        const StreamPair pair = shaken_pair(server, client);
        EXPECT_TRUE(pair.server.tls()->is_established())
            << each.allowed << ": " << pair.server.tls()->detail();
    }
}

TEST(Tls, TwoAuthoritiesAreValidAtATime) {
    TlsFiles files;
    TestAuthority next("Next Authority");
    const Issued renewed = next.issue();
    TlsConfig old_server = files.server();
    TlsConfig client = files.client();
    client.authorities = {files.folder.put("both.pem", files.authority.pem() + next.pem())};
    EXPECT_TRUE(shaken_pair(old_server, client).server.tls()->is_established());
    TlsConfig new_server = old_server;
    new_server.certificate = files.folder.put("next.pem", renewed.certificate);
    new_server.key = files.folder.put("next.key", renewed.key);
    EXPECT_TRUE(shaken_pair(new_server, client).server.tls()->is_established());
    client.authorities = {files.authority_file, files.folder.put("next-ca.pem", next.pem())};
    EXPECT_TRUE(shaken_pair(new_server, client).server.tls()->is_established());
    client.authorities = {files.folder.path("")};
    files.folder.put("server.key", "");  // a folder's other files are not looked at
    EXPECT_TRUE(shaken_pair(new_server, client).server.tls()->is_established());
}

TEST(Tls, APeersOwnCertificateCanBeTrusted) {
    TlsFiles files;
    TlsConfig client = files.client();
    client.authorities = {files.folder.put("pinned.pem", files.server_issued.certificate)};
    EXPECT_TRUE(shaken_pair(files.server(), client).client.tls()->is_established());
}

TEST(Tls, ARevocationListThatNamesOthersLetsThisOneIn) {
    TlsFiles files;
    TlsConfig server = files.server();
    server.crls = {files.folder.put("ca.crl", files.authority.revoke(4711))};
    EXPECT_TRUE(shaken_pair(server, files.client()).server.tls()->is_established());
}

TEST(Tls, PlaintextIsNamedOnBothSides) {
    TlsFiles files;
    for (const std::string_view said :
         {"\x0bMSH|^~\\&|", "GET / HTTP/1.1\r\n\r\n", "MSH|^~\\&|A"}) {
        StreamPair pair = connected_pair();
        pair.server.secure(must_load(files.server()));
        pair.client.write(said);
        read_all(pair.server);
        EXPECT_EQ(pair.server.tls()->failure(), TlsFailure::Plaintext) << said;
    }
    StreamPair pair = connected_pair();
    pair.client.secure(must_load(files.client()));
    pair.client.tls()->handshake();
    pair.server.write("\x0bMSH|^~\\&|");
    read_all(pair.client);
    EXPECT_EQ(pair.client.tls()->failure(), TlsFailure::Plaintext);
}

TEST(Tls, OldProtocolsAreNamedOnBothSides) {
    TlsFiles files;
    StreamPair pair = connected_pair();
    TlsConfig server = files.server();
    server.is_1_3_only = true;
    pair.server.secure(must_load(server));
    const auto client = must_load(files.client());
    SSL_CTX_set_max_proto_version(client->handle(), TLS1_2_VERSION);
    pair.client.secure(client);
    shake(pair);
    EXPECT_EQ(pair.server.tls()->failure(), TlsFailure::ProtocolTooOld);
    EXPECT_EQ(pair.client.tls()->failure(), TlsFailure::ProtocolTooOld);
}

TEST(Tls, CiphersWithoutForwardSecrecyAreNotSpoken) {
    TlsFiles files;
    StreamPair pair = connected_pair();
    pair.server.secure(must_load(files.server()));
    const auto client = must_load(files.client());
    SSL_CTX_set_max_proto_version(client->handle(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(client->handle(), "ECDHE-ECDSA-AES128-SHA:AES128-SHA");
    pair.client.secure(client);
    shake(pair);
    EXPECT_EQ(pair.server.tls()->failure(), TlsFailure::ProtocolTooOld);
}

TEST(Tls, AHandshakeOneByteAtATimeSucceedsAndOneThatStopsIsGivenUp) {
    TlsFiles files;
    StreamPair outer = connected_pair();  // client to the middle
    StreamPair inner = connected_pair();  // the middle to the server
    outer.server.secure(must_load(files.client()));
    inner.server.secure(must_load(files.server()));
    Stream& client = outer.server;
    Stream& server = inner.server;
    const auto carry = [](Stream& from, Stream& to, auto wake) {
        for (const char byte : read_all(from)) {
            to.write({&byte, 1});
            wake();
        }
    };
    for (int turn = 0; turn < 4; ++turn) {
        client.tls()->handshake();
        carry(outer.client, inner.client, [&] { server.tls()->handshake(); });
        carry(inner.client, outer.client, [&] { client.tls()->handshake(); });
    }
    EXPECT_TRUE(client.tls()->is_established());
    EXPECT_TRUE(server.tls()->is_established());

    for (const auto& [said, failure] :
         {std::pair{"\x16\x03", TlsFailure::HandshakeTimeout}, {"\x0bM", TlsFailure::Plaintext}}) {
        StreamPair pair = connected_pair();
        pair.server.secure(must_load(files.server()));
        pair.client.write(said);
        EXPECT_FALSE(shake_hands(pair.server, std::chrono::milliseconds{1}));
        EXPECT_EQ(pair.server.tls()->failure(), failure);
    }
}

TEST(Tls, EndsAreToldApart) {
    TlsFiles files;
    {
        StreamPair pair = shaken_pair(files.server(), files.client());
        pair.client.write("last words");
        pair.client = {};
        EXPECT_EQ(read_all(pair.server), "last words");
        EXPECT_EQ(pair.server.tls()->failure(), TlsFailure::None);
    }
    {
        StreamPair pair = shaken_pair(files.server(), files.client());
        pair.client.write("last words");
        ::shutdown(pair.client.fd(), SHUT_WR);
        EXPECT_EQ(read_all(pair.server), "last words");
        EXPECT_EQ(pair.server.tls()->failure(), TlsFailure::Truncated);
        EXPECT_EQ(pair.server.write("answer").bytes, 6U) << "its other half is still open";
        EXPECT_EQ(read_all(pair.client), "answer");
    }
    {
        StreamPair pair = connected_pair();
        pair.server.secure(must_load(files.server()));
        pair.client.secure(must_load(files.client()));
        pair.client.tls()->handshake();
        ::shutdown(pair.client.fd(), SHUT_WR);
        read_all(pair.server);
        read_all(pair.server);
        EXPECT_EQ(pair.server.tls()->failure(), TlsFailure::EndedInHandshake);
    }
}

TEST(Tls, DamageOnTheWayBreaksTheConnection) {
    TlsFiles files;
    StreamPair pair = shaken_pair(files.server(), files.client());
    ASSERT_EQ(
        ::send(pair.client.fd(), "\x17\x03\x03\x00\x20garbage garbage garbage garbage ", 37, 0),
        37);
    EXPECT_EQ(read_all(pair.server), "");
    EXPECT_EQ(pair.server.tls()->failure(), TlsFailure::Broken);
    EXPECT_EQ(pair.server.write("x").status, Status::Closed);
}

TEST(Tls, FilesThatCannotBeUsedAreNamedWithTheMend) {
    TlsFiles files;
    const auto problem = [](const TlsConfig& config) {
        const auto context = TlsContext::load(config);
        return context.ok() ? std::string{} : context.error().message;
    };
    TlsConfig config = files.server();
    config.key = files.folder.put("open.key", files.server_issued.key, 0644);
    EXPECT_THAT(problem(config), HasSubstr("chmod 0400"));
    config.key = files.folder.put("client.key", files.client_issued.key);
    EXPECT_THAT(problem(config), HasSubstr("does not belong to the first certificate"));
    config.key = files.folder.put("empty.key", "");
    EXPECT_THAT(problem(config), HasSubstr("no private key"));
    config.key = files.folder.path("nowhere.key");
    EXPECT_THAT(problem(config), HasSubstr("nowhere.key: No such file"));
    config = files.server();
    config.certificate =
        files.folder.put("cut.pem", files.server_issued.certificate.substr(0, 200));
    EXPECT_THAT(problem(config), HasSubstr("no certificate"));
    config = files.server();
    config.crls = {files.authority_file};
    EXPECT_THAT(problem(config), HasSubstr("no revocation list"));
}

}  // namespace
}  // namespace aorta::net
