// Two ends of one connection within a test, driven by turns on one thread.
#pragma once

#include "common/net/socket.hpp"
#include "common/net/tests/test_authority.hpp"
#include "common/net/tls_context.hpp"
#include "common/net/tls_session.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <vector>

namespace aorta::testing {

struct StreamPair {
    net::Stream server;
    net::Stream client;
};

inline StreamPair connected_pair() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    return {net::Stream{net::Fd{ends[0]}}, net::Stream{net::Fd{ends[1]}}};
}

/// Reads what there is, up to the end or until nothing comes.
inline std::string read_all(net::Stream& stream, std::size_t room = std::size_t{64} << 10U) {
    std::string all;
    std::vector<char> bytes(room);
    for (;;) {
        const net::IoResult result = stream.read(bytes);
        all.append(bytes.data(), result.bytes);
        if (result.status != net::IoResult::Status::Done) {
            return all;
        }
    }
}

/// An authority, a good server and a good client, as files, and what both ends say of them.
struct TlsFiles {
    TestFolder folder;
    TestAuthority authority;
    std::string authority_file = folder.put("ca.pem", authority.pem(), 0644);
    Issued server_issued = authority.issue();
    Issued client_issued =
        authority.issue({.common_name = "analyser", .names = "DNS:analyser-1.lab.example"});

    net::TlsConfig server() {
        net::TlsConfig config;
        config.role = net::TlsRole::Server;
        config.certificate = folder.put("server.pem", server_issued.certificate, 0644);
        config.key = folder.put("server.key", server_issued.key);
        config.authorities = {authority_file};
        return config;
    }

    net::TlsConfig client() {
        net::TlsConfig config;
        config.role = net::TlsRole::Client;
        config.certificate = folder.put("client.pem", client_issued.certificate, 0644);
        config.key = folder.put("client.key", client_issued.key);
        config.authorities = {authority_file};
        config.server_name = "localhost";
        return config;
    }
};

inline std::shared_ptr<const net::TlsContext> must_load(const net::TlsConfig& config) {
    auto context = net::TlsContext::load(config);
    EXPECT_TRUE(context.ok()) << context.error().message;
    return context.ok() ? *context : nullptr;
}

/// Lets both ends take turns until both are established or one has failed.
inline void shake(StreamPair& pair) {
    for (int turn = 0; turn < 20; ++turn) {
        const auto client = pair.client.tls()->handshake().status;
        const auto server = pair.server.tls()->handshake().status;
        if (client != net::IoResult::Status::WouldBlock &&
            server != net::IoResult::Status::WouldBlock) {
            return;
        }
    }
}

inline StreamPair shaken_pair(const net::TlsConfig& server, const net::TlsConfig& client) {
    StreamPair pair = connected_pair();
    pair.server.secure(must_load(server));
    pair.client.secure(must_load(client));
    shake(pair);
    return pair;
}

}  // namespace aorta::testing
