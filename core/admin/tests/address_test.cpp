#include "admin/address.hpp"

#include <gtest/gtest.h>

namespace aorta::admin {
namespace {

TEST(AdminAddress, TakesLoopbackInEverySpelling) {
    struct Case {
        const char* text;
        const char* ip;
        std::uint16_t port;
    };

    for (const Case& each : {Case{"127.0.0.1:9464", "127.0.0.1", 9464},
                             Case{"127.9.8.7:1", "127.9.8.7", 1},
                             Case{":9464", "127.0.0.1", 9464},
                             Case{"localhost:65535", "127.0.0.1", 65535},
                             Case{"[::1]:0", "::1", 0}}) {
        const Result<Address> address = parse_address(each.text);
        ASSERT_TRUE(address.ok()) << each.text;
        EXPECT_EQ(address->ip, each.ip) << each.text;
        EXPECT_EQ(address->port, each.port) << each.text;
    }
}

TEST(AdminAddress, DeniesWhatIsBeyondLoopback) {
    for (const char* text :
         {"0.0.0.0:9464", "10.0.0.1:9464", "[::]:9464", "[fe80::1]:9464", "[::ffff:127.0.0.1]:1"}) {
        const Result<Address> address = parse_address(text);
        ASSERT_FALSE(address.ok()) << text;
        EXPECT_EQ(address.error().code, ErrorCode::Denied) << text;
        EXPECT_NE(address.error().message.find("no authentication"), std::string::npos);
    }
}

TEST(AdminAddress, RefusesWhatIsNoAddress) {
    for (const char* text : {"",
                             "9464",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:65536",
                             "127.0.0.1:-1",
                             "127.0.0.1:9464 ",
                             "127.1:9464",
                             "hospital.example:9464",
                             "::1:9464",
                             "[::1]9464",
                             "[::1:9464",
                             "[]:9464",
                             "[127.0.0.1]:9464"}) {
        const Result<Address> address = parse_address(text);
        ASSERT_FALSE(address.ok()) << text;
        EXPECT_EQ(address.error().code, ErrorCode::InvalidConfig) << text;
    }
}

TEST(AdminAddress, BelievesOnlyLoopbackHosts) {
    for (const char* host : {"localhost", "localhost:9464", "127.0.0.1:1", "[::1]", "[::1]:9464"}) {
        EXPECT_TRUE(is_local_host(host)) << host;
    }
    for (const char* host : {"",
                             "rebound.example",
                             "rebound.example:9464",
                             "localhost.example",
                             "10.0.0.1",
                             "127.0.0.1:x",
                             "127.0.0.1.example",
                             ":9464"}) {
        EXPECT_FALSE(is_local_host(host)) << host;
    }
}

}  // namespace
}  // namespace aorta::admin
