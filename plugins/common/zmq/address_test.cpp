#include "common/zmq/address.hpp"

namespace aorta::zmq {
namespace {

TEST(ZmqAddress, SaysHowFarItLeads) {
    EXPECT_EQ(*reach_of("ipc:///run/aorta/link"), Reach::Ipc);
    for (const char* near : {"tcp://127.0.0.1:7401", "tcp://localhost:1", "tcp://[::1]:*"}) {
        EXPECT_EQ(*reach_of(near), Reach::Loopback) << near;
    }
    for (const char* far : {"tcp://0.0.0.0:7401",
                            "tcp://*:7401",
                            "tcp://core.example:7401",
                            "tcp://[fd00::5]:7401",
                            "tcp://127.0.0.1.example:7401"}) {
        EXPECT_EQ(*reach_of(far), Reach::Network) << far;
    }
}

TEST(ZmqAddress, RefusesWhatIsNone) {
    for (const char* text : {"",
                             "core:7401",
                             "tcp://core",
                             "tcp://:7401",
                             "tcp://core:70000",
                             "tcp://core:port",
                             "ipc://relative",
                             "ipc://@abstract",
                             "inproc://x",
                             "udp://core:1"}) {
        EXPECT_FALSE(reach_of(text).ok()) << text;
    }
    EXPECT_FALSE(reach_of("ipc:///" + std::string(200, 'x')).ok());
}

TEST(ZmqNetwork, ContainsItsAddresses) {
    const Network network = *Network::parse("10.1.2.0/24");
    EXPECT_TRUE(network.contains("10.1.2.255"));
    EXPECT_TRUE(network.contains("::ffff:10.1.2.7"));
    EXPECT_FALSE(network.contains("10.1.3.0"));
    EXPECT_FALSE(network.contains("fd00::1"));
    EXPECT_FALSE(network.contains(""));
    EXPECT_TRUE(Network::parse("fd00::/8")->contains("fdff::1"));
    EXPECT_TRUE(Network::parse("10.0.0.1")->contains("10.0.0.1"));
    EXPECT_FALSE(Network::parse("10.0.0.1")->contains("10.0.0.2"));
    EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains("1.2.3.4"));
}

TEST(ZmqNetwork, RefusesWhatIsNone) {
    for (const char* text : {"", "10.1.2.0/33", "10.1.2.0/", "fd00::/129", "ten", "10.1.2/24"}) {
        EXPECT_FALSE(Network::parse(text).ok()) << text;
    }
}

}  // namespace
}  // namespace aorta::zmq
