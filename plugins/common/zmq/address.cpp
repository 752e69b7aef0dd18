#include "common/zmq/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace aorta::zmq {
namespace {

constexpr std::size_t kMaxPath = 100;  // sockaddr_un holds 108

std::optional<std::array<std::uint8_t, 16>> read_ip(std::string_view text) {
    const std::string terminated{text};
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) {
        return bytes;
    }
    bytes[10] = bytes[11] = 0xFF;
    if (::inet_pton(AF_INET, terminated.c_str(), &bytes[12]) == 1) {
        return bytes;
    }
    return {};
}

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return (error == std::errc{} && end == text.data() + text.size() && !text.empty()) ||
           text == "*";
}

Error not_an_address(std::string_view address) {
    return {ErrorCode::InvalidConfig,
            "expected an address such as tcp://core.example:7401 or ipc:///run/aorta/link",
            std::string{address}};
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto ip = read_ip(text.substr(0, slash));
    const bool is_v4 = text.find(':') == std::string_view::npos;
    const unsigned most = is_v4 ? 32 : 128;
    unsigned prefix = most;
    bool is_good = ip.has_value();
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        is_good = is_good && error == std::errc{} && end == digits.data() + digits.size() &&
                  prefix <= most;
    }
    if (!is_good) {
        return Error{ErrorCode::InvalidConfig,
                     "expected a network such as 10.1.2.0/24 or fd00::/8",
                     std::string{text}};
    }
    Network network;
    network.base_ = *ip;
    network.prefix_ = is_v4 ? prefix + 96 : prefix;
    return network;
}

bool Network::contains(std::string_view address) const {
    const auto ip = read_ip(address);
    if (!ip) {
        return false;
    }
    for (unsigned bit = 0; bit < prefix_; ++bit) {
        const unsigned shift = 7 - bit % 8;
        if ((((*ip)[bit / 8] ^ base_[bit / 8]) >> shift & 1U) != 0) {
            return false;
        }
    }
    return true;
}

bool is_loopback_ip(std::string_view address) {
    static const Network kNetworks[] = {*Network::parse("127.0.0.0/8"), *Network::parse("::1")};
    return std::ranges::any_of(kNetworks,
                               [&](const Network& network) { return network.contains(address); });
}

Result<Reach> reach_of(std::string_view address) {
    constexpr std::string_view kIpc = "ipc://";
    constexpr std::string_view kTcp = "tcp://";
    if (address.starts_with(kIpc)) {
        const std::string_view path = address.substr(kIpc.size());
        if (!path.starts_with('/') || path.size() > kMaxPath) {
            return not_an_address(address);
        }
        return Reach::Ipc;
    }
    if (!address.starts_with(kTcp)) {
        return not_an_address(address);
    }
    const std::string_view rest = address.substr(kTcp.size());
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || !is_port(rest.substr(colon + 1))) {
        return not_an_address(address);
    }
    std::string_view host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    return host == "localhost" || is_loopback_ip(host) ? Reach::Loopback : Reach::Network;
}

}  // namespace aorta::zmq
