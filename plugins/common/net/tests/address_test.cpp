#include "common/net/address.hpp"

#include <gtest/gtest.h>

namespace aorta::net {
namespace {

TEST(Address, ReadsBackWhatItWrites) {
    for (const char* text : {"127.0.0.1:2575", "0.0.0.0:0", "[::1]:65535", "[fd00::5]:1"}) {
        const Result<Address> address = Address::parse(text);
        ASSERT_TRUE(address.ok()) << text;
        EXPECT_EQ(address->to_string(), text);
    }
}

TEST(Address, RefusesWhatIsNotOne) {
    for (const char* text : {"",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:65536",
                             "127.0.0.1:-1",
                             "127.0.0.1:2575x",
                             "127.0.1:1",
                             ":2575",
                             "::1:2575",
                             "[::1]",
                             "[]:1",
                             "ehr.example:2575",
                             "127.0.0.1 :2575"}) {
        EXPECT_FALSE(Address::parse(text).ok()) << text;
    }
}

TEST(Address, KnowsLoopback) {
    const std::pair<const char*, bool> cases[] = {{"127.0.0.1:1", true},
                                                  {"127.9.9.9:1", true},
                                                  {"localhost:1", true},
                                                  {"[::1]:1", true},
                                                  {"0.0.0.0:1", false},
                                                  {"[::]:1", false},
                                                  {"10.0.0.1:1", false}};
    for (const auto& [text, is_loopback] : cases) {
        EXPECT_EQ(Address::parse(text)->is_loopback(), is_loopback) << text;
    }
}

TEST(Network, ContainsItsAddressesOnly) {
    struct Case {
        const char* network;
        const char* address;
        bool is_inside;
    };

    const Case cases[] = {{"10.1.2.0/24", "10.1.2.255:1", true},
                          {"10.1.2.0/24", "10.1.3.0:1", false},
                          {"10.1.2.128/25", "10.1.2.127:1", false},
                          {"10.1.2.3", "10.1.2.3:1", true},
                          {"10.1.2.3", "10.1.2.4:1", false},
                          {"0.0.0.0/0", "203.0.113.9:1", true},
                          {"0.0.0.0/0", "[fd00::1]:1", false},
                          {"::/0", "10.0.0.1:1", false},
                          {"fd00::/9", "[fd7f::1]:1", true},
                          {"fd00::/9", "[fd80::1]:1", false}};
    for (const Case& c : cases) {
        EXPECT_EQ(Network::parse(c.network)->contains(*Address::parse(c.address)), c.is_inside)
            << c.network << " " << c.address;
    }
}

TEST(Network, RefusesWhatIsNotOne) {
    for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "fd00::/129", "/8"}) {
        EXPECT_FALSE(Network::parse(text).ok()) << text;
    }
}

TEST(HostPort, TakesNamesAndAddresses) {
    EXPECT_EQ(parse_host_port("ehr.example:2575")->host, "ehr.example");
    EXPECT_EQ(parse_host_port("[fd00::5]:2575")->host, "fd00::5");
    EXPECT_EQ(parse_host_port("10.0.0.5:99")->port, 99);
    EXPECT_FALSE(Address::parse(std::string_view{"[::1\0]:1", 8}).ok());
    for (const char* brackets : {"[ehr]:1", "[[::1]]:1", "e[h]r:1"}) {
        EXPECT_FALSE(parse_host_port(brackets).ok()) << brackets;
    }
    for (const char* text : {"ehr.example", "ehr.example:0", ":1", "fd00::5:1"}) {
        EXPECT_FALSE(parse_host_port(text).ok()) << text;
    }
}

}  // namespace
}  // namespace aorta::net
